//! Lines and blocks of a text, for fixes that take out or put in whole lines.

use std::ops::Range;

use ttls_policy::{Edit, SourceText, Span, schema};

/// The lines of one source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'t> {
    text: &'t str,
    source: usize,
}

impl<'t> Layout<'t> {
    /// The layout of the source that a span is in.
    pub(crate) fn of(sources: &'t [SourceText], span: Span) -> Option<Self> {
        let text = sources.get(span.source)?.text.as_str();
        (text.is_char_boundary(span.start) && text.is_char_boundary(span.end)).then_some(Self {
            text,
            source: span.source,
        })
    }

    /// The text of a span.
    pub(crate) fn text(&self, span: Span) -> &'t str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// A stretch of this source.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span {
            source: self.source,
            start: range.start,
            end: range.end,
        }
    }

    /// The line that an offset is on, with its line end.
    pub(crate) fn line(&self, offset: usize) -> Range<usize> {
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |at| offset + at + 1);
        start..end
    }

    /// The blanks at the start of the line.
    pub(crate) fn indent(&self, offset: usize) -> &'t str {
        let line = &self.text[self.line(offset)];
        let code = line.trim_start_matches([' ', '\t']);
        &line[..line.len() - code.len()]
    }

    /// Taking out what is on a line. A comment behind it stays, unless it allows a finding on it.
    pub(crate) fn without_line(&self, offset: usize) -> Edit {
        let line = self.line(offset);
        let text = &self.text[line.clone()];
        let comment = text.find('#').map(|at| &text[at..]);
        let kept = comment.filter(|comment| !comment.contains("ttls:"));
        Edit {
            replacement: kept.map_or(String::new(), |comment| {
                format!("{}{comment}", self.indent(offset))
            }),
            span: self.span(line),
        }
    }

    /// Taking out a parameter on its line, or a statement with its block.
    pub(crate) fn without(&self, keyword: Span) -> Option<Edit> {
        if !self.has_block(keyword) {
            return Some(self.without_line(keyword.start));
        }
        let block = self.block(keyword)?;
        // One blank line between what was before and behind is enough.
        let before = self.text[..block.start].ends_with("\n\n") || block.start == 0;
        let end = if before && self.text[block.end..].starts_with('\n') {
            block.end + 1
        } else {
            block.end
        };
        Some(Edit {
            span: self.span(block.start..end),
            replacement: String::new(),
        })
    }

    /// The lines of a block, from that of its keyword to that of its `}`; `None` where its braces are not in order.
    pub(crate) fn block(&self, keyword: Span) -> Option<Range<usize>> {
        let start = self.line(keyword.start).start;
        let mut depth = 0;
        let mut at = start;
        for line in self.text[start..].split_inclusive('\n') {
            at += line.len();
            match brace(line) {
                Some(Brace::Open) => depth += 1,
                Some(Brace::Close) if depth <= 1 => return (depth == 1).then_some(start..at),
                Some(Brace::Close) => depth -= 1,
                None => {}
            }
        }
        None
    }

    /// The keyword opens a block.
    fn has_block(&self, keyword: Span) -> bool {
        let own = self.line(keyword.start);
        let behind = self.text[own.end..].split_inclusive('\n');
        let next = behind.map(code).find(|line| !line.is_empty()).unwrap_or_default();
        next.starts_with('{') || matches!(brace(&self.text[own]), Some(Brace::Open))
    }

    /// What stands before the span on its line, and behind it up to a comment.
    pub(crate) fn around(&self, span: Span) -> (&'t str, &'t str) {
        let line = self.line(span.start);
        let before = &self.text[line.start..span.start];
        let behind = self.text.get(span.end..line.end).unwrap_or_default();
        (before.trim(), code(behind))
    }

    /// The first word of the line.
    pub(crate) fn first_word(&self, offset: usize) -> Span {
        let line = self.line(offset);
        let start = line.start + self.indent(offset).len();
        let word = self.text[start..line.end]
            .split(char::is_whitespace)
            .next()
            .unwrap_or_default();
        self.span(start..start + word.len())
    }

    /// The text ends as files do, or has nothing in it.
    pub(crate) fn ends_with_newline(&self) -> bool {
        self.text.is_empty() || self.text.ends_with('\n')
    }

    /// The end of the text.
    pub(crate) fn end(&self) -> Span {
        self.span(self.text.len()..self.text.len())
    }
}

enum Brace {
    Open,
    Close,
}

/// A line without its comment and the blanks around it.
pub(crate) fn code(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

fn brace(line: &str) -> Option<Brace> {
    let code = code(line);
    let opens_behind = || {
        let keyword = code.split_whitespace().next().unwrap_or_default();
        code.ends_with('{') && schema::statement(keyword).is_some()
    };
    if code.starts_with('}') {
        Some(Brace::Close)
    } else if code.starts_with('{') || opens_behind() {
        Some(Brace::Open)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use ttls_policy::{SourceText, Span};

    use super::Layout;

    fn without(text: &str, word: &str) -> String {
        let start = text.find(word).expect("the word is there");
        let span = Span {
            source: 0,
            start,
            end: start + word.len(),
        };
        let sources = [SourceText {
            name: "p".to_string(),
            text: text.to_string(),
        }];
        let layout = Layout::of(&sources, span).expect("a layout");
        let Some(edit) = layout.without(span) else {
            return "(none)".to_string();
        };
        let mut text = text.to_string();
        text.replace_range(edit.span.start..edit.span.end, &edit.replacement);
        text
    }

    #[test]
    fn a_line_goes_and_its_comment_stays() {
        let text = "A a\n{\n  X 1 # why\n  Y 2\n}\n";
        assert_eq!(without(text, "X"), "A a\n{\n  # why\n  Y 2\n}\n");
        assert_eq!(without(text, "Y"), "A a\n{\n  X 1 # why\n}\n");
        let allowed = "{\n  X 1 # ttls: allow(x) why\n}\n";
        assert_eq!(without(allowed, "X"), "{\n}\n");
    }

    #[test]
    fn a_block_goes_with_its_braces_and_one_blank_line() {
        let text = "# one\nA a\n{\n  B\n  {\n  }\n}\n\n# two\nC c\n{\n}\n";
        assert_eq!(without(text, "A"), "# one\n\n# two\nC c\n{\n}\n");
        assert_eq!(without(text, "B"), "# one\nA a\n{\n}\n\n# two\nC c\n{\n}\n");
        assert_eq!(without("X\n\nA a\n{\n}\n\nC c\n", "A"), "X\n\nC c\n");
        assert_eq!(without("TTLSRule a {\n}\nC c\n", "TTLSRule"), "C c\n");
    }

    #[test]
    fn a_block_that_never_ends_stays() {
        assert_eq!(without("A a\n{\n  X 1\n", "A"), "(none)");
    }
}
