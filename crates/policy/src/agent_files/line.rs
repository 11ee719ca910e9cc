//! Statements on one line: operands by position, words such as `FLUSH` wherever they stand behind the names.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::lexer::Text;
use crate::model::Value;
use crate::schema::{Kind, Param, Statement};
use crate::sink::Sink;
use crate::source::Span;
use crate::value;

/// A statement of the agent's files with its operands.
#[derive(Debug)]
pub(super) struct Line<'t> {
    /// Place of the keyword.
    pub(super) keyword: Span,
    operands: Vec<(&'static str, Text<'t>, Value<'t>)>,
}

impl<'t> Line<'t> {
    /// Reads the operands. `None`: one is wrong, or one that must be there is missing.
    pub(super) fn read(
        statement: &Statement,
        keyword: Text<'t>,
        rest: Text<'t>,
        sink: &mut Sink,
    ) -> Option<Self> {
        let params: Vec<&'static Param> = statement.params().collect();
        let mut line = Self {
            keyword: keyword.span,
            operands: Vec::new(),
        };
        let mut rest = rest;
        while !rest.text.is_empty() {
            let (word, behind) = rest.split_word();
            let Some(param) = params
                .iter()
                .find(|param| line.get(param.keyword).is_none() && takes(param, word.text))
            else {
                let message = format!("text behind the operands of {} is ignored", statement.keyword);
                sink.push(
                    Diagnostic::new(&codes::TRAILING_TEXT, rest.span, message)
                        .help("remove it, or make it a comment"),
                );
                break;
            };
            match value::parse(param, word) {
                Ok((value, _)) => line.operands.push((param.keyword, word, value)),
                Err(diagnostic) => {
                    sink.push(*diagnostic);
                    return None;
                }
            }
            rest = behind;
        }
        let missing = params
            .iter()
            .find(|param| param.required && line.get(param.keyword).is_none());
        if let Some(param) = missing {
            let message = format!("{} lacks its {}", statement.keyword, param.keyword);
            sink.push(Diagnostic::new(&codes::MISSING_VALUE, keyword.span, message));
            return None;
        }
        Some(line)
    }

    /// An operand that is a text.
    pub(super) fn get(&self, operand: &str) -> Option<Text<'t>> {
        self.operands
            .iter()
            .find(|(name, ..)| *name == operand)
            .map(|(_, text, _)| *text)
    }

    /// The operand that is one of two words, the second of which begins with NO: it is the first one.
    pub(super) fn switch(&self, operand: &str) -> Option<bool> {
        let word = self.get(operand)?;
        Some(word.text.eq_ignore_ascii_case(operand))
    }

    /// An operand that is a number.
    pub(super) fn number(&self, operand: &str) -> Option<u64> {
        self.operands.iter().find_map(|(name, _, value)| match value {
            Value::Number(number) if *name == operand => u64::try_from(*number).ok(),
            _ => None,
        })
    }
}

/// The word can be this operand: names come first, and what is no name is told by its look.
fn takes(param: &Param, word: &str) -> bool {
    let is_number = word.bytes().all(|b| b.is_ascii_digit());
    match param.kind {
        Kind::Choice(choices) => choices
            .iter()
            .any(|choice| choice.word.eq_ignore_ascii_case(word)),
        Kind::Number(..) => is_number || param.required,
        _ => param.required || !(is_number || is_switch(word)),
    }
}

fn is_switch(word: &str) -> bool {
    ["FLUSH", "NOFLUSH", "PURGE", "NOPURGE"]
        .iter()
        .any(|switch| switch.eq_ignore_ascii_case(word))
}
