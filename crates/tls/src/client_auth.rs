//! Client certificates: `ClientAuthType`.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};
use ttls_keyring::Ring;
use ttls_policy::{ActionSet, ClientAuthType, HandshakeRole, SecureLogin};

use crate::peer_rules::PeerRules;
use crate::{TlsError, anchors};

/// The verifier that role, `ClientAuthType` and `SECURE_LOGIN` ask for.
pub(crate) fn verifier(
    actions: &ActionSet,
    ring: &Ring,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let login_needs_certificate = actions
        .ftp
        .as_ref()
        .is_some_and(|ftp| ftp.value.secure_login == SecureLogin::Required);
    let insufficient = || TlsError::SecureLogin {
        environment: actions.environment.clone(),
    };
    if actions.role.value != HandshakeRole::ServerWithClientAuth {
        if login_needs_certificate {
            return Err(insufficient());
        }
        return Ok(Arc::new(NoClientAuth));
    }
    let verifier = match actions.client_auth.value {
        ClientAuthType::PassThru if login_needs_certificate => return Err(insufficient()),
        ClientAuthType::PassThru => Arc::new(AnyClient {
            provider: Arc::clone(provider),
        }),
        ClientAuthType::Full => validating(actions, ring, provider, login_needs_certificate)?,
        ClientAuthType::Required => validating(actions, ring, provider, true)?,
    };
    Ok(Arc::new(RulesToo {
        verifier,
        // Nobody's key size matters where nobody is validated.
        keys: actions.client_auth.value != ClientAuthType::PassThru,
        rules: PeerRules::of(actions),
    }))
}

fn validating(
    actions: &ActionSet,
    ring: &Ring,
    provider: &Arc<CryptoProvider>,
    required: bool,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let roots = anchors::usable(ring);
    if roots.is_empty() {
        return Err(TlsError::no_anchors(actions, ring, "ClientAuthType"));
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let builder = if required {
        builder
    } else {
        builder.allow_unauthenticated()
    };
    let verifier = builder.build().map_err(|error| TlsError::Engine {
        environment: actions.environment.clone(),
        reason: error.to_string(),
    })?;
    Ok(verifier)
}

/// `ClientAuthType PassThru`: a certificate is asked for and never validated. That the client holds its key is
/// verified all the same, as the protocol demands.
#[derive(Debug)]
struct AnyClient {
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for AnyClient {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
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
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// A verifier, and what the policy asks for beyond validity.
#[derive(Debug)]
struct RulesToo {
    verifier: Arc<dyn ClientCertVerifier>,
    keys: bool,
    rules: PeerRules,
}

impl ClientCertVerifier for RulesToo {
    fn offer_client_auth(&self) -> bool {
        self.verifier.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.verifier.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.verifier.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verified = self.verifier.verify_client_cert(end_entity, intermediates, now)?;
        if self.keys {
            self.rules.verify_keys(end_entity, intermediates)?;
        }
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rules.verify_scheme(dss.scheme)?;
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rules.verify_scheme(dss.scheme)?;
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rules.schemes(self.verifier.supported_verify_schemes())
    }
}
