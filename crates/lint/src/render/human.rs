//! For people: source lines, carets, help.

use ttls_policy::Renderer;

use crate::report::Report;

pub(super) fn render(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        let renderer = Renderer::new(&report.sources);
        for diagnostic in &report.diagnostics {
            text.push_str(&renderer.render(diagnostic));
            text.push('\n');
        }
    }
    text
}
