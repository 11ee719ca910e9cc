//! The certificates of an environment, and choosing the one of a handshake.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use ttls_keyring::{Entry, KeyringError};

use crate::peer_rules::PeerRules;
use crate::server_names::ServerNames;
use crate::signing::restricted;

/// A certificate that an environment presents, for status pages and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateInUse {
    /// Its label.
    pub label: String,
    /// Subject distinguished name.
    pub subject: String,
    /// End of its validity.
    pub not_after: SystemTime,
}

/// Takes certificates out of a ring and keeps account of them.
pub(crate) struct InUse {
    now: SystemTime,
    rules: PeerRules,
    /// Each label once.
    pub(crate) certificates: Vec<CertificateInUse>,
}

impl InUse {
    pub(crate) fn new(now: SystemTime, rules: PeerRules) -> Self {
        Self {
            now,
            rules,
            certificates: Vec::new(),
        }
    }

    /// The certificate with its key; it must be usable now.
    pub(crate) fn take(&mut self, entry: &Entry) -> Result<Arc<CertifiedKey>, KeyringError> {
        let key = entry.certified_key()?;
        entry.valid_at(self.now)?;
        if !self
            .certificates
            .iter()
            .any(|certificate| certificate.label == entry.label())
        {
            self.certificates.push(CertificateInUse {
                label: entry.label().to_owned(),
                subject: entry.facts().subject.clone(),
                not_after: entry.facts().not_after,
            });
        }
        Ok(restricted(key, &self.rules))
    }
}

/// Chooses by server name first, then by what signatures the client can verify.
#[derive(Debug)]
pub(crate) struct CertificateChoice {
    names: Arc<ServerNames>,
}

impl CertificateChoice {
    pub(crate) fn new(names: Arc<ServerNames>) -> Self {
        Self { names }
    }
}

impl ResolvesServerCert for CertificateChoice {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let candidates = self.names.certificates(hello.server_name()).ok()?;
        candidates
            .iter()
            .find(|candidate| candidate.key.choose_scheme(hello.signature_schemes()).is_some())
            // rustls then says itself, and in the right alert, that nothing is shared.
            .or_else(|| candidates.first())
            .cloned()
    }
}
