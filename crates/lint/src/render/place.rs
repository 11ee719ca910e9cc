//! Spans in the words of people and editors.

use ttls_policy::{SourceText, Span};

use crate::report::Report;

/// A stretch of a file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Place<'r> {
    /// Name of the file.
    pub(super) file: &'r str,
    /// Line of the first character.
    pub(super) line: usize,
    /// Column of the first character.
    pub(super) column: usize,
    /// Line of the end.
    pub(super) end_line: usize,
    /// Column behind the last character.
    pub(super) end_column: usize,
}

/// Finds places in the sources of a report.
pub(super) struct Places<'r> {
    sources: Vec<Lines<'r>>,
}

struct Lines<'r> {
    source: &'r SourceText,
    /// Offsets at which lines start.
    starts: Vec<usize>,
}

impl<'r> Places<'r> {
    pub(super) fn new(report: &'r Report) -> Self {
        let lines = |source: &'r SourceText| Lines {
            source,
            starts: std::iter::once(0)
                .chain(source.text.match_indices('\n').map(|(at, _)| at + 1))
                .collect(),
        };
        Self {
            sources: report.sources.iter().map(lines).collect(),
        }
    }

    pub(super) fn of(&self, span: Span) -> Place<'r> {
        let Some(lines) = self.sources.get(span.source) else {
            return Place {
                file: "",
                line: 1,
                column: 1,
                end_line: 1,
                end_column: 1,
            };
        };
        let (line, column) = lines.position(span.start);
        let (end_line, end_column) = lines.position(span.end.max(span.start));
        Place {
            file: &lines.source.name,
            line,
            column,
            end_line,
            end_column,
        }
    }
}

impl Lines<'_> {
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.source.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

/// Control characters become question marks: one finding stays on one line, and terminals obey nobody's policy.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
