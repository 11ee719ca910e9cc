//! The client role of an environment.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use ttls_keyring::{KeyringError, Ring};
use ttls_policy::ActionSet;

use crate::certificates::InUse;
use crate::client_sessions::ClientLimits;
use crate::opening_suites::with_openings;
use crate::peer_rules::PeerRules;
use crate::server_identity::ServerRules;
use crate::server_verifier::ServerVerifier;
use crate::ticket_copies::with_ticket_copies;
use crate::tunnel_sessions::TunnelSessions;
use crate::{CertificateInUse, TlsError, suites};

/// Configurations of the role Client. All share verifier and client certificate: rustls resumes a session only where
/// both are the very same.
pub(crate) struct ClientSide {
    pub(crate) rules: ServerRules,
    /// Without a session store; client scopes add theirs. Its suites can take in a ticket again
    /// ([`crate::ticket_copies`]).
    pub(crate) primary: ClientConfig,
    /// Without a session store; client scopes add theirs.
    pub(crate) secondary: ClientConfig,
    pub(crate) tunnel: Arc<ClientConfig>,
    /// `GSK_SESSION_TICKET_CLIENT_ENABLE`.
    pub(crate) tickets: bool,
    pub(crate) limits: Arc<ClientLimits>,
}

impl ClientSide {
    /// Takes the certificate that the action set names, else the default one of the ring, where there is one.
    pub(crate) fn build(
        actions: &ActionSet,
        ring: &Ring,
        now: SystemTime,
    ) -> Result<(Self, Vec<CertificateInUse>), TlsError> {
        let rules = ServerRules::of(actions).map_err(|name| TlsError::ClientServerName {
            environment: actions.environment.clone(),
            name,
        })?;
        let rules_of_peer = PeerRules::of(actions);
        let mut in_use = InUse::new(now, rules_of_peer.clone());
        let certificate =
            certificate(actions, ring, &mut in_use).map_err(|problem| TlsError::keyring(actions, problem))?;

        let provider = suites::provider(actions);
        let verifier = ServerVerifier::new(
            ring,
            rules.demanded.clone(),
            rules_of_peer,
            Arc::new(provider.clone()),
        );
        let verifier = verifier.ok_or_else(|| TlsError::no_anchors(actions, ring, "HandshakeRole Client"))?;
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(verifier);
        let certificate: Arc<dyn ResolvesClientCert> = Arc::new(OurCertificate(certificate));
        let base = |provider: CryptoProvider| -> Result<ClientConfig, TlsError> {
            let mut base = ClientConfig::builder_with_provider(Arc::new(provider))
                .with_protocol_versions(&suites::versions(actions.protocols.value))
                .map_err(|error| TlsError::engine(actions, &error))?
                .dangerous()
                .with_custom_certificate_verifier(Arc::clone(&verifier))
                .with_client_cert_resolver(Arc::clone(&certificate));
            base.enable_sni = rules.sent.is_some();
            base.enable_early_data = false;
            base.require_ems = actions.tls.ems_required.value;
            base.resumption = Resumption::disabled();
            Ok(base)
        };
        let tickets = actions.tls.tickets.value;
        let sessions = &actions.tls.sessions;
        let mut primary = base(if tickets {
            with_ticket_copies(provider.clone())
        } else {
            provider.clone()
        })?;
        if actions.ftp.is_some() {
            primary.alpn_protocols = vec![b"ftp".to_vec()];
        }
        let secondary = base(with_openings(provider))?;
        let mut tunnel = secondary.clone();
        if tickets {
            tunnel.resumption = Resumption::store(Arc::new(TunnelSessions::new(sessions)));
        }

        let side = Self {
            rules,
            primary,
            secondary,
            tunnel: Arc::new(tunnel),
            tickets,
            limits: Arc::new(ClientLimits::of(sessions)),
        };
        Ok((side, in_use.certificates))
    }
}

/// A label must be there; a ring without a default certificate is fine until a server asks.
fn certificate(
    actions: &ActionSet,
    ring: &Ring,
    in_use: &mut InUse,
) -> Result<Option<Arc<CertifiedKey>>, KeyringError> {
    let label = actions.certificate_labels.value.first();
    let taken = ring
        .entry(label.map(String::as_str))
        .and_then(|entry| in_use.take(entry));
    match (taken, label) {
        (Ok(certificate), _) => Ok(Some(certificate)),
        (Err(problem), Some(_)) => Err(problem),
        (Err(KeyringError::NoDefault { .. }), None) => Ok(None),
        (Err(problem), None) => {
            tracing::warn!(
                environment = actions.environment,
                %problem,
                "servers that ask for a client certificate will get none"
            );
            Ok(None)
        }
    }
}

/// Sends the one certificate to every server that asks, whatever authorities it names: as System SSL does, and it is
/// the server that then says what is wrong with it.
#[derive(Debug)]
struct OurCertificate(Option<Arc<CertifiedKey>>);

impl ResolvesClientCert for OurCertificate {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        schemes: &[rustls::SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let certificate = self.0.as_ref()?;
        certificate.key.choose_scheme(schemes)?;
        Some(Arc::clone(certificate))
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}
