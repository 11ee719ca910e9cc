//! The server role of an environment.

use std::sync::Arc;
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::NoServerSessionStorage;
use ttls_keyring::{KeyringError, Ring};
use ttls_policy::{ActionSet, Extension};

use crate::certificates::{CertificateChoice, InUse};
use crate::forgotten::Forgotten;
use crate::opening_suites::with_openings;
use crate::peer_rules::PeerRules;
use crate::server_names::ServerNames;
use crate::session_ids::IdLimits;
use crate::session_life::SessionLife;
use crate::ticket_again::with_tickets_again;
use crate::ticket_keys::NoKey;
use crate::tickets::Tickets;
use crate::{CertificateInUse, TlsError, client_auth, suites};

/// Tickets sent on a tunnel: rustls's own default.
const TUNNEL_TICKETS: usize = 2;

/// Configurations and ticket keys of the roles Server and ServerWithClientAuth.
pub(crate) struct ServerSide {
    pub(crate) names: Arc<ServerNames>,
    pub(crate) shared_tickets: Arc<Tickets>,
    /// Of TLS 1.2 sessions by number.
    pub(crate) ids: Arc<IdLimits>,
    /// Sessions whose tickets open no more.
    pub(crate) forgotten: Arc<Forgotten>,
    /// Without tickets; session scopes add theirs. Its suites can send a ticket again ([`crate::ticket_again`]).
    pub(crate) primary: ServerConfig,
    /// Without tickets; session scopes add theirs.
    pub(crate) secondary: ServerConfig,
    pub(crate) tunnel: Arc<ServerConfig>,
    /// `GSK_SESSION_TICKET_SERVER_ENABLE`.
    pub(crate) tickets: bool,
    /// `GSK_SESSION_TICKET_SERVER_COUNT`; none where `GSK_SESSION_TICKET_SERVER_TIMEOUT` is 0.
    pub(crate) ticket_count: Option<usize>,
}

impl ServerSide {
    /// Takes the certificates that the action set names; all must be usable at `now`.
    pub(crate) fn build(
        actions: &ActionSet,
        ring: &Ring,
        now: SystemTime,
    ) -> Result<(Self, Vec<CertificateInUse>), TlsError> {
        let engine = |error: rustls::Error| TlsError::engine(actions, &error);
        let (names, certificates) =
            server_names(actions, ring, now).map_err(|problem| TlsError::keyring(actions, problem))?;
        let names = Arc::new(names);

        let provider = suites::provider(actions);
        let verifier = client_auth::verifier(actions, ring, &Arc::new(provider.clone()))?;
        let base = |provider: CryptoProvider| -> Result<ServerConfig, TlsError> {
            let mut base = ServerConfig::builder_with_provider(Arc::new(provider))
                .with_protocol_versions(&suites::versions(actions.protocols.value))
                .map_err(engine)?
                .with_client_cert_verifier(Arc::clone(&verifier))
                .with_cert_resolver(Arc::new(CertificateChoice::new(Arc::clone(&names))));
            // The policy's order of suites is a preference list of the server.
            base.ignore_client_order = true;
            // No store that all share: sessions by id belong to a session scope, and in TLS 1.3 a store would forget
            // a session at its first use, while clients come back with it.
            base.session_storage = Arc::new(NoServerSessionStorage {});
            base.send_tls13_tickets = 0;
            base.max_early_data_size = 0;
            base.require_ems = actions.tls.ems_required.value;
            Ok(base)
        };

        let sessions = &actions.tls.sessions;
        let life = SessionLife::of(sessions);
        let shared_tickets = Tickets::new(life, sessions.ticket_key_life.value)
            .map_err(|NoKey| engine(rustls::Error::FailedToGetRandomBytes))?;
        let shared_tickets = Arc::new(shared_tickets);
        let mut primary = base(with_tickets_again(provider.clone()))?;
        let mut tunnel = base(with_openings(provider))?;
        let mut secondary = tunnel.clone();
        if actions.ftp.is_some() {
            primary.alpn_protocols = vec![b"ftp".to_vec()];
            secondary.alpn_protocols = vec![b"ftp".to_vec(), b"ftp-data".to_vec()];
        }
        let tickets = actions.tls.tickets.value;
        let ticket_count = if life.has_tls13() {
            actions.tls.ticket_count.value.filter(|_| tickets)
        } else {
            Some(0)
        };
        if tickets {
            tunnel.ticketer = Arc::clone(&shared_tickets) as _;
            tunnel.send_tls13_tickets = ticket_count.unwrap_or(TUNNEL_TICKETS);
        }

        let side = Self {
            names,
            shared_tickets,
            ids: Arc::new(IdLimits::new(life.tls12(), sessions.tls12_kept.value)),
            forgotten: Arc::new(Forgotten::new(life.longest())),
            primary,
            secondary,
            tunnel: Arc::new(tunnel),
            tickets,
            ticket_count,
        };
        Ok((side, certificates))
    }
}

/// The certificates that labels and SNI list name, each usable now.
fn server_names(
    actions: &ActionSet,
    ring: &Ring,
    now: SystemTime,
) -> Result<(ServerNames, Vec<CertificateInUse>), KeyringError> {
    let mut in_use = InUse::new(now, PeerRules::of(actions));
    let labels = &actions.certificate_labels.value;
    let mut others = Vec::new();
    if labels.is_empty() {
        others.push(in_use.take(ring.entry(None)?)?);
    }
    for label in labels {
        others.push(in_use.take(ring.entry(Some(label))?)?);
    }
    let rules = &actions.server_sni.value;
    let mut names = ServerNames::new(rules, others);
    if rules.mode != Extension::Off {
        for (host, label) in &rules.list {
            names.add(host, in_use.take(ring.entry(Some(label))?)?);
        }
    }
    Ok((names, in_use.certificates))
}
