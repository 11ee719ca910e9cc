//! Which key rings a policy uses, and for what.

use std::collections::HashMap;

use ttls_keyring::{Access, Entry, KeyringError, Keyrings, Ring};
use ttls_policy::{ActionSet, Extension, HandshakeRole, KeyringAccess, KeyringRef, Policy, Span};

/// A key ring in use.
pub(crate) struct RingUse<'p> {
    /// One of the action sets that use it this way.
    pub(crate) set: &'p ActionSet,
    /// Where it is named.
    pub(crate) at: Span,
    /// The ring, or why it cannot be opened.
    pub(crate) ring: Result<Ring, KeyringError>,
    /// The certificates that are asked for.
    pub(crate) labels: Vec<LabelUse>,
}

/// A certificate that a policy asks a ring for.
pub(crate) struct LabelUse {
    /// Its label; `None` is the default of the ring.
    pub(crate) label: Option<String>,
    /// Where it is named; the place of the ring for the default.
    pub(crate) at: Span,
    /// The host name that it is for.
    pub(crate) host: Option<String>,
}

/// The uses of rings, each once however many rules share it.
///
/// `place` says where the value of an action set is coded.
pub(crate) fn find<'p>(
    policy: &'p Policy,
    keyrings: &Keyrings,
    place: impl Fn(&ActionSet, &str) -> Option<Span>,
) -> Vec<RingUse<'p>> {
    let mut opened: HashMap<&KeyringRef, Result<Ring, KeyringError>> = HashMap::new();
    let mut uses = Vec::new();
    for set in different(policy) {
        let Some(at) = place(set, "Keyring") else {
            continue;
        };
        let reference = &set.keyring.value;
        let ring = opened
            .entry(reference)
            .or_insert_with(|| keyrings.open(&reference.name, access(reference)));
        uses.push(RingUse {
            set,
            at,
            ring: ring.clone(),
            labels: labels(set, at, |keyword| place(set, keyword)),
        });
    }
    uses
}

/// Action sets with different actions.
fn different(policy: &Policy) -> impl Iterator<Item = &ActionSet> {
    let mut seen = std::collections::HashSet::new();
    policy
        .action_sets()
        .map(AsRef::as_ref)
        .filter(move |set| seen.insert((&set.environment, &set.connection)))
}

fn access(reference: &KeyringRef) -> Option<Access> {
    reference.access.as_ref().map(|access| match access {
        KeyringAccess::Password(password) => Access::Password(password.clone().into()),
        KeyringAccess::StashFile(path) => Access::StashFile(path.clone()),
    })
}

fn labels(set: &ActionSet, ring: Span, place: impl Fn(&str) -> Option<Span>) -> Vec<LabelUse> {
    let coded = place("ServerCertificateLabel").or_else(|| place("CertificateLabel"));
    let mut labels: Vec<LabelUse> = set
        .certificate_labels
        .value
        .iter()
        .map(|label| LabelUse {
            label: Some(label.clone()),
            at: coded.unwrap_or(ring),
            host: None,
        })
        .collect();
    // A client without a certificate is a client that sends none.
    if labels.is_empty() && set.role.value != HandshakeRole::Client {
        labels.push(LabelUse {
            label: None,
            at: ring,
            host: None,
        });
    }
    if set.server_sni.value.mode != Extension::Off {
        let at = place("ServerHandshakeSNIList").unwrap_or(ring);
        labels.extend(set.server_sni.value.list.iter().map(|(host, label)| LabelUse {
            label: Some(label.clone()),
            at,
            host: Some(host.clone()),
        }));
    }
    labels
}

impl RingUse<'_> {
    /// The certificates that are asked for and are there.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&LabelUse, &Entry)> {
        let ring = self.ring.as_ref().ok();
        self.labels
            .iter()
            .filter_map(move |used| Some((used, ring?.entry(used.label.as_deref()).ok()?)))
    }
}
