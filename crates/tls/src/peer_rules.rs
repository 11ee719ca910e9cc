//! What handshakes must have beyond a valid chain: signature schemes and key sizes.

use std::sync::Arc;

use rustls::{CertificateError, OtherError, PeerIncompatible, SignatureScheme};
use rustls_pki_types::CertificateDer;
use thiserror::Error;
use ttls_policy::ActionSet;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// `SignaturePairs`, `PeerMinRsaKeySize`, `PeerMinECCKeySize`.
#[derive(Debug, Clone)]
pub(crate) struct PeerRules {
    signatures: Option<Vec<SignatureScheme>>,
    min_rsa: usize,
    min_ecc: usize,
}

/// A key in the peer's chain is smaller than the policy allows.
#[derive(Debug, Clone, Error)]
#[error("a key in the peer's chain ({kind}) has {bits} bits and {keyword} is {least}")]
pub(crate) struct WeakKey {
    kind: &'static str,
    keyword: &'static str,
    bits: usize,
    least: usize,
}

impl PeerRules {
    pub(crate) fn of(actions: &ActionSet) -> Self {
        let schemes = actions.tls.signatures.value.as_ref();
        Self {
            signatures: schemes.map(|numbers| numbers.iter().copied().map(SignatureScheme::from).collect()),
            min_rsa: actions.tls.min_rsa.value.into(),
            min_ecc: actions.tls.min_ecc.value.into(),
        }
    }

    /// Whether `SignaturePairs` is coded.
    pub(crate) fn restrict_signatures(&self) -> bool {
        self.signatures.is_some()
    }

    /// Those of the engine's schemes that the policy allows, in the policy's order.
    pub(crate) fn schemes(&self, engine: Vec<SignatureScheme>) -> Vec<SignatureScheme> {
        match &self.signatures {
            Some(allowed) => allowed
                .iter()
                .copied()
                .filter(|scheme| engine.contains(scheme))
                .collect(),
            None => engine,
        }
    }

    /// Whether a handshake may be signed so.
    pub(crate) fn verify_scheme(&self, scheme: SignatureScheme) -> Result<(), rustls::Error> {
        match &self.signatures {
            Some(allowed) if !allowed.contains(&scheme) => {
                Err(PeerIncompatible::NoSignatureSchemesInCommon.into())
            }
            _ => Ok(()),
        }
    }

    /// Whether all keys of a chain are large enough.
    pub(crate) fn verify_keys(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), rustls::Error> {
        std::iter::once(end_entity)
            .chain(intermediates)
            .try_for_each(|certificate| self.verify_key(certificate))
    }

    fn verify_key(&self, certificate: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        let (_, parsed) =
            X509Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
        let (kind, keyword, bits, least) = match parsed.public_key().parsed() {
            Ok(PublicKey::RSA(key)) => ("RSA", "PeerMinRsaKeySize", key.key_size(), self.min_rsa),
            Ok(PublicKey::EC(point)) => ("EC", "PeerMinECCKeySize", point.key_size(), self.min_ecc),
            _ => return Ok(()),
        };
        if bits >= least {
            return Ok(());
        }
        let weak = WeakKey {
            kind,
            keyword,
            bits,
            least,
        };
        Err(CertificateError::Other(OtherError(Arc::new(weak))).into())
    }
}
