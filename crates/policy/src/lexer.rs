//! Texts to lines, by the pest grammar.

use pest::Parser;
use pest::iterators::Pair;
use pest_derive::Parser;

use crate::source::Span;

/// A word or value as written, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'t> {
    pub(crate) text: &'t str,
    pub(crate) span: Span,
}

/// A line that is not blank and not only a comment.
#[derive(Debug)]
pub(crate) struct Line<'t> {
    pub(crate) token: Token<'t>,
    /// A comment that starts directly behind the text, without a blank.
    pub(crate) glued_comment: Option<Span>,
}

/// What stands on a line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Token<'t> {
    /// `{` and what follows it.
    Open { brace: Span, rest: Text<'t> },
    /// `}` and what follows it.
    Close { brace: Span, rest: Text<'t> },
    /// Keyword and what follows it, trimmed.
    Attribute { keyword: Text<'t>, rest: Text<'t> },
}

/// Lines of a policy file.
pub(crate) fn policy_lines(source: usize, text: &str) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for pair in pairs(Rule::policy, text) {
        let span = span(source, &pair);
        let token = match pair.as_rule() {
            Rule::open => Token::Open {
                brace: span,
                rest: empty(span),
            },
            Rule::close => Token::Close {
                brace: span,
                rest: empty(span),
            },
            Rule::attribute => attribute(source, pair),
            Rule::rest => {
                let trimmed = trim(source, &pair);
                if let Some(Line {
                    token: Token::Open { rest, .. } | Token::Close { rest, .. },
                    ..
                }) = lines.last_mut()
                {
                    *rest = trimmed;
                }
                continue;
            }
            Rule::comment => {
                if let Some(line) = lines.last_mut() {
                    line.note_comment(span);
                }
                continue;
            }
            _ => continue,
        };
        lines.push(Line {
            token,
            glued_comment: None,
        });
    }
    lines
}

/// Statements of an FTP.DATA file: keyword and what follows it.
pub(crate) fn ftp_data_lines(source: usize, text: &str) -> Vec<(Text<'_>, Text<'_>)> {
    pairs(Rule::ftp_data, text)
        .filter(|pair| pair.as_rule() == Rule::data_stmt)
        .filter_map(|pair| match attribute(source, pair) {
            Token::Attribute { keyword, rest } => Some((keyword, rest)),
            Token::Open { .. } | Token::Close { .. } => None,
        })
        .collect()
}

#[derive(Parser)]
#[grammar = "grammar.pest"]
struct Grammar;

fn pairs(rule: Rule, text: &str) -> impl Iterator<Item = Pair<'_, Rule>> {
    Grammar::parse(rule, text)
        .expect("every text is a file: each alternative of a line ends at a line end, a comment or the end")
        .flat_map(Pair::into_inner)
}

fn attribute<'t>(source: usize, pair: Pair<'t, Rule>) -> Token<'t> {
    let whole = span(source, &pair);
    let mut inner = pair.into_inner();
    let keyword = inner
        .next()
        .map_or(empty(whole), |keyword| trim(source, &keyword));
    let rest = inner.next().map_or(
        Text {
            text: "",
            span: keyword.span.part(keyword.text.len(), keyword.text.len()),
        },
        |rest| trim(source, &rest),
    );
    Token::Attribute { keyword, rest }
}

fn span(source: usize, pair: &Pair<'_, Rule>) -> Span {
    let span = pair.as_span();
    Span {
        source,
        start: span.start(),
        end: span.end(),
    }
}

fn trim<'t>(source: usize, pair: &Pair<'t, Rule>) -> Text<'t> {
    let text = pair.as_str().trim_end_matches(is_blank);
    let start = pair.as_span().start();
    Text {
        text,
        span: Span {
            source,
            start,
            end: start + text.len(),
        },
    }
}

fn empty<'t>(at: Span) -> Text<'t> {
    Text {
        text: "",
        span: Span { start: at.end, ..at },
    }
}

/// What separates words on a line.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\u{0C}')
}

impl Line<'_> {
    fn note_comment(&mut self, comment: Span) {
        let Token::Attribute { keyword, rest } = self.token else {
            return;
        };
        let same_line_and_touching = comment.start == rest.span.end || comment.start == keyword.span.end;
        if same_line_and_touching {
            self.glued_comment = Some(comment);
        }
    }
}

impl<'t> Text<'t> {
    /// The part from byte `from` to byte `to`.
    pub(crate) fn part(self, from: usize, to: usize) -> Self {
        Self {
            text: &self.text[from..to],
            span: self.span.part(from, to),
        }
    }

    /// The first word, and the rest behind the blanks that follow it.
    pub(crate) fn split_word(self) -> (Self, Self) {
        let end = self.text.find(is_blank).unwrap_or(self.text.len());
        let rest = self.text[end..].trim_start_matches(is_blank);
        let start = self.text.len() - rest.len();
        (self.part(0, end), self.part(start, self.text.len()))
    }

    /// Without blanks at its end.
    pub(crate) fn trim_end(self) -> Self {
        let end = self.text.trim_end_matches(is_blank).len();
        self.part(0, end)
    }
}
