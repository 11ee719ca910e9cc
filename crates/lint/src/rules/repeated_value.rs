//! `repeated-value`.

use std::collections::HashSet;

use ttls_policy::schema::{Kind, Repeat};
use ttls_policy::{CodedParam, CodedStatement, Edit, Fix, Safety};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A list has a value twice.
    ///
    /// Cipher suites, curves, signatures and host names are lists in order of preference, over all lines of a block. The
    /// first of equal values counts.
    ///
    /// ## Why it matters
    ///
    /// The second one says a place in the order that it does not have. Often another value was meant.
    ///
    /// ## Example
    ///
    /// ```text
    /// V3CipherSuites4Char 1302C030C02F
    /// V3CipherSuites TLS_AES_256_GCM_SHA384
    /// ```
    ///
    /// ## Instead
    ///
    /// Remove the second one; the fix does.
    REPEATED_VALUE = Warning "TTLS314" "repeated-value" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for block in model.blocks() {
        check_block(model, block, findings);
    }
}

fn check_block(model: &Model<'_>, block: &CodedStatement, findings: &mut Findings) {
    let mut seen = HashSet::new();
    let lists = block
        .params
        .iter()
        .filter(|coded| coded.param.repeat == Repeat::List);
    for coded in lists {
        let values = values(coded, model.text(coded.at));
        let mut kept = Vec::new();
        let mut again = Vec::new();
        for value in values {
            // Both parameters for suites make one list.
            let list = match coded.param.kind {
                Kind::Suites(2 | 4) => "suites",
                _ => coded.param.keyword,
            };
            if seen.insert((list, value.name.clone())) {
                kept.push(value.text);
            } else {
                again.push(value.text);
            }
        }
        if let Some(first) = again.first() {
            let message = format!("{first} is in the list of {} already", coded.param.keyword);
            findings.push_with(
                coded.at,
                message,
                "remove it: the first one counts",
                Vec::new(),
                fix(model, coded, &kept.concat()),
            );
        }
    }
}

/// One value of a line.
struct Value {
    /// What makes it equal to others.
    name: String,
    /// As it stands there.
    text: String,
}

/// The values of a line: codes strung together, or one.
fn values(coded: &CodedParam, text: &str) -> Vec<Value> {
    let one = |text: &str, name: String| Value {
        name,
        text: text.to_string(),
    };
    let is_string = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let (ttls_policy::CodedValue::Suites(codes), false) = (&coded.value, text.is_empty()) {
        let names = codes.iter().map(|code| format!("{code:04X}"));
        let length = text.len() / codes.len().max(1);
        return names
            .enumerate()
            .map(|(at, name)| match is_string {
                true => one(&text[at * length..(at + 1) * length], name),
                false => one(text, name),
            })
            .collect();
    }
    match coded.param.kind {
        Kind::Curves(_) | Kind::Signatures if is_string && text.len().is_multiple_of(4) => (0..text.len())
            .step_by(4)
            .map(|at| one(&text[at..at + 4], text[at..at + 4].to_ascii_uppercase()))
            .collect(),
        Kind::Curves(_) | Kind::Signatures | Kind::HostLabel | Kind::Host => {
            vec![one(text, text.to_ascii_lowercase())]
        }
        _ => Vec::new(),
    }
}

fn fix(model: &Model<'_>, coded: &CodedParam, kept: &str) -> Option<Fix> {
    let edit = if kept.is_empty() {
        model.layout(coded.keyword)?.without_line(coded.keyword.start)
    } else {
        Edit {
            span: coded.at,
            replacement: kept.to_string(),
        }
    };
    Some(Fix {
        message: "remove what is in the list already".to_string(),
        safety: Safety::Safe,
        edits: vec![edit],
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "repeated-value";

    fn with(lines: &str) -> String {
        let list = format!("HandshakeRole Server\nTTLSCipherParms\n{{\n{lines}\n}}");
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &list)
    }

    fn signatures(lines: &str) -> String {
        with("V3CipherSuites4Char 1302C02F").replace(
            "HandshakeRole Server",
            &format!("HandshakeRole Server\nTTLSSignatureParms\n{{\n{lines}\n}}"),
        )
    }

    #[test]
    fn a_suite_that_is_listed_again_is_reported_whatever_its_spelling() {
        let text = with("V3CipherSuites4Char 1302C02F1302");
        fires(
            NAME,
            &text,
            "1302 is in the list",
            "V3CipherSuites4Char 1302C02F1302",
        );
        let name = "V3CipherSuites TLS_AES_256_GCM_SHA384";
        let text = with(&format!("V3CipherSuites4Char 1302C02F\n{name}"));
        fires(NAME, &text, "TLS_AES_256_GCM_SHA384 is", name);
    }

    #[test]
    fn curves_and_signatures_too() {
        let text = signatures("ClientECurves 00290023\nClientECurves 0029");
        fires(
            NAME,
            &text,
            "0029 is in the list of ClientECurves",
            "ClientECurves 0029",
        );
        let text = signatures("SignaturePairs 080404030804");
        fires(NAME, &text, "0804 is", "SignaturePairs 080404030804");
    }

    #[test]
    fn lists_of_different_values_and_different_lists_are_not() {
        silent(
            NAME,
            &with("V3CipherSuites4Char 1302C02F\nV3CipherSuites TLS_AES_128_GCM_SHA256"),
        );
        silent(NAME, &signatures("ClientECurves 0029\nClientKeyShareGroups 0029"));
    }
}
