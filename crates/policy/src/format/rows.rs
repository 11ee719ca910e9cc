//! A text to rows in canonical spelling.

use crate::decode::BYTE_ORDER_MARK;
use crate::lexer::is_blank;
use crate::schema::{self, Kind, Param, Place, Statement};

/// A line of the result.
#[derive(Debug)]
pub(super) struct Row<'t> {
    pub(super) kind: RowKind<'t>,
    /// With its `#`.
    pub(super) comment: Option<&'t str>,
}

#[derive(Debug)]
pub(super) enum RowKind<'t> {
    /// Nothing, or only a comment.
    Empty,
    Open,
    Close,
    Attribute {
        keyword: &'t str,
        value: &'t str,
    },
}

/// Reads the lines; a `{` behind a keyword becomes a row of its own.
pub(super) fn rows(text: &str) -> Vec<Row<'_>> {
    let mut speller = Speller::default();
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let lines: Vec<&str> = text.split('\n').collect();
    let mut rows = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let (code, comment) = split_comment(line);
        let kind = match code {
            "" => RowKind::Empty,
            "{" => {
                speller.open();
                RowKind::Open
            }
            "}" => {
                speller.close();
                RowKind::Close
            }
            _ => {
                let (keyword, value) = split_keyword(code);
                let opens = value.strip_suffix('{').filter(|_| speller.is_head(keyword));
                let opens_next = || lines.get(at + 1).is_some_and(|next| split_comment(next).0 == "{");
                let head = opens.is_some() || speller.is_statement(keyword) || opens_next();
                let value = opens.map_or(value, |before| before.trim_end_matches(is_blank));
                let (keyword, value) = speller.spell(keyword, value, head);
                rows.push(Row {
                    kind: RowKind::Attribute { keyword, value },
                    comment,
                });
                if opens.is_some() {
                    speller.open();
                    rows.push(Row {
                        kind: RowKind::Open,
                        comment: None,
                    });
                }
                continue;
            }
        };
        rows.push(Row { kind, comment });
    }
    rows
}

fn split_comment(line: &str) -> (&str, Option<&str>) {
    let line = line.trim_matches(is_blank);
    match line.find('#') {
        Some(at) => (line[..at].trim_end_matches(is_blank), Some(&line[at..])),
        None => (line, None),
    }
}

fn split_keyword(code: &str) -> (&str, &str) {
    let end = code
        .char_indices()
        .skip(1)
        .find(|&(_, c)| is_blank(c) || c == '{' || c == '}')
        .map_or(code.len(), |(at, _)| at);
    (&code[..end], code[end..].trim_matches(is_blank))
}

/// Knows in which statement a line stands.
#[derive(Default)]
struct Speller {
    /// The open blocks; `None` is one that the schema does not know.
    stack: Vec<Option<&'static Statement>>,
    head: Option<&'static Statement>,
}

impl Speller {
    fn open(&mut self) {
        self.stack.push(self.head.take());
    }

    fn close(&mut self) {
        self.head = None;
        self.stack.pop();
    }

    /// Whether a `{` behind this keyword opens its block, and is not part of its value.
    fn is_head(&self, keyword: &str) -> bool {
        self.is_statement(keyword)
            || (schema::statement(keyword).is_none() && schema::statements_with(keyword).is_empty())
    }

    fn is_statement(&self, keyword: &str) -> bool {
        schema::statement(keyword).is_some_and(|statement| !matches!(statement.place, Place::AgentLine(_)))
    }

    fn spell<'t>(&mut self, keyword: &'t str, value: &'t str, head: bool) -> (&'t str, &'t str) {
        let statement = schema::statement(keyword);
        if head {
            self.head = statement;
        }
        let param = match self.stack.last() {
            Some(Some(within)) => within.param(keyword),
            Some(None) | None => None,
        };
        match (param, statement) {
            (Some(param), _) => (param.keyword, spell_value(param, value)),
            (None, Some(statement)) if !matches!(self.stack.last(), Some(None)) => (statement.keyword, value),
            (None, _) => (keyword, value),
        }
    }
}

fn spell_value<'t>(param: &Param, value: &'t str) -> &'t str {
    let Kind::Choice(choices) = param.kind else {
        return value;
    };
    choices
        .iter()
        .find(|choice| choice.word.eq_ignore_ascii_case(value))
        .map_or(value, |choice| choice.word)
}
