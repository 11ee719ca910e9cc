//! Blocks to typed objects, by the schema.

mod keywords;
mod presence;

pub(crate) use keywords::unknown_statement;

use std::collections::HashSet;

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::lexer::Text;
use crate::model::{Field, Object, Value};
use crate::schema::{self, Kind, Param, Place, Statement, Verdict};
use crate::sink::Sink;
use crate::source::Span;
use crate::tree::{Body, Entry};
use crate::value::{self, shorten};

/// Longest name of an object, in characters.
const NAME_MOST: usize = 32;

/// Checks the statements of a file.
pub(crate) fn file<'t>(entries: Vec<Entry<'t>>, sink: &mut Sink) -> Vec<Object<'t>> {
    entries
        .into_iter()
        .filter_map(|entry| global(entry, sink))
        .collect()
}

/// Checks one FTP.DATA file or other flat list of parameters.
pub(crate) fn flat<'t>(
    statement: &'static Statement,
    keyword: Span,
    lines: impl Iterator<Item = (&'static Param, Text<'t>, Text<'t>)>,
    sink: &mut Sink,
) -> Object<'t> {
    let mut fields = Vec::new();
    for (param, keyword, rest) in lines {
        fields.extend(field(param, keyword, rest, sink));
    }
    let mut object = Object {
        statement,
        name: None,
        keyword,
        fields,
        damaged: true,
    };
    presence::keep_last(&mut object, sink);
    object
}

fn global<'t>(entry: Entry<'t>, sink: &mut Sink) -> Option<Object<'t>> {
    let keyword = entry.keyword;
    let Some(statement) = schema::statement(keyword.text) else {
        let near = unknown_statement(keyword, sink)?;
        // Checked as what it was meant to be: its own errors come out too, and references find it.
        return entry
            .body
            .map(|body| block(near, keyword, name(near, entry.value, true, sink), body, sink));
    };
    if matches!(statement.place, Place::AgentLine(_) | Place::AgentBlock(_)) {
        keywords::of_the_agent(statement, keyword, sink);
        return None;
    }
    let name = name(statement, entry.value, true, sink);
    if name.is_none() && entry.value.text.is_empty() {
        let message = format!("{} has no name", statement.keyword);
        let help = format!(
            "write `{} name`: at file level a name is mandatory",
            statement.keyword
        );
        sink.push(Diagnostic::new(&codes::MISSING_NAME, keyword.span, message).help(help));
    }
    Some(block(
        statement,
        keyword,
        name,
        entry.body.unwrap_or_default(),
        sink,
    ))
}

fn block<'t>(
    statement: &'static Statement,
    keyword: Text<'t>,
    name: Option<Text<'t>>,
    body: Body<'t>,
    sink: &mut Sink,
) -> Object<'t> {
    let mut object = Object {
        statement,
        name,
        keyword: keyword.span,
        fields: Vec::new(),
        damaged: body.damaged,
    };
    let mut seen = HashSet::new();
    for entry in body.entries {
        let Some(param) = statement.param(entry.keyword.text) else {
            keywords::misplaced(statement, entry.keyword, sink);
            object.damaged = true;
            continue;
        };
        seen.insert(param.slot);
        doubtful(statement, param, entry.keyword, sink);
        match param.kind {
            Kind::Block(inner) => object.fields.extend(inline(param, inner, entry, sink)),
            _ => object
                .fields
                .extend(field(param, entry.keyword, entry.value, sink)),
        }
    }
    if !object.damaged {
        presence::missing(&object, &seen, sink);
        presence::without_condition(&object, &seen, sink);
    }
    presence::any_alone(&object, sink);
    presence::sslv2_suites(&object, sink);
    presence::keep_last(&mut object, sink);
    object
}

fn inline<'t>(
    param: &'static Param,
    inner: &'static str,
    entry: Entry<'t>,
    sink: &mut Sink,
) -> Option<Field<'t>> {
    let statement = schema::statement(inner)?;
    report(param, param.verdict, None, entry.keyword.span, sink);
    let name = name(statement, entry.value, false, sink);
    let object = block(
        statement,
        entry.keyword,
        name,
        entry.body.unwrap_or_default(),
        sink,
    );
    let at = entry.keyword.span;
    Some(Field {
        param,
        keyword: at,
        at,
        value: Value::Block(object),
    })
}

fn field<'t>(param: &'static Param, keyword: Text<'t>, rest: Text<'t>, sink: &mut Sink) -> Option<Field<'t>> {
    if rest.text.is_empty() {
        let message = format!("{} has no value", param.keyword);
        sink.push(Diagnostic::new(&codes::MISSING_VALUE, keyword.span, message));
        return None;
    }
    let (value, used) = match value::parse(param, rest) {
        Ok(parsed) => parsed,
        Err(diagnostic) => {
            sink.push(*diagnostic);
            return None;
        }
    };
    trailing(param, rest, used, sink);
    let at = rest.part(0, used);
    if let Some(remark) = value::remark(at, &value) {
        sink.push(remark);
    }
    let verdict = match (&value, param.verdict) {
        (Value::Choice(choice), Verdict::Effective) => choice.verdict,
        _ => param.verdict,
    };
    report(param, verdict, Some(at), keyword.span, sink);
    Some(Field {
        param,
        keyword: keyword.span,
        at: at.span,
        value,
    })
}

/// The name of a block; what is wrong with it is reported, and it is used nevertheless.
fn name<'t>(statement: &Statement, value: Text<'t>, global: bool, sink: &mut Sink) -> Option<Text<'t>> {
    if value.text.is_empty() {
        return None;
    }
    if !global && statement.place == Place::File {
        return None;
    }
    let (word, rest) = value.split_word();
    if !rest.text.is_empty() {
        ignored(
            rest,
            format!("text behind the name of {} is ignored", statement.keyword),
            sink,
        );
    }
    let length = word.text.chars().count();
    let problem = if word.text.contains(['{', '}']) {
        "has a brace in it".to_string()
    } else if length > NAME_MOST {
        format!("has {length} characters, names have at most {NAME_MOST}")
    } else {
        return Some(word);
    };
    let message = format!("the name `{}` {problem}", shorten(word.text));
    sink.push(Diagnostic::new(&codes::INVALID_NAME, word.span, message));
    Some(word)
}

fn doubtful(statement: &Statement, param: &Param, keyword: Text<'_>, sink: &mut Sink) {
    if !param.valid_in(statement.scope) {
        let message = format!("{} may not be known in {}", param.keyword, statement.keyword);
        sink.push(
            Diagnostic::new(&codes::DOUBTFUL_SCOPE, keyword.span, message)
                .help("write it in TTLSEnvironmentAdvancedParms to be sure"),
        );
    }
}

fn trailing(param: &Param, rest: Text<'_>, used: usize, sink: &mut Sink) {
    let behind = rest.part(used, rest.text.len());
    let start = behind.text.len() - behind.text.trim_start_matches(crate::lexer::is_blank).len();
    let behind = behind.part(start, behind.text.len());
    if !behind.text.is_empty() {
        ignored(
            behind,
            format!("text behind the value of {} is ignored", param.keyword),
            sink,
        );
    }
}

fn ignored(text: Text<'_>, message: String, sink: &mut Sink) {
    let comment = Fix::new(Safety::Safe, "make it a comment", text.span.part(0, 0), "# ");
    sink.push(
        Diagnostic::new(&codes::TRAILING_TEXT, text.span, message)
            .help("remove it, or make it a comment")
            .fix(Some(comment)),
    );
}

/// Says what this engine does with a parameter or value, where that is not what the language says.
fn report(param: &Param, verdict: Verdict, value: Option<Text<'_>>, keyword: Span, sink: &mut Sink) {
    let at = value.map_or(keyword, |value| value.span);
    let subject = match (param.kind, value) {
        (Kind::Choice(_), Some(value)) => format!("{} {}", param.keyword, value.text),
        _ => param.keyword.to_string(),
    };
    match verdict {
        Verdict::Effective => {}
        Verdict::NoEffect(why) => {
            // What the engine does anyway needs no word.
            let as_default = value
                .zip(param.default)
                .is_some_and(|(v, d)| v.text.eq_ignore_ascii_case(d));
            if !as_default {
                sink.push(Diagnostic::new(
                    &codes::NO_EFFECT,
                    at,
                    format!("{subject} has no effect: {why}"),
                ));
            }
        }
        Verdict::Refused(why) => {
            let off = match (param.kind, value) {
                (Kind::Choice(choices), Some(_)) => choices.iter().find(|choice| choice.word == "Off"),
                _ => None,
            };
            let fix = off.map(|off| Fix::spelling(Safety::Unsafe, at, off.word));
            sink.push(
                Diagnostic::new(&codes::REFUSED, at, format!("{subject} is refused"))
                    .help(why)
                    .fix(fix),
            );
        }
    }
}
