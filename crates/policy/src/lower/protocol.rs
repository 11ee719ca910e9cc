//! Protocol versions and cipher suites of an action set.

use std::collections::HashSet;

use super::layers::Layers;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::effective::Protocols;
use crate::model::{Field, Object, Value};
use crate::sink::Sink;
use crate::source::Span;
use crate::sourced::{Origin, Sourced};
use crate::suites;

/// What to write where nothing usable is left.
const EXAMPLE_13: &str = "`V3CipherSuites TLS_AES_256_GCM_SHA384`";
const EXAMPLE_12: &str = "`V3CipherSuites4Char C02CC02BC030C02F`";

/// Protocol versions and suites that go together; `None` where none do, which was reported.
pub(super) fn crypto(
    layers: &Layers<'_, '_>,
    sink: &mut Sink,
) -> Option<(Sourced<Protocols>, Sourced<Vec<u16>>)> {
    let v12 = Switch::new(layers, "TLSv1.2");
    let v13 = Switch::new(layers, "TLSv1.3");
    if !v12.on && !v13.on {
        let at = v13.coded.or(v12.coded).map_or(
            Span {
                source: 0,
                start: 0,
                end: 0,
            },
            |field| field.at,
        );
        let message = "no protocol is left: TLSv1.2 and TLSv1.3 are both Off";
        sink.push(
            Diagnostic::new(&codes::NO_PROTOCOL, at, message).help("write `TLSv1.2 On` or `TLSv1.3 On`"),
        );
        return None;
    }
    let coded = CodedSuites::new(layers, sink);
    let (listed, origin) = match &coded {
        Some(coded) => (coded.available.as_slice(), coded.origin),
        None => (suites::DEFAULT, Origin::Default),
    };
    let allowed = |code: &u16| if suites::is_tls13(*code) { v13.on } else { v12.on };
    let usable: Vec<u16> = listed.iter().copied().filter(allowed).collect();
    if let Some(coded) = &coded {
        if usable.is_empty() {
            coded.nothing_left(&v12, &v13, sink);
            return None;
        }
        coded.explain(&v12, &v13, sink);
    }
    let value = Protocols {
        tls12: usable.iter().any(|code| !suites::is_tls13(*code)),
        tls13: usable.iter().any(|code| suites::is_tls13(*code)),
    };
    let narrowest = [v12.origin, v13.origin]
        .into_iter()
        .max_by_key(|origin| narrowness(*origin));
    let protocols = Sourced {
        value,
        origin: narrowest.unwrap_or(Origin::Default),
    };
    Some((
        protocols,
        Sourced {
            value: usable,
            origin,
        },
    ))
}

/// A protocol switch.
struct Switch<'l, 't> {
    keyword: &'static str,
    on: bool,
    origin: Origin,
    coded: Option<&'l Field<'t>>,
}

impl<'l, 't> Switch<'l, 't> {
    fn new(layers: &Layers<'l, 't>, keyword: &'static str) -> Self {
        let Sourced { value, origin } = layers.switch(keyword, true);
        Self {
            keyword,
            on: value,
            origin,
            coded: layers.field(keyword).map(|(field, _)| field),
        }
    }
}

/// The suites that a policy lists.
struct CodedSuites {
    origin: Origin,
    /// Those that this engine has, each once, in order.
    available: Vec<u16>,
    /// Place of the first line of the list.
    at: Span,
}

impl CodedSuites {
    /// `None` where no suite is listed.
    fn new(layers: &Layers<'_, '_>, sink: &mut Sink) -> Option<Self> {
        let (block, origin, _) = layers.block("TTLSCipherParms")?;
        let listed = listed(block);
        let at = listed.first()?.1;
        let (available, missing): (Vec<_>, Vec<_>) = listed
            .into_iter()
            .partition(|(code, _)| suites::is_available(*code));
        if let Some((_, first)) = missing.first() {
            let total = missing.len() + available.len();
            let message = format!(
                "{} of {total} listed cipher suites left out: this engine lacks them",
                missing.len()
            );
            let names: Vec<String> = missing
                .iter()
                .take(8)
                .map(|(code, _)| suites::title(*code))
                .collect();
            let more = if missing.len() > names.len() { ", ..." } else { "" };
            let help = format!("left out: {}{more}", names.join(", "));
            sink.push(Diagnostic::new(&codes::DROPPED_CIPHER, *first, message).help(help));
        }
        Some(Self {
            origin,
            available: available.into_iter().map(|(code, _)| code).collect(),
            at,
        })
    }

    fn nothing_left(&self, v12: &Switch<'_, '_>, v13: &Switch<'_, '_>, sink: &mut Sink) {
        let (versions, instead) = match (v12.on, v13.on) {
            (true, false) => ("TLSv1.2", EXAMPLE_12.to_string()),
            (false, true) => ("TLSv1.3", EXAMPLE_13.to_string()),
            _ => ("TLSv1.2 and TLSv1.3", format!("{EXAMPLE_13} and {EXAMPLE_12}")),
        };
        let message = format!("no cipher suite is left for {versions}");
        let help = format!("write {instead}");
        sink.push(Diagnostic::new(&codes::NO_CIPHER, self.at, message).help(help));
    }

    /// Versions without suites and suites without versions.
    fn explain(&self, v12: &Switch<'_, '_>, v13: &Switch<'_, '_>, sink: &mut Sink) {
        let has = |tls13| self.available.iter().any(|code| suites::is_tls13(*code) == tls13);
        for (switch, tls13, example) in [(v12, false, EXAMPLE_12), (v13, true, EXAMPLE_13)] {
            let keyword = switch.keyword;
            match (switch.on, has(tls13), switch.coded) {
                (true, false, Some(field)) => {
                    let message =
                        format!("{keyword} is On and none of its cipher suites is listed: it cannot be used");
                    let diagnostic = Diagnostic::new(&codes::PROTOCOL_WITHOUT_CIPHER, field.at, message);
                    sink.push(
                        diagnostic
                            .also(self.at, "the list")
                            .help(format!("add {example}")),
                    );
                }
                (true, false, None) => {
                    let message = format!(
                        "{keyword} is On by default and none of its cipher suites is listed: it is not used"
                    );
                    let diagnostic = Diagnostic::new(&codes::PROTOCOL_NARROWED, self.at, message);
                    sink.push(diagnostic.help(format!("add {example} to use it")));
                }
                (false, true, Some(field)) => {
                    let message =
                        format!("cipher suites of {keyword} are listed and it is Off: they are not used");
                    let diagnostic = Diagnostic::new(&codes::PROTOCOL_WITHOUT_CIPHER, self.at, message);
                    sink.push(diagnostic.also(field.at, "Off here"));
                }
                _ => {}
            }
        }
    }
}

/// The listed suites in order, each where it comes first.
fn listed(block: &Object<'_>) -> Vec<(u16, Span)> {
    let mut seen = HashSet::new();
    let mut listed = Vec::new();
    for field in &block.fields {
        if let Value::Suites(codes) = &field.value {
            listed.extend(
                codes
                    .iter()
                    .filter(|code| seen.insert(**code))
                    .map(|code| (*code, field.at)),
            );
        }
    }
    listed
}

fn narrowness(origin: Origin) -> u8 {
    match origin {
        Origin::Default => 0,
        Origin::Group => 1,
        Origin::Environment => 2,
        Origin::Connection => 3,
    }
}
