//! Diagnostics as plain text.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::Write;

use crate::diagnostic::Diagnostic;
use crate::fix::Safety;
use crate::schema;
use crate::source::{SourceText, Span};

/// Longest source line that is shown, in characters.
const WIDEST: usize = 160;

/// One diagnostic with its source lines. Control characters and passwords of the source are not shown.
pub fn render(diagnostic: &Diagnostic, sources: &[SourceText]) -> String {
    Renderer::new(sources).render(diagnostic)
}

/// Renders diagnostics of the same sources. Lines are counted once for all of them.
#[derive(Debug)]
pub struct Renderer<'s> {
    sources: &'s [SourceText],
    /// Offsets at which the lines of each source start, once they are asked for.
    starts: Vec<OnceCell<Vec<usize>>>,
}

impl<'s> Renderer<'s> {
    /// For diagnostics about these sources.
    pub fn new(sources: &'s [SourceText]) -> Self {
        Self {
            sources,
            starts: sources.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    /// As [`render`].
    pub fn render(&self, diagnostic: &Diagnostic) -> String {
        text(diagnostic, self)
    }

    /// Number of the line of this offset and where the line starts.
    fn line(&self, source: usize, offset: usize) -> (usize, usize) {
        let (Some(starts), Some(source)) = (self.starts.get(source), self.sources.get(source)) else {
            return (1, 0);
        };
        let starts = starts.get_or_init(|| {
            let ends = source.text.match_indices('\n');
            std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
        });
        let line = starts.partition_point(|start| *start <= offset);
        (line, starts.get(line - 1).copied().unwrap_or(0))
    }
}

fn text(diagnostic: &Diagnostic, renderer: &Renderer<'_>) -> String {
    let mut text = format!(
        "{}[{}]: {}\n",
        diagnostic.level.word(),
        diagnostic.code,
        visible(&diagnostic.message)
    );
    let place = Place::of(diagnostic.span, renderer);
    let secondary: Vec<(Place<'_>, &str)> = diagnostic
        .secondary
        .iter()
        .map(|(span, label)| (Place::of(*span, renderer), label.as_str()))
        .collect();
    let last_line = secondary
        .iter()
        .map(|(place, _)| place.line)
        .fold(place.line, usize::max);
    let gutter = last_line.to_string().len();
    place.write(&mut text, "-->", '^', "", gutter);
    for (place, label) in &secondary {
        place.write(&mut text, ":::", '-', label, gutter);
    }
    if let Some(help) = &diagnostic.help {
        write_line(
            &mut text,
            format_args!("{:gutter$} = help: {}", "", visible(help)),
        );
    }
    if let Some(fix) = &diagnostic.fix {
        let kind = match fix.safety {
            Safety::Safe => "fix",
            Safety::Unsafe => "unsafe fix",
        };
        write_line(
            &mut text,
            format_args!("{:gutter$} = {kind}: {}", "", visible(&fix.message)),
        );
    }
    text
}

/// A line of a policy without what must not be shown: that is what follows a keyword for passwords.
pub fn hide_secrets(line: &str) -> Cow<'_, str> {
    let keyword = |c: char| c.is_alphanumeric() || c == '_';
    let mut start = 0;
    for word in line.split_inclusive(|c| !keyword(c)) {
        let end = start + word.trim_end_matches(|c| !keyword(c)).len();
        if schema::is_secret(&line[start..end]) && end < line.len() {
            return format!("{} ********", &line[..end]).into();
        }
        start += word.len();
    }
    line.into()
}

/// A place in the words of people.
struct Place<'s> {
    name: &'s str,
    line: usize,
    column: usize,
    source_line: &'s str,
    marked: usize,
}

impl<'s> Place<'s> {
    fn of(span: Span, renderer: &Renderer<'s>) -> Self {
        let (name, text) = renderer
            .sources
            .get(span.source)
            .map_or(("", ""), |source| (source.name.as_str(), source.text.as_str()));
        let start = floor(text, span.start);
        let end = floor(text, span.end.max(span.start));
        let (line, line_start) = renderer.line(span.source, start);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let source_line = &text[line_start..line_end];
        Self {
            name,
            line,
            column: text[line_start..start].chars().count() + 1,
            source_line: source_line.trim_end(),
            marked: text[start..end.min(line_end)].chars().count().max(1),
        }
    }

    fn write(&self, text: &mut String, arrow: &str, mark: char, label: &str, gutter: usize) {
        let Self {
            name, line, column, ..
        } = self;
        write_line(
            text,
            format_args!("{:gutter$}{arrow} {}:{line}:{column}", "", visible(name)),
        );
        write_line(text, format_args!("{:gutter$} |", ""));
        let shown: String = visible(&hide_secrets(self.source_line))
            .chars()
            .take(WIDEST)
            .collect();
        write_line(text, format_args!("{line:gutter$} | {shown}"));
        let before = (column - 1).min(WIDEST);
        let marks = self.marked.min(WIDEST + 1 - before);
        let underline: String = std::iter::repeat_n(mark, marks).collect();
        write_line(
            text,
            format_args!("{:gutter$} | {:before$}{underline} {}", "", "", visible(label)),
        );
    }
}

fn write_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let start = text.len();
    // Writing to a String does not fail.
    let _ = text.write_fmt(line);
    let end = text.trim_end().len().max(start);
    text.truncate(end);
    text.push('\n');
}

/// Tabs become blanks and control characters question marks, one for one: carets stay in place.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() || is_invisible(c) => '?',
            c => c,
        })
        .collect()
}

/// Characters that reorder or hide others.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// The last character boundary at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
