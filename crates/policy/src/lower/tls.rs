//! Groups, signatures, key sizes, tickets of an action set.

use std::collections::HashSet;
use std::time::Duration;

use super::layers::Layers;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::effective::HandshakeRole;
use crate::groups;
use crate::model::{Object, Value};
use crate::schema::{self, Scope};
use crate::session_parms::SessionParms;
use crate::sink::Sink;
use crate::source::Span;
use crate::sourced::{Origin, Sourced};
use crate::tls_parms::TlsParms;

const SECONDS_PER_MINUTE: u64 = 60;

/// The block with the lists.
const SIGNATURES: &str = "TTLSSignatureParms";

/// More tickets than this are never sent.
const MOST_TICKETS: usize = 16;

/// The parameters for this role; `None` where a list leaves nothing, which was reported.
pub(super) fn parms(layers: &Layers<'_, '_>, role: HandshakeRole, sink: &mut Sink) -> Option<TlsParms> {
    let client = role == HandshakeRole::Client;
    let (groups12, groups13) = groups(layers, client, sink)?;
    let signatures = list(layers, "SignaturePairs", groups::AVAILABLE_SIGNATURES, sink)?;
    let bits = |keyword, default| layers.value(keyword, default, |field| u16::try_from(field.number()?).ok());
    let ems = if client {
        "ClientExtendedMasterSecret"
    } else {
        "ServerExtendedMasterSecret"
    };
    let gsk = Gsk(layers.block("TTLSGskAdvancedParms").map(|(block, _, _)| block));
    let enable = if client {
        "GSK_SESSION_TICKET_CLIENT_ENABLE"
    } else {
        "GSK_SESSION_TICKET_SERVER_ENABLE"
    };
    Some(TlsParms {
        groups12,
        groups13,
        signatures,
        min_rsa: bits("PeerMinRsaKeySize", 1024),
        min_ecc: bits("PeerMinECCKeySize", 192),
        ems_required: layers.value(ems, false, |field| Some(field.word()? == "Required")),
        reset_cipher: layers.value("ResetCipherTimer", None, |field| {
            let minutes = u64::try_from(field.number()?).ok()?;
            Some((minutes != 0).then(|| Duration::from_secs(minutes * SECONDS_PER_MINUTE)))
        }),
        tickets: gsk.value(enable, true, |field| Some(field.is_on())),
        ticket_count: gsk.value("GSK_SESSION_TICKET_SERVER_COUNT", None, |field| {
            Some(Some(usize::try_from(field.number()?).ok()?.min(MOST_TICKETS)))
        }),
        sessions: sessions(&gsk),
    })
}

fn sessions(gsk: &Gsk<'_, '_>) -> SessionParms {
    let time = |keyword| {
        gsk.value(keyword, None, |field| {
            Some(Some(Duration::from_secs(u64::try_from(field.number()?).ok()?)))
        })
    };
    let count = |keyword| gsk.value(keyword, None, |field| Some(usize::try_from(field.number()?).ok()));
    let mut ticket_key_life = time("GSK_SESSION_TICKET_SERVER_KEY_REFRESH");
    ticket_key_life.value = ticket_key_life.value.filter(|life| !life.is_zero());
    SessionParms {
        tls12_life: time("GSK_V3_SESSION_TIMEOUT"),
        tls12_kept: count("GSK_V3_SIDCACHE_SIZE"),
        ticket_life: time("GSK_SESSION_TICKET_SERVER_TIMEOUT"),
        ticket_key_life,
        tickets_kept: count("GSK_SESSION_TICKET_CLIENT_MAXCACHED"),
    }
}

type Codes = Sourced<Option<Vec<u16>>>;

/// Groups for TLS 1.2 and TLS 1.3.
fn groups(layers: &Layers<'_, '_>, client: bool, sink: &mut Sink) -> Option<(Codes, Codes)> {
    let mut read = |keyword| list(layers, keyword, groups::AVAILABLE_CURVES, sink);
    if !client {
        return Some((read("ServerKexECurves")?, read("ServerKeyShareGroups")?));
    }
    let (curves, shares) = (read("ClientECurves")?, read("ClientKeyShareGroups")?);
    let groups13 = match (&shares.value, &curves.value) {
        (Some(first), behind) => {
            // The first group is the one that a share is sent for; the others cost a round trip more.
            let behind = behind.as_deref().unwrap_or(groups::AVAILABLE_CURVES);
            let mut all = first.clone();
            all.extend(behind.iter().filter(|code| !first.contains(code)));
            Sourced {
                value: Some(all),
                origin: shares.origin,
            }
        }
        (None, _) => curves.clone(),
    };
    Some((curves, groups13))
}

/// A list of `TTLSSignatureParms`, without the members that this engine lacks.
fn list(layers: &Layers<'_, '_>, keyword: &'static str, available: &[u16], sink: &mut Sink) -> Option<Codes> {
    let uncoded = Sourced {
        value: None,
        origin: Origin::Default,
    };
    let Some((origin, listed, at)) = narrowest(layers, keyword) else {
        return Some(uncoded);
    };
    let total = listed.len();
    let kept: Vec<u16> = listed
        .into_iter()
        .filter(|code| available.contains(code))
        .collect();
    if kept.is_empty() {
        let message = format!("{keyword} leaves nothing: this engine has none of its members");
        let help = "add 0029 (X25519) or 0023 (secp256r1); signatures: 0403, 0804 or 0401";
        sink.push(Diagnostic::new(&codes::REFUSED, at, message).help(help));
        return None;
    }
    if kept.len() < total {
        let message = format!(
            "{} of {total} members of {keyword} are left out: this engine lacks them",
            total - kept.len()
        );
        sink.push(Diagnostic::new(&codes::NO_EFFECT, at, message));
    }
    Some(Sourced {
        value: Some(kept),
        origin,
    })
}

/// What the narrowest block says. It is complete in itself: what it does not code is not inherited, except what blocks of
/// connection actions cannot code.
fn narrowest(layers: &Layers<'_, '_>, keyword: &str) -> Option<(Origin, Vec<u16>, Span)> {
    let param = schema::statement(SIGNATURES)?.param(keyword)?;
    let inherited = !param.valid_in(Some(Scope::Connection));
    let blocks = layers.blocks(SIGNATURES);
    blocks
        .take(if inherited { usize::MAX } else { 1 })
        .find_map(|(block, origin)| coded(block, keyword).map(|(listed, at)| (origin, listed, at)))
}

/// The codes of all lines in order, each where it comes first; `None` where there are none, or `Any`.
fn coded(block: &Object<'_>, keyword: &str) -> Option<(Vec<u16>, Span)> {
    let mut seen = HashSet::new();
    let mut listed = Vec::new();
    let mut at = None;
    for field in block.fields.iter().filter(|field| field.param.keyword == keyword) {
        let Value::Codes(codes) = &field.value else {
            return None;
        };
        at.get_or_insert(field.at);
        listed.extend(codes.iter().copied().filter(|code| seen.insert(*code)));
    }
    Some((listed, at?))
}

/// `TTLSGskAdvancedParms` of the environment action, where there are some.
struct Gsk<'l, 't>(Option<&'l Object<'t>>);

impl<'t> Gsk<'_, 't> {
    fn value<T>(
        &self,
        keyword: &str,
        default: T,
        read: impl Fn(&crate::model::Field<'t>) -> Option<T>,
    ) -> Sourced<T> {
        let coded = self.0.and_then(|block| block.field(keyword)).and_then(read);
        match coded {
            Some(value) => Sourced {
                value,
                origin: Origin::Environment,
            },
            None => Sourced {
                value: default,
                origin: Origin::Default,
            },
        }
    }
}
