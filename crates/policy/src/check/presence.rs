//! What a block must have, and what it must not have twice.

use std::collections::{HashMap, HashSet};

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::model::{Field, Object, Value};
use crate::schema::{Kind, Repeat};
use crate::sink::Sink;

/// Parameters that the statement must have.
pub(super) fn missing(object: &Object<'_>, seen: &HashSet<&'static str>, sink: &mut Sink) {
    let mut told = HashSet::new();
    let required = object.statement.params().filter(|param| param.required);
    for param in required.filter(|param| !seen.contains(param.slot)) {
        if !told.insert(param.slot) {
            continue;
        }
        let same: Vec<&str> = object
            .statement
            .params()
            .filter(|p| p.slot == param.slot)
            .map(|p| p.keyword)
            .collect();
        let message = format!("{} lacks {}", object.title(), same.join(" or "));
        sink.push(Diagnostic::new(
            &codes::MISSING_PARAMETER,
            object.keyword,
            message,
        ));
    }
}

/// A rule needs one of its conditions at least.
pub(super) fn without_condition(object: &Object<'_>, seen: &HashSet<&'static str>, sink: &mut Sink) {
    let mut conditions = object
        .statement
        .params()
        .filter(|param| param.condition)
        .peekable();
    if conditions.peek().is_none() || conditions.any(|param| seen.contains(param.slot)) {
        return;
    }
    let message = format!("{} has no condition", object.title());
    let help =
        "write at least one of LocalAddr, RemoteAddr, LocalPortRange, RemotePortRange, Jobname and Userid";
    sink.push(Diagnostic::new(&codes::RULE_WITHOUT_CONDITION, object.keyword, message).help(help));
}

/// `Any` cannot be combined with named curves.
pub(super) fn any_alone(object: &Object<'_>, sink: &mut Sink) {
    let curves = || {
        object
            .fields
            .iter()
            .filter(|field| matches!(field.param.kind, Kind::Curves(true)))
    };
    let is_any = |field: &&Field<'_>| matches!(field.value, Value::Text(_));
    let (Some(any), Some(named)) = (curves().find(is_any), curves().find(|field| !is_any(field))) else {
        return;
    };
    let message = format!("{} names curves and has Any too", any.param.keyword);
    sink.push(
        Diagnostic::new(&codes::INVALID_CODE, any.at.max(named.at), message)
            .also(any.at.min(named.at), "coded before here")
            .help("keep Any or the named curves"),
    );
}

/// AT-TLS takes so many suites of SSLv2.
const SSLV2_MOST: usize = 10;

/// The suites of SSLv2, over all lines.
pub(super) fn sslv2_suites(object: &Object<'_>, sink: &mut Sink) {
    let mut count = 0;
    for field in &object.fields {
        let Value::Sslv2(suites) = field.value else {
            continue;
        };
        count += suites;
        if count > SSLV2_MOST {
            let message = format!(
                "{} lists {count} suites; {SSLV2_MOST} are possible",
                field.param.keyword
            );
            let help = "leave V2CipherSuites out: nothing speaks SSLv2";
            sink.push(Diagnostic::new(&codes::INVALID_CIPHER, field.at, message).help(help));
            return;
        }
    }
}

/// Of parameters that count once the last one stays.
pub(super) fn keep_last(object: &mut Object<'_>, sink: &mut Sink) {
    let mut last: HashMap<&'static str, usize> = HashMap::new();
    let mut dropped = HashSet::new();
    for (at, field) in object.fields.iter().enumerate() {
        if field.param.repeat == Repeat::List {
            continue;
        }
        let Some(before) = last.insert(field.param.slot, at) else {
            continue;
        };
        let earlier = &object.fields[before];
        dropped.insert(before);
        sink.push(again(earlier, field).also(earlier.keyword, "coded before here"));
    }
    let mut at = 0;
    object.fields.retain(|_| {
        at += 1;
        !dropped.contains(&(at - 1))
    });
}

fn again(earlier: &Field<'_>, field: &Field<'_>) -> Diagnostic {
    let (before, now) = (earlier.param.keyword, field.param.keyword);
    if before == now {
        let message = format!("{now} is coded again; the last one counts");
        Diagnostic::new(&codes::REPEATED_PARAMETER, field.keyword, message)
    } else if field.param.repeat == Repeat::Exclusive {
        let message = format!("{now} excludes {before}: both say the {}", field.param.slot);
        Diagnostic::new(&codes::CONFLICTING_ALTERNATIVES, field.keyword, message).help("keep one of them")
    } else {
        let message = format!("{now} replaces {before} as a whole; nothing is merged");
        Diagnostic::new(&codes::REPLACED_BLOCK, field.keyword, message).help("keep one of them")
    }
}
