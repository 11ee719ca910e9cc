//! Protocols, cipher suites and groups of an action set, as rustls takes them.

use rustls::SupportedProtocolVersion;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use ttls_policy::{ActionSet, Protocols};

use crate::groups::of_version;

/// The aws-lc-rs provider with these suites and groups only, in this order. Of the groups, a server takes the first
/// one that the client offers and it has; where the policy names none, all defaults hold, X25519MLKEM768 among them.
pub(crate) fn provider(actions: &ActionSet) -> CryptoProvider {
    let all = aws_lc_rs::ALL_CIPHER_SUITES;
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites = actions
        .cipher_suites
        .value
        .iter()
        .filter_map(|&number| all.iter().find(|suite| u16::from(suite.suite()) == number))
        .copied()
        .collect();
    provider.kx_groups = groups(actions, &provider.kx_groups);
    provider
}

/// The protocol versions that are on.
pub(crate) fn versions(protocols: Protocols) -> Vec<&'static SupportedProtocolVersion> {
    let mut versions = Vec::with_capacity(2);
    if protocols.tls13 {
        versions.push(&rustls::version::TLS13);
    }
    if protocols.tls12 {
        versions.push(&rustls::version::TLS12);
    }
    versions
}

/// Those of TLS 1.3 first: the first of all is the one that a client sends a share for.
fn groups(
    actions: &ActionSet,
    defaults: &[&'static dyn SupportedKxGroup],
) -> Vec<&'static dyn SupportedKxGroup> {
    let parms = &actions.tls;
    let (groups12, groups13) = (&parms.groups12.value, &parms.groups13.value);
    if groups12.is_none() && groups13.is_none() {
        return defaults.to_vec();
    }
    let defaults: Vec<u16> = defaults.iter().map(|group| group.name().into()).collect();
    let of = |coded: &Option<Vec<u16>>, version| {
        let numbers = coded.as_ref().unwrap_or(&defaults);
        numbers
            .iter()
            .filter_map(move |&number| of_version(number, version))
            .collect::<Vec<_>>()
    };
    let mut groups = of(groups13, rustls::ProtocolVersion::TLSv1_3);
    groups.extend(of(groups12, rustls::ProtocolVersion::TLSv1_2));
    groups
}
