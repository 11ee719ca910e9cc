//! Validating servers: the chain always, names where the policy asks for them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use ttls_keyring::{CertificateFacts, Ring};

use crate::peer_rules::PeerRules;
use crate::server_identity::Demanded;
use crate::{anchors, host_reference};

/// Validates against the anchors of a ring, and against the names that [`Demanded`] tells.
#[derive(Debug)]
pub(crate) struct ServerVerifier {
    roots: RootCertStore,
    /// The anchors as they are in the ring: a server may present one of them as its own certificate.
    anchors: Vec<CertificateDer<'static>>,
    demanded: Demanded,
    rules: PeerRules,
    provider: Arc<CryptoProvider>,
}

impl ServerVerifier {
    /// `None` where the ring has no anchor that can be used.
    pub(crate) fn new(
        ring: &Ring,
        demanded: Demanded,
        rules: PeerRules,
        provider: Arc<CryptoProvider>,
    ) -> Option<Self> {
        let roots = anchors::usable(ring);
        (!roots.is_empty()).then(|| Self {
            roots,
            anchors: ring.anchors().to_vec(),
            demanded,
            rules,
            provider,
        })
    }

    fn verify_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        if self.anchors.iter().any(|anchor| anchor == end_entity) {
            return in_validity(end_entity, now);
        }
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(end_entity)?,
            &self.roots,
            intermediates,
            now,
            self.provider.signature_verification_algorithms.all,
        )
    }

    fn verify_name(
        &self,
        end_entity: &CertificateDer<'_>,
        server_name: &ServerName<'_>,
    ) -> Result<(), rustls::Error> {
        match &self.demanded {
            Demanded::Chain => Ok(()),
            Demanded::Reference(reference) => host_reference::verify(end_entity, reference),
            Demanded::Peer => verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name),
        }
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verify_chain(end_entity, intermediates, now)?;
        self.rules.verify_keys(end_entity, intermediates)?;
        self.verify_name(end_entity, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rules.verify_scheme(dss.scheme)?;
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rules.verify_scheme(dss.scheme)?;
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        self.rules.schemes(algorithms.supported_schemes())
    }
}

/// The validity of a certificate that is trusted itself, often a self-signed one that says it is an authority, which
/// the path validation of a chain would not take for a server.
fn in_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), rustls::Error> {
    let facts = CertificateFacts::read(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now.as_secs());
    if now > facts.not_after {
        return Err(CertificateError::Expired.into());
    }
    if now < facts.not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    Ok(())
}
