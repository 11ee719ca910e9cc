//! Key exchange groups that are there for one protocol version only: AT-TLS lists them version by version, rustls has
//! one list.

use rustls::crypto::aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange, SupportedKxGroup};
use rustls::{Error, NamedGroup, ProtocolVersion};

/// The group with this IANA number for this version, where the engine has it.
pub(crate) fn of_version(number: u16, version: ProtocolVersion) -> Option<&'static dyn SupportedKxGroup> {
    let groups = match version {
        ProtocolVersion::TLSv1_3 => TLS13,
        _ => TLS12,
    };
    groups
        .iter()
        .find(|group| u16::from(group.name()) == number && group.usable_for_version(version))
        .map(|group| *group as &dyn SupportedKxGroup)
}

static TLS13: &[&OfVersion] = &[
    &OfVersion(&X25519, ProtocolVersion::TLSv1_3),
    &OfVersion(&SECP256R1, ProtocolVersion::TLSv1_3),
    &OfVersion(&SECP384R1, ProtocolVersion::TLSv1_3),
    &OfVersion(&X25519MLKEM768, ProtocolVersion::TLSv1_3),
];

static TLS12: &[&OfVersion] = &[
    &OfVersion(&X25519, ProtocolVersion::TLSv1_2),
    &OfVersion(&SECP256R1, ProtocolVersion::TLSv1_2),
    &OfVersion(&SECP384R1, ProtocolVersion::TLSv1_2),
];

#[derive(Debug)]
struct OfVersion(&'static &'static dyn SupportedKxGroup, ProtocolVersion);

impl SupportedKxGroup for OfVersion {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        self.0.start()
    }

    fn start_and_complete(&self, peer_pub_key: &[u8]) -> Result<CompletedKeyExchange, Error> {
        self.0.start_and_complete(peer_pub_key)
    }

    fn name(&self) -> NamedGroup {
        self.0.name()
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        version == self.1 && self.0.usable_for_version(version)
    }
}
