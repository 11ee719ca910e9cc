//! One line for each finding, as compilers write them and editors read them.

use super::place::{Places, one_line};
use crate::report::Report;

pub(super) fn render(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        let places = Places::new(report);
        for diagnostic in &report.diagnostics {
            let place = places.of(diagnostic.span);
            let (file, line, column) = (one_line(place.file), place.line, place.column);
            let (level, code, name) = (diagnostic.level.word(), diagnostic.code, diagnostic.name);
            let message = one_line(&diagnostic.message);
            text.push_str(&format!(
                "{file}:{line}:{column}: {level}[{code}] {name}: {message}\n"
            ));
        }
    }
    text
}
