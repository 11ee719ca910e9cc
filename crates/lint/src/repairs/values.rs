//! Values that belong elsewhere or the other way round.

use ttls_policy::{CodedStatement, Diagnostic, Edit, Fix, Safety, Span, suite_name};

use crate::layout::Layout;

/// `RemoteAddr 21`: a port, if the rule has no ports on this side yet.
pub(super) fn address(
    layout: Layout<'_>,
    diagnostic: &Diagnostic,
    statements: &[CodedStatement],
) -> Option<Fix> {
    let value = layout.text(diagnostic.span);
    let port: u16 = value.parse().ok().filter(|port| *port > 0)?;
    let keyword = layout.first_word(diagnostic.span.start);
    let (ports, slot) = match layout.text(keyword).to_ascii_lowercase().as_str() {
        "localaddr" => ("LocalPortRange", "local port"),
        "remoteaddr" => ("RemotePortRange", "remote port"),
        _ => return None,
    };
    let rule = statements
        .iter()
        .rfind(|rule| rule.keyword.source == keyword.source && rule.keyword.start < keyword.start)?;
    rule.slot(slot)
        .is_none()
        .then(|| Fix::new(Safety::Unsafe, format!("write `{ports} {port}`"), keyword, ports))
}

/// `V3CipherSuites C02FC030`: codes of four digits.
pub(super) fn cipher(layout: Layout<'_>, diagnostic: &Diagnostic) -> Option<Fix> {
    let value = layout.text(diagnostic.span);
    let keyword = layout.first_word(diagnostic.span.start);
    let meant = "V3CipherSuites4Char";
    let fits = layout.text(keyword).eq_ignore_ascii_case("V3CipherSuites")
        && value.len().is_multiple_of(4)
        && value.is_ascii()
        && (0..value.len()).step_by(4).all(|at| {
            u16::from_str_radix(&value[at..at + 4], 16).is_ok_and(|code| suite_name(code).is_some())
        });
    fits.then(|| Fix::new(Safety::Safe, format!("write `{meant}`"), keyword, meant))
}

/// `50100-50000`: the smaller one comes first.
pub(super) fn range(layout: Layout<'_>, diagnostic: &Diagnostic) -> Option<Fix> {
    let value = layout.text(diagnostic.span);
    let inside = value.trim_start_matches('(').trim_end_matches(')');
    let at = inside.find(|c: char| !c.is_ascii_digit())?;
    let (low, rest) = inside.split_at(at);
    let high = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let (first, second): (u16, u16) = (low.parse().ok()?, high.parse().ok()?);
    if second == 0 || second >= first {
        return None;
    }
    let start = diagnostic.span.start + (value.len() - value.trim_start_matches('(').len());
    let part = |start: usize, length: usize| Span {
        start,
        end: start + length,
        ..diagnostic.span
    };
    let high_at = start + inside.len() - high.len();
    let edit = |span, text: &str| Edit {
        span,
        replacement: text.to_string(),
    };
    Some(Fix {
        message: format!("write {second} before {first}"),
        safety: Safety::Unsafe,
        edits: vec![
            edit(part(start, low.len()), high),
            edit(part(high_at, high.len()), low),
        ],
    })
}
