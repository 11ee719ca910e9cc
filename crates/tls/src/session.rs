//! Session scopes: a primary connection and the secondary ones mapped onto it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::{ServerConfig, ServerConnection};
use rustls_pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;
use ttls_policy::SessionReuse;

use crate::handshake::accept;
use crate::primary::Scope;
use crate::read_ahead::ReadAhead;
use crate::record_io::RecordIo;
use crate::server_side::ServerSide;
use crate::session_ids::SessionIds;
use crate::tickets::{Accepts, Identity, ScopedTicketer};
use crate::{Environment, ForgottenFull, HandshakeError, Negotiated, PrimaryStream, SecondaryStream};

/// Number of TLS 1.3.
const TLS13: u16 = 0x0304;

/// TLS 1.3 tickets sent on a control connection: one for each of the first data connections of a client that uses
/// a ticket once; others use one many times.
pub(crate) const PRIMARY_TICKETS: usize = 4;

/// TLS 1.3 tickets sent where the client downloads: it reads anyway, and a client that uses a ticket once gets the
/// next one.
const DOWNLOAD_TICKETS: usize = 1;

/// TLS 1.3 tickets sent where the client uploads. A client that never reads closes with the tickets unread; its
/// kernel then resets the connection and the end of the file is lost. So: none.
const UPLOAD_TICKETS: usize = 0;

/// Binds data connections to their control connection. Cheap to clone; all clones are the same scope.
#[derive(Clone)]
pub struct SessionScope {
    session: Arc<Session>,
}

/// Which way the bytes of a secondary connection go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecondaryPurpose {
    /// The client sends (STOR, APPE, STOU).
    Upload,
    /// The client receives (RETR, LIST, NLST, MLSD).
    Download,
}

struct Session {
    environment: Arc<Environment>,
    /// TLS 1.3 tickets sent on the primary connection where the policy gives no number.
    tickets: usize,
    /// In an environment of the client role there is none.
    identity: Option<Arc<Identity>>,
    primary: OnceLock<Arc<ServerConfig>>,
    upload: OnceLock<Arc<ServerConfig>>,
    download: OnceLock<Arc<ServerConfig>>,
    /// In an environment of the client role there are none.
    ids: Option<Arc<SessionIds>>,
    /// TLS is up on the primary connection; after its end nobody can be told to resume its session.
    protected: AtomicBool,
    /// The client's certificate on the primary connection.
    client: Mutex<Option<CertificateDer<'static>>>,
}

impl SessionScope {
    pub(crate) fn new(environment: Arc<Environment>, tickets: usize) -> Self {
        let identity = environment
            .server_side()
            .map(|side| Arc::new(Identity::new(Arc::clone(&side.forgotten))));
        let ids = environment
            .server_side()
            .map(|side| Arc::new(SessionIds::new(Arc::clone(&side.ids))));
        Self {
            session: Arc::new(Session {
                environment,
                tickets,
                identity,
                primary: OnceLock::new(),
                upload: OnceLock::new(),
                download: OnceLock::new(),
                ids,
                protected: AtomicBool::new(false),
                client: Mutex::new(None),
            }),
        }
    }

    /// The environment that it is a session of.
    pub fn environment(&self) -> &Arc<Environment> {
        &self.session.environment
    }

    /// Starts TLS, as server, on the primary connection. `preamble` are bytes that were read from `io` already and
    /// belong to TLS. May be called again after [`PrimaryStream::stop`].
    ///
    /// # Errors
    /// See [`HandshakeError`]; the connection is closed then.
    pub async fn accept_primary(
        &self,
        io: TcpStream,
        preamble: Vec<u8>,
    ) -> Result<PrimaryStream, HandshakeError> {
        let side = self.session.server_side()?;
        let io = RecordIo::new(io, preamble);
        let config = self.session.primary_config(side);
        let tls = accept(io, config, side, &self.session.environment).await?;
        let info = self.session.primary_is_up(tls.get_ref().1);
        let tickets = self.session.sends_tickets(&info);
        let scope = Scope::Server(self.clone());
        Ok(PrimaryStream::new(TlsStream::Server(tls), info, scope).with_tickets(tickets))
    }

    /// Starts TLS, as server, on a primary connection that stays under TLS to its end and that others are mapped onto.
    ///
    /// # Errors
    /// See [`HandshakeError`]; the connection is closed then.
    pub async fn accept_primary_tunnel(&self, io: TcpStream) -> Result<SecondaryStream, HandshakeError> {
        let side = self.session.server_side()?;
        let config = self.session.primary_config(side);
        let tls = accept(ReadAhead::new(io), config, side, &self.session.environment).await?;
        let info = self.session.primary_is_up(tls.get_ref().1);
        Ok(SecondaryStream::new(
            TlsStream::Server(tls),
            info,
            self.environment(),
        ))
    }

    /// Starts TLS, as server (whoever connected), on a data connection of this scope.
    ///
    /// # Errors
    /// See [`HandshakeError`]; among them [`HandshakeError::NotResumed`] where `SECURE_SESSION_REUSE REQUIRED` is
    /// not met (it is not asked for once TLS has ended on the control connection), and
    /// [`HandshakeError::OtherClientCertificate`]. The connection is closed then.
    pub async fn accept_secondary(
        &self,
        io: TcpStream,
        purpose: SecondaryPurpose,
    ) -> Result<SecondaryStream, HandshakeError> {
        let session = &self.session;
        let side = session.server_side()?;
        let config = session.secondary_config(purpose, side);
        let tls = accept(ReadAhead::new(io), config, side, &session.environment).await?;
        let info = session.check_secondary(tls.get_ref().1)?;
        Ok(SecondaryStream::new(
            TlsStream::Server(tls),
            info,
            self.environment(),
        ))
    }

    /// The same for a secondary connection whose application starts and stops TLS on it as on a primary one. `preamble`
    /// are bytes that were read from `io` already and belong to TLS.
    ///
    /// # Errors
    /// Those of [`SessionScope::accept_secondary`]; the connection is closed then.
    pub async fn accept_controlled_secondary(
        &self,
        io: TcpStream,
        preamble: Vec<u8>,
    ) -> Result<PrimaryStream, HandshakeError> {
        let session = &self.session;
        let side = session.server_side()?;
        // Which way its bytes will go is not known.
        let config = session.secondary_config(SecondaryPurpose::Upload, side);
        let io = RecordIo::new(io, preamble);
        let tls = accept(io, config, side, &session.environment).await?;
        let info = session.check_secondary(tls.get_ref().1)?;
        let scope = Scope::Secondary(Box::new(Scope::Server(self.clone())));
        Ok(PrimaryStream::new(TlsStream::Server(tls), info, scope))
    }

    /// Makes the session of the primary connection non-resumable: the next handshake in this scope is a full one, and so
    /// is one with a ticket of it elsewhere.
    ///
    /// # Errors
    /// See [`ForgottenFull`]; nothing has changed then.
    pub fn forget(&self) -> Result<(), ForgottenFull> {
        if let Some(identity) = &self.session.identity {
            identity.forget()?;
        }
        if let Some(ids) = &self.session.ids {
            ids.clear();
        }
        Ok(())
    }

    /// Starts TLS, as server, on a primary connection that stays under TLS to its end (`ApplicationControlled Off`).
    ///
    /// # Errors
    /// See [`HandshakeError`]; the connection is closed then.
    pub async fn accept_tunnel(&self, io: TcpStream) -> Result<SecondaryStream, HandshakeError> {
        let side = self.session.server_side()?;
        let tls = accept(
            ReadAhead::new(io),
            Arc::clone(&side.tunnel),
            side,
            &self.session.environment,
        )
        .await?;
        let info = Negotiated::of_server(tls.get_ref().1);
        Ok(SecondaryStream::new(
            TlsStream::Server(tls),
            info,
            self.environment(),
        ))
    }

    /// TLS has ended on the primary connection.
    pub(crate) fn stopped(&self) {
        self.session.protected.store(false, Ordering::Release);
    }
}

impl std::fmt::Debug for SessionScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionScope")
            .field("environment", &self.session.environment.name())
            .finish_non_exhaustive()
    }
}

impl Session {
    fn server_side(&self) -> Result<&ServerSide, HandshakeError> {
        self.environment.server_side().ok_or(HandshakeError::OtherRole)
    }

    fn primary_config(&self, side: &ServerSide) -> Arc<ServerConfig> {
        let config = self.primary.get_or_init(|| {
            let mut config = side.primary.clone();
            // Data connections are the reason for tickets here, but log-ins may be resumed in any case.
            if side.tickets {
                self.set_ticketer(&mut config, side, Accepts::Any);
                config.send_tls13_tickets = side.ticket_count.unwrap_or(self.tickets);
            }
            if self.environment.session_reuse != SessionReuse::None {
                self.set_ids(&mut config);
            }
            Arc::new(config)
        });
        Arc::clone(config)
    }

    fn secondary_config(&self, purpose: SecondaryPurpose, side: &ServerSide) -> Arc<ServerConfig> {
        let (config, tickets) = match purpose {
            SecondaryPurpose::Upload => (&self.upload, UPLOAD_TICKETS),
            SecondaryPurpose::Download => (&self.download, DOWNLOAD_TICKETS),
        };
        let config = config.get_or_init(|| {
            let mut config = side.secondary.clone();
            if self.environment.session_reuse != SessionReuse::None {
                if side.tickets {
                    self.set_ticketer(&mut config, side, Accepts::Own);
                    config.send_tls13_tickets = tickets;
                }
                self.set_ids(&mut config);
            }
            Arc::new(config)
        });
        Arc::clone(config)
    }

    fn set_ids(&self, config: &mut ServerConfig) {
        if let Some(ids) = &self.ids {
            config.session_storage = Arc::clone(ids) as _;
        }
    }

    fn set_ticketer(&self, config: &mut ServerConfig, side: &ServerSide, accepts: Accepts) {
        if let Some(identity) = &self.identity {
            let (shared, identity) = (Arc::clone(&side.shared_tickets), Arc::clone(identity));
            config.ticketer = Arc::new(ScopedTicketer::new(shared, identity, accepts));
        }
    }

    /// Notes what others of the scope are held to.
    fn primary_is_up(&self, connection: &ServerConnection) -> Negotiated {
        let info = Negotiated::of_server(connection);
        if let Some(identity) = &self.identity {
            identity.decide(info.resumed);
        }
        self.set_client(client_certificate(connection).cloned());
        self.protected.store(true, Ordering::Release);
        info
    }

    fn check_secondary(&self, connection: &ServerConnection) -> Result<Negotiated, HandshakeError> {
        let info = Negotiated::of_server(connection);
        let required = self.environment.session_reuse == SessionReuse::Required;
        if required && !info.resumed && self.protected.load(Ordering::Acquire) {
            return Err(HandshakeError::NotResumed);
        }
        if self.is_other_client(client_certificate(connection)) {
            return Err(HandshakeError::OtherClientCertificate);
        }
        Ok(info)
    }

    /// Whether a primary connection can send a ticket again.
    fn sends_tickets(&self, info: &Negotiated) -> bool {
        let configured = self
            .primary
            .get()
            .is_some_and(|config| config.send_tls13_tickets > 0);
        configured && info.protocol_number() == TLS13
    }

    fn set_client(&self, certificate: Option<CertificateDer<'static>>) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = certificate;
    }

    /// RFC 4217: a client certificate, if used, is the same on control and data connection.
    fn is_other_client(&self, certificate: Option<&CertificateDer<'static>>) -> bool {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.is_some() && client.as_ref() != certificate
    }
}

fn client_certificate(connection: &ServerConnection) -> Option<&CertificateDer<'static>> {
    connection.peer_certificates().and_then(<[_]>::first)
}
