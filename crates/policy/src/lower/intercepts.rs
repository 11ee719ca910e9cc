//! `TTLSIntercept`.

use std::path::PathBuf;

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::effective::Intercept;
use crate::model::{Field, Object, Value};
use crate::resolve::Symbols;
use crate::sink::Sink;

/// The kernel's tables with a meaning of their own (`RT_TABLE_DEFAULT`, `_MAIN`, `_LOCAL`).
const RESERVED_TABLES: std::ops::RangeInclusive<u32> = 253..=255;

/// The interceptors in the order of the sources.
pub(super) fn intercepts(symbols: &Symbols<'_, '_>, sink: &mut Sink) -> Vec<Intercept> {
    symbols
        .of("TTLSIntercept")
        .filter_map(|object| intercept(object, sink))
        .collect()
}

fn intercept(object: &Object<'_>, sink: &mut Sink) -> Option<Intercept> {
    let table = text(object, "Table").unwrap_or("ttls");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !table.chars().all(plain) || !table.starts_with(|c: char| c.is_ascii_alphabetic()) || table.len() > 31
    {
        refuse(
            object,
            "Table",
            "is no name of a table: a letter, then letters, digits and _, at most 31",
            sink,
        );
    }
    let routing_table = number(object, "RoutingTable", 171);
    if RESERVED_TABLES.contains(&routing_table) {
        refuse(object, "RoutingTable", "is one of the system's own tables", sink);
    }
    Some(Intercept {
        name: object.name?.text.to_string(),
        namespace: namespace(object),
        table: table.to_string(),
        mark: u8::try_from(number(object, "Mark", 113)).ok()?,
        mark_byte: u8::try_from(number(object, "MarkByte", 0)).ok()?,
        routing_table,
        rule_preference: number(object, "RulePreference", 32_000),
        listen_port: u16::try_from(number(object, "ListenPort", 15_021)).ok()?,
        unmatched_clear: object.field("Unmatched").and_then(Field::word) == Some("Clear"),
        keep_at_stop: object
            .field("AtStop")
            .and_then(Field::word)
            .map(|word| word == "Keep"),
    })
}

fn namespace(object: &Object<'_>) -> Option<PathBuf> {
    let field = object.slot("namespace")?;
    match (&field.value, field.number()) {
        (Value::Text(path), _) => Some(PathBuf::from(path)),
        (_, Some(pid)) => Some(PathBuf::from(format!("/proc/{pid}/ns/net"))),
        _ => None,
    }
}

fn refuse(object: &Object<'_>, keyword: &str, why: &str, sink: &mut Sink) {
    if let Some(field) = object.field(keyword) {
        let message = format!("the value of {keyword} {why}");
        sink.push(Diagnostic::new(&codes::INVALID_VALUE, field.at, message));
    }
}

fn text<'o>(object: &'o Object<'_>, keyword: &str) -> Option<&'o str> {
    match object.field(keyword)?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The schema bounds it.
fn number(object: &Object<'_>, keyword: &str, default: u32) -> u32 {
    object
        .field(keyword)
        .and_then(Field::number)
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(default)
}
