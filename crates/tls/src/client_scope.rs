//! Client scopes: a primary connection in the client role and the secondary ones mapped onto it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::{ClientConfig, ClientConnection, HandshakeKind};
use rustls_pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::{TlsStream, client};
use ttls_policy::{SessionParms, SessionReuse};

use crate::client_sessions::{ClientLimits, ClientSessions, PrimaryStore, SecondaryStore};
use crate::client_side::ClientSide;
use crate::handshake::{Transport, connect};
use crate::primary::Scope;
use crate::read_ahead::ReadAhead;
use crate::record_io::RecordIo;
use crate::{Environment, HandshakeError, Negotiated, PrimaryStream, SecondaryStream, ServerIdentity};

/// Binds data connections to their control connection in the client role. Cheap to clone; all clones are the same
/// scope.
///
/// Its data connections resume the session of its control connection and no other one. No ticket outlives it.
#[derive(Clone)]
pub struct ClientScope {
    session: Arc<Session>,
}

struct Session {
    environment: Arc<Environment>,
    server: ServerIdentity,
    sessions: Arc<ClientSessions>,
    /// TLS is up on the primary connection; after its end nobody can be told to resume its session.
    protected: AtomicBool,
    /// The server's certificate on the primary connection.
    certificate: Mutex<Option<CertificateDer<'static>>>,
}

impl ClientScope {
    pub(crate) fn new(environment: Arc<Environment>, server: ServerIdentity) -> Self {
        // In an environment of a server role it connects nothing.
        let limits = environment.client_side().map_or_else(
            || Arc::new(ClientLimits::of(&SessionParms::default())),
            |side| Arc::clone(&side.limits),
        );
        Self {
            session: Arc::new(Session {
                environment,
                server,
                sessions: Arc::new(ClientSessions::new(limits)),
                protected: AtomicBool::new(false),
                certificate: Mutex::new(None),
            }),
        }
    }

    /// The environment that it is a session of.
    pub fn environment(&self) -> &Arc<Environment> {
        &self.session.environment
    }

    /// Starts TLS, as client, on the primary connection. The caller has made sure that nothing was received behind
    /// the reply that agreed on TLS. May be called again after [`PrimaryStream::stop`]; that is a new session.
    ///
    /// # Errors
    /// See [`HandshakeError`]; the connection is closed then.
    pub async fn connect_primary(&self, io: TcpStream) -> Result<PrimaryStream, HandshakeError> {
        let session = &self.session;
        let side = session.client_side()?;
        session.sessions.clear();
        let mut config = side.primary.clone();
        config.resumption = Resumption::store(session.primary_store(side));
        let name = side.rules.server_name(&session.server);
        let io = if side.tickets {
            RecordIo::of_client(io, Arc::clone(&session.sessions))
        } else {
            RecordIo::new(io, Vec::new())
        };
        let tls = connect(io, Arc::new(config), name, &session.environment).await?;
        let info = session.primary_is_up(tls.get_ref().1, side);
        Ok(PrimaryStream::new(
            TlsStream::Client(tls),
            info,
            Scope::Client(self.clone()),
        ))
    }

    /// Starts TLS, as client (whoever connected), on a data connection of this scope. It resumes the session of the
    /// control connection unless `SECURE_SESSION_REUSE NONE` forbids it.
    ///
    /// # Errors
    /// See [`HandshakeError`]; among them [`HandshakeError::NotResumed`] where `SECURE_SESSION_REUSE REQUIRED` is not
    /// met (it is not asked for once TLS has ended on the control connection), and
    /// [`HandshakeError::OtherServerCertificate`]. The connection is closed then.
    pub async fn connect_secondary(&self, io: TcpStream) -> Result<SecondaryStream, HandshakeError> {
        let (tls, info) = self.session.connect_secondary(ReadAhead::new(io)).await?;
        Ok(SecondaryStream::new(
            TlsStream::Client(tls),
            info,
            self.environment(),
        ))
    }

    /// The same for a secondary connection whose application starts and stops TLS on it as on a primary one.
    ///
    /// # Errors
    /// Those of [`ClientScope::connect_secondary`]; the connection is closed then.
    pub async fn connect_controlled_secondary(&self, io: TcpStream) -> Result<PrimaryStream, HandshakeError> {
        let io = RecordIo::new(io, Vec::new());
        let (tls, info) = self.session.connect_secondary(io).await?;
        let scope = Scope::Secondary(Box::new(Scope::Client(self.clone())));
        Ok(PrimaryStream::new(TlsStream::Client(tls), info, scope))
    }

    /// Starts TLS, as client, on a primary connection that stays under TLS to its end and that others are mapped onto.
    ///
    /// # Errors
    /// See [`HandshakeError`]; the connection is closed then.
    pub async fn connect_primary_tunnel(&self, io: TcpStream) -> Result<SecondaryStream, HandshakeError> {
        let session = &self.session;
        let side = session.client_side()?;
        session.sessions.clear();
        // Reading ahead, nobody could slip copies of tickets in.
        let mut config = side.secondary.clone();
        config.resumption = Resumption::store(session.primary_store(side));
        let tls = session
            .connect(ReadAhead::new(io), Arc::new(config), side)
            .await?;
        let info = session.primary_is_up(tls.get_ref().1, side);
        Ok(SecondaryStream::new(
            TlsStream::Client(tls),
            info,
            self.environment(),
        ))
    }

    /// Starts TLS, as client, on a primary connection that stays under TLS to its end (`ApplicationControlled Off`).
    ///
    /// # Errors
    /// See [`HandshakeError`]; the connection is closed then.
    pub async fn connect_tunnel(&self, io: TcpStream) -> Result<SecondaryStream, HandshakeError> {
        let side = self.session.client_side()?;
        let tls = self
            .session
            .connect(ReadAhead::new(io), Arc::clone(&side.tunnel), side)
            .await?;
        let info = Negotiated::of_client(tls.get_ref().1, side.rules.sent.as_ref());
        Ok(SecondaryStream::new(
            TlsStream::Client(tls),
            info,
            self.environment(),
        ))
    }

    /// Makes the session of the primary connection non-resumable: handshakes are full ones until the primary connection
    /// has made its next.
    pub(crate) fn forget(&self) {
        self.session.sessions.forget();
    }

    /// TLS has ended on the primary connection.
    pub(crate) fn stopped(&self) {
        self.session.protected.store(false, Ordering::Release);
    }
}

impl std::fmt::Debug for ClientScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientScope")
            .field("environment", &self.session.environment.name())
            .field("server", &self.session.server)
            .finish_non_exhaustive()
    }
}

impl Session {
    fn client_side(&self) -> Result<&ClientSide, HandshakeError> {
        self.environment.client_side().ok_or(HandshakeError::OtherRole)
    }

    async fn connect_secondary<IO: Transport>(
        &self,
        io: IO,
    ) -> Result<(client::TlsStream<IO>, Negotiated), HandshakeError> {
        let side = self.client_side()?;
        let reuse = self.environment.session_reuse;
        let store = Arc::new(SecondaryStore::new(Arc::clone(&self.sessions)));
        let mut config = side.secondary.clone();
        if reuse != SessionReuse::None {
            config.resumption = Resumption::store(Arc::clone(&store) as _);
        }
        let tls = self.connect(io, Arc::new(config), side).await?;
        let connection = tls.get_ref().1;
        let resumed = connection.handshake_kind() == Some(HandshakeKind::Resumed);
        store.decide(resumed);
        if !resumed {
            if reuse == SessionReuse::Required && self.protected.load(Ordering::Acquire) {
                return Err(HandshakeError::NotResumed);
            }
            if self.is_other_server(server_certificate(connection)) {
                return Err(HandshakeError::OtherServerCertificate);
            }
        }
        let info = Negotiated::of_client(connection, side.rules.sent.as_ref());
        Ok((tls, info))
    }

    async fn connect<IO: Transport>(
        &self,
        io: IO,
        config: Arc<ClientConfig>,
        side: &ClientSide,
    ) -> Result<client::TlsStream<IO>, HandshakeError> {
        let name = side.rules.server_name(&self.server);
        connect(io, config, name, &self.environment).await
    }

    fn primary_store(&self, side: &ClientSide) -> Arc<PrimaryStore> {
        Arc::new(PrimaryStore {
            sessions: Arc::clone(&self.sessions),
            tickets: side.tickets,
        })
    }

    /// Notes what others of the scope are held to.
    fn primary_is_up(&self, connection: &ClientConnection, side: &ClientSide) -> Negotiated {
        self.set_certificate(server_certificate(connection).cloned());
        self.protected.store(true, Ordering::Release);
        Negotiated::of_client(connection, side.rules.sent.as_ref())
    }

    fn set_certificate(&self, certificate: Option<CertificateDer<'static>>) {
        *self.certificate.lock().unwrap_or_else(PoisonError::into_inner) = certificate;
    }

    /// RFC 4217 section 10: the server shows the same certificate on control and data connection.
    fn is_other_server(&self, certificate: Option<&CertificateDer<'static>>) -> bool {
        let known = self.certificate.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_some() && known.as_ref() != certificate
    }
}

fn server_certificate(connection: &ClientConnection) -> Option<&CertificateDer<'static>> {
    connection.peer_certificates().and_then(<[_]>::first)
}
