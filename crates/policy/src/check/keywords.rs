//! Keywords that are not known, or not where they stand.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::lexer::Text;
use crate::schema::{self, Place, Statement};
use crate::sink::Sink;
use crate::spelling;
use crate::value::shorten;

/// Reports a keyword at file level that is no statement; the statement that it was meant to be, if that can be told.
pub(crate) fn unknown_statement(keyword: Text<'_>, sink: &mut Sink) -> Option<&'static Statement> {
    if sink.overflows(keyword.span) {
        return None;
    }
    let word = plain(keyword.text);
    if !schema::statements_with(word).is_empty() {
        let message = format!("`{word}` is a parameter and stands inside a block");
        let help = format!("it belongs in {}", homes(word));
        sink.push(Diagnostic::new(&codes::MISPLACED_KEYWORD, keyword.span, message).help(help));
        return None;
    }
    let all = schema::statements()
        .iter()
        .copied()
        .chain(schema::agent_statements());
    let near = spelling::nearest(word, all.map(|statement| statement.keyword));
    let message = format!("there is no statement `{}`", shorten(word));
    let help = near.map(|near| format!("did you mean `{near}`?"));
    let keywords = schema::statements().iter().map(|statement| statement.keyword);
    let meant = spelling::plainly_meant(word, keywords).filter(|_| word == keyword.text);
    let fix = meant.map(|meant| Fix::spelling(Safety::Safe, keyword.span, meant));
    sink.push(
        Diagnostic::new(&codes::UNKNOWN_KEYWORD, keyword.span, message)
            .maybe_help(help)
            .fix(fix),
    );
    near.and_then(schema::statement)
        .filter(|near| matches!(near.place, Place::File | Place::FileOrInline))
}

/// Reports a statement of the agent's files in a policy.
pub(super) fn of_the_agent(statement: &Statement, keyword: Text<'_>, sink: &mut Sink) {
    let message = format!(
        "{} belongs in the agent's own files, not in a policy",
        statement.keyword
    );
    let help = "the main file names the image file, that one the policy with TTLSConfig";
    sink.push(Diagnostic::new(&codes::MISPLACED_KEYWORD, keyword.span, message).help(help));
}

/// Reports a keyword that this block does not have.
pub(super) fn misplaced(statement: &Statement, keyword: Text<'_>, sink: &mut Sink) {
    if sink.overflows(keyword.span) {
        return;
    }
    let here = statement.keyword;
    let mut fix = None;
    let (code, message, help) = if !schema::statements_with(keyword.text).is_empty() {
        let message = format!("`{}` is not a parameter of {here}", keyword.text);
        (
            &codes::MISPLACED_KEYWORD,
            message,
            Some(format!("it belongs in {}", homes(keyword.text))),
        )
    } else if let Some(other) = schema::statement(keyword.text) {
        let message = format!("{} cannot stand inside {here}", other.keyword);
        let help = "it stands at file level; blocks name it with a `...Ref` parameter where they need it";
        (&codes::MISPLACED_KEYWORD, message, Some(help.to_string()))
    } else {
        let word = plain(keyword.text);
        let message = format!("{here} has no parameter `{}`", shorten(word));
        fix = correction(statement, keyword, word);
        (&codes::UNKNOWN_KEYWORD, message, advice(statement, word))
    };
    sink.push(
        Diagnostic::new(code, keyword.span, message)
            .maybe_help(help)
            .fix(fix),
    );
}

/// Another spelling, or a blank where something else separates a keyword from its value.
fn correction(statement: &Statement, keyword: Text<'_>, word: &str) -> Option<Fix> {
    let meant = spelling::plainly_meant(word, statement.params().map(|param| param.keyword))?;
    if word == keyword.text {
        return Some(Fix::spelling(Safety::Safe, keyword.span, meant));
    }
    let behind = &keyword.text[word.len()..];
    (meant.eq_ignore_ascii_case(word) && behind.starts_with(['=', ':'])).then(|| {
        let separator = keyword.span.part(word.len(), word.len() + 1);
        Fix::new(
            Safety::Safe,
            format!("write a blank behind `{meant}`"),
            separator,
            " ",
        )
    })
}

/// What may have been meant: first of all something that belongs here.
fn advice(statement: &Statement, word: &str) -> Option<String> {
    if let Some(near) = spelling::nearest(word, statement.params().map(|param| param.keyword)) {
        return Some(if near.eq_ignore_ascii_case(word) {
            format!("write a blank between `{near}` and its value")
        } else {
            format!("did you mean `{near}`?")
        });
    }
    let everywhere = schema::statements()
        .iter()
        .flat_map(|s| s.params().map(|param| param.keyword));
    let near = spelling::nearest(word, everywhere)?;
    Some(format!("did you mean `{near}`? It belongs in {}", homes(near)))
}

/// The statements that have a parameter, in words.
fn homes(keyword: &str) -> String {
    let names: Vec<&str> = schema::statements_with(keyword)
        .iter()
        .map(|home| home.keyword)
        .collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_string(),
        [start @ .., last] => format!("{} or {last}", start.join(", ")),
    }
}

/// The part of a word that can be a keyword: what is behind a `=` may be a password.
fn plain(word: &str) -> &str {
    let end = word.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
    match end {
        Some(end) if end > 0 => &word[..end],
        _ => word,
    }
}
