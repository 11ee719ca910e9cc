//! Workflow commands of GitHub: findings appear beside the lines of a pull request.

use ttls_policy::Level;

use super::place::Places;
use crate::report::Report;

pub(super) fn render(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        let places = Places::new(report);
        for diagnostic in &report.diagnostics {
            let place = places.of(diagnostic.span);
            let command = match diagnostic.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "notice",
            };
            let title = property(&format!("{} {}", diagnostic.code, diagnostic.name));
            let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}"));
            let message = data(&format!("{}{}", diagnostic.message, help.unwrap_or_default()));
            // Columns may only be given where a finding stays on its line.
            let columns = if place.line == place.end_line && place.end_column > place.column {
                format!(",col={},endColumn={}", place.column, place.end_column)
            } else {
                String::new()
            };
            let (file, line, end) = (property(place.file), place.line, place.end_line);
            text.push_str(&format!(
                "::{command} file={file},line={line},endLine={end}{columns},title={title}::{message}\n"
            ));
        }
    }
    text
}

/// Escapes the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
