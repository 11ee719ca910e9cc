//! Reports as text, for people and for programs.

mod concise;
mod github;
mod human;
mod json;
mod place;
mod sarif;

use crate::report::Report;

/// The shape of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With source lines, carets and help.
    Human,
    /// One line for each finding: `file:line:column: level[code] name: message`.
    Concise,
    /// One JSON object on a line for each finding.
    Json,
    /// One SARIF 2.1.0 log with everything.
    Sarif,
    /// Annotations of GitHub workflows.
    Github,
}

/// All reports in one text. Values that must not be shown are in none.
pub fn render(format: Format, reports: &[Report]) -> String {
    match format {
        Format::Human => human::render(reports),
        Format::Concise => concise::render(reports),
        Format::Json => json::render(reports),
        Format::Sarif => sarif::render(reports),
        Format::Github => github::render(reports),
    }
}
