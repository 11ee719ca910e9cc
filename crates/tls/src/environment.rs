//! Environments: what is built from an action set and shared by its connections.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ttls_keyring::{Access, KeyringError, Keyrings, Ring};
use ttls_policy::{ActionSet, HandshakeRole, KeyringAccess, SessionReuse};

use crate::client_side::ClientSide;
use crate::handshake::Limits;
use crate::server_side::ServerSide;
use crate::session::PRIMARY_TICKETS;
use crate::{CertificateInUse, ClientScope, ServerIdentity, SessionScope, TlsError};

/// The TLS side of an action set: configurations, certificates, ticket keys. Immutable, shared by all connections
/// of the action set, and kept across reloads while [`crate::EnvironmentKey`] and key ring stay the same.
pub struct Environment {
    name: String,
    certificates: Vec<CertificateInUse>,
    pub(crate) limits: Limits,
    pub(crate) session_reuse: SessionReuse,
    /// `ResetCipherTimer`.
    pub(crate) reset_cipher: Option<Duration>,
    side: Side,
}

/// What differs with `HandshakeRole`.
enum Side {
    Server(Box<ServerSide>),
    Client(Box<ClientSide>),
}

impl Environment {
    /// Builds the environment of an action set: opens the key ring, takes the certificates it names (all must be
    /// usable at `now`), makes fresh ticket keys. Reads files: call it off the reactor.
    ///
    /// # Errors
    /// Anything that would make handshakes fail later; see [`TlsError`].
    pub fn build(actions: &ActionSet, keyrings: &Keyrings, now: SystemTime) -> Result<Self, TlsError> {
        let ring = open_ring(actions, keyrings).map_err(|problem| TlsError::keyring(actions, problem))?;
        let (side, certificates) = match actions.role.value {
            HandshakeRole::Client => {
                let (side, certificates) = ClientSide::build(actions, &ring, now)?;
                (Side::Client(Box::new(side)), certificates)
            }
            HandshakeRole::Server | HandshakeRole::ServerWithClientAuth => {
                let (side, certificates) = ServerSide::build(actions, &ring, now)?;
                (Side::Server(Box::new(side)), certificates)
            }
        };
        Ok(Self {
            name: actions.environment.clone(),
            certificates,
            limits: Limits::new(actions.handshake_timeout.value),
            session_reuse: actions
                .ftp
                .as_ref()
                .map_or(SessionReuse::Allowed, |ftp| ftp.value.session_reuse),
            reset_cipher: actions.tls.reset_cipher.value,
            side,
        })
    }

    /// Name of the `TTLSEnvironmentAction`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The certificates that it presents.
    pub fn certificates(&self) -> &[CertificateInUse] {
        &self.certificates
    }

    /// The start interval of `HandshakeTimeout`; `None` is no limit.
    pub fn handshake_timeout(&self) -> Option<Duration> {
        self.limits.start
    }

    /// Whether its TLS role is that of the client (`HandshakeRole Client`).
    pub fn is_client(&self) -> bool {
        matches!(self.side, Side::Client(_))
    }

    /// A session scope for one primary connection and the secondary ones mapped onto it, in a server role. In an
    /// environment of the client role it accepts nothing.
    pub fn session(self: &Arc<Self>) -> SessionScope {
        SessionScope::new(Arc::clone(self), PRIMARY_TICKETS)
    }

    /// The same for a primary connection of which nobody here knows what it carries: it gets no TLS 1.3 tickets, because a
    /// peer that only sends never reads them, and its kernel then resets the connection at its end.
    pub fn session_without_tickets(self: &Arc<Self>) -> SessionScope {
        SessionScope::new(Arc::clone(self), 0)
    }

    /// A session scope for one primary connection to `server` and the secondary ones mapped onto it, in the client
    /// role. In an environment of a server role it connects nothing.
    pub fn client_session(self: &Arc<Self>, server: ServerIdentity) -> ClientScope {
        ClientScope::new(Arc::clone(self), server)
    }

    pub(crate) fn server_side(&self) -> Option<&ServerSide> {
        match &self.side {
            Side::Server(side) => Some(side),
            Side::Client(_) => None,
        }
    }

    pub(crate) fn client_side(&self) -> Option<&ClientSide> {
        match &self.side {
            Side::Client(side) => Some(side),
            Side::Server(_) => None,
        }
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("name", &self.name)
            .field("certificates", &self.certificates)
            .finish_non_exhaustive()
    }
}

fn open_ring(actions: &ActionSet, keyrings: &Keyrings) -> Result<Ring, KeyringError> {
    let reference = &actions.keyring.value;
    let access = reference.access.as_ref().map(|access| match access {
        KeyringAccess::Password(password) => Access::Password(password.clone().into()),
        KeyringAccess::StashFile(path) => Access::StashFile(path.clone()),
    });
    keyrings.open(&reference.name, access)
}
