//! TLS on a primary connection.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::{Connection, ProtocolVersion};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsStream;
use ttls_policy::SessionReuse;

use crate::handshake::Transport;
use crate::key_timer::KeyTimer;
use crate::marker::{MARKER_LENGTH, marker};
use crate::record_io::ClearText;
use crate::record_io::RecordIo;
use crate::stop::Answered;
use crate::{ClientScope, Environment, ForgottenFull, Negotiated, SessionScope, key_timer, linger, stop};

/// How long writing the last bytes of a TLS session may take.
const WRITE_WAIT: Duration = Duration::from_secs(10);

/// How long the peer may take to close its side after we closed ours.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// A primary connection under TLS, with the means to end TLS and keep the connection.
///
/// Reads take the socket's bytes record by record: nothing behind the last TLS record is ever taken. A read that
/// finds clear text fails with [`io::ErrorKind::InvalidData`] and leaves it in the socket; an end of the
/// connection without close_notify is [`io::ErrorKind::UnexpectedEof`].
#[derive(Debug)]
pub struct PrimaryStream {
    tls: TlsStream<RecordIo>,
    info: Negotiated,
    scope: Scope,
    keys: KeyTimer,
    /// It has sent tickets, with the keys that it has: the last one can be sent again.
    tickets: bool,
}

/// The scope that a primary connection belongs to.
#[derive(Debug)]
pub(crate) enum Scope {
    Server(SessionScope),
    Client(ClientScope),
    /// That of the primary connection that this one is mapped onto.
    Secondary(Box<Scope>),
}

impl PrimaryStream {
    pub(crate) fn new(tls: TlsStream<RecordIo>, info: Negotiated, scope: Scope) -> Self {
        let keys = KeyTimer::start(scope.environment().reset_cipher);
        Self {
            tls,
            info,
            scope,
            keys,
            tickets: false,
        }
    }

    /// Whether its last ticket can be sent again.
    pub(crate) fn with_tickets(mut self, tickets: bool) -> Self {
        self.tickets = tickets;
        self
    }

    /// What the handshake agreed on.
    pub fn info(&self) -> &Negotiated {
        &self.info
    }

    /// The socket below, for its addresses and options.
    pub fn socket(&self) -> &TcpStream {
        self.tls.get_ref().0.socket()
    }

    /// Whether a read failed because the peer has gone on in clear; its bytes are all still in the socket.
    pub fn found_clear_text(error: &io::Error) -> bool {
        error
            .get_ref()
            .is_some_and(<dyn std::error::Error + Send + Sync>::is::<ClearText>)
    }

    /// Gives the client a ticket for one more data connection: the last one of this connection, once more. Clients
    /// that use a ticket once need it before each data connection, so call it before the reply to PASV, EPSV, PORT
    /// or EPRT; that reply carries it, no flush is needed.
    ///
    /// Does nothing in the client role, below TLS 1.3 (its tickets are used many times) and with `SECURE_SESSION_REUSE NONE`. Sends an
    /// empty record, which clients skip, where there is no ticket: the client cannot resume, or the traffic keys were
    /// updated. May be cancelled.
    ///
    /// # Errors
    /// Those of writing what was pending before, or of a TLS session that has failed.
    pub async fn send_ticket(&mut self) -> io::Result<()> {
        let (TlsStream::Server(tls), Scope::Server(scope)) = (&mut self.tls, &self.scope) else {
            return Ok(());
        };
        let reuse = scope.environment().session_reuse;
        let version = tls.get_ref().1.protocol_version();
        if reuse == SessionReuse::None || version != Some(ProtocolVersion::TLSv1_3) {
            return Ok(());
        }
        // The engine's buffer is empty then, so that it takes the marker whole, and makes it one record.
        tls.flush().await?;
        let taken = tls.get_mut().1.writer().write(marker())?;
        if taken != MARKER_LENGTH {
            return Err(io::Error::new(
                io::ErrorKind::WriteZero,
                "the TLS session took a ticket in part; it must not go on",
            ));
        }
        Ok(())
    }

    /// Ends TLS and hands back the socket for clear text (CCC, stop request).
    ///
    /// Writes out what is pending, sends close_notify, then waits at most `wait` for one of: the peer's
    /// close_notify (which is consumed, to its last byte and not further), clear text (which is left in the
    /// socket), the end of the connection. If nothing comes, the socket is handed back all the same; a late
    /// close_notify will then be found in front of the clear text.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] where the peer sent data under TLS that nobody read, or broke the protocol;
    /// [`io::ErrorKind::TimedOut`] where the wait ended within a record or our last bytes could not be written; errors
    /// of the socket. The connection is closed then: there is no safe way on.
    pub async fn stop(self, wait: Duration) -> io::Result<TcpStream> {
        let (socket, _) = self.stop_and_await(wait).await?;
        Ok(socket)
    }

    /// The same for a connection whose next bytes are read by a program: a late close_notify must not reach it.
    ///
    /// # Errors
    /// Those of [`PrimaryStream::stop`], and [`io::ErrorKind::TimedOut`] where the peer did not show within `wait` that it
    /// has ended TLS too.
    pub async fn stop_with_peer(self, wait: Duration) -> io::Result<TcpStream> {
        match self.stop_and_await(wait).await? {
            (socket, Answered::Yes) => Ok(socket),
            (_, Answered::No) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("the peer did not end TLS within {} s", wait.as_secs()),
            )),
        }
    }

    /// Whether [`PrimaryStream::refresh_keys`] can do it.
    pub fn can_refresh_keys(&self) -> bool {
        self.tls.get_ref().1.protocol_version() == Some(ProtocolVersion::TLSv1_3)
    }

    /// New keys for both directions (a KeyUpdate that asks for one); with TLS 1.3 only. They hold from the next write on.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] below TLS 1.3; a TLS session that has failed.
    pub fn refresh_keys(&mut self) -> io::Result<()> {
        if !self.can_refresh_keys() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this TLS engine does not renegotiate; keys are updated with TLS 1.3 only",
            ));
        }
        self.tickets = false;
        key_timer::refresh(&mut self.tls).map_err(io::Error::other)
    }

    /// Whether [`PrimaryStream::send_ticket`] has a ticket to send: a server's with TLS 1.3 that sent some in its
    /// handshake, whose session can be resumed, and whose keys were not renewed since. Where the peer has asked for
    /// that renewal this is not known, and the empty record is sent.
    pub fn has_ticket(&self) -> bool {
        self.tickets
    }

    /// Makes the session non-resumable; the connection goes on with it.
    ///
    /// # Errors
    /// See [`ForgottenFull`]; nothing has changed then.
    pub fn forget_session(&mut self) -> Result<(), ForgottenFull> {
        self.scope.forget()?;
        self.tickets = false;
        Ok(())
    }

    async fn stop_and_await(mut self, wait: Duration) -> io::Result<(TcpStream, Answered)> {
        self.scope.stopped();
        self.end_tls().await?;
        let (mut io, mut connection) = into_inner(self.tls);
        let answered = stop::await_peer(&mut io, &mut connection, wait).await?;
        if !io.is_clean() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "bytes received before TLS started were not used by it",
            ));
        }
        Ok((io.into_socket(), answered))
    }

    /// Ends TLS and the connection: close_notify, FIN, then a bounded wait for the peer's, so that the last bytes
    /// arrive.
    ///
    /// # Errors
    /// The last bytes could not be written. The connection is closed in any case.
    pub async fn close(mut self) -> io::Result<()> {
        self.scope.stopped();
        self.end_tls().await?;
        linger::finish(into_inner(self.tls).0.into_socket(), CLOSE_WAIT).await;
        Ok(())
    }

    /// Writes close_notify behind everything that is pending; the socket stays open ([`RecordIo`]).
    async fn end_tls(&mut self) -> io::Result<()> {
        match timeout(WRITE_WAIT, self.tls.shutdown()).await {
            Ok(written) => written,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!(
                    "the end of TLS could not be written within {} s",
                    WRITE_WAIT.as_secs()
                ),
            )),
        }
    }
}

impl Scope {
    fn environment(&self) -> &Environment {
        match self {
            Self::Server(scope) => scope.environment(),
            Self::Client(scope) => scope.environment(),
            Self::Secondary(scope) => scope.environment(),
        }
    }

    fn forget(&self) -> Result<(), ForgottenFull> {
        match self {
            Self::Server(scope) => scope.forget(),
            Self::Client(scope) => {
                scope.forget();
                Ok(())
            }
            Self::Secondary(scope) => scope.forget(),
        }
    }

    /// TLS has ended on the primary connection.
    fn stopped(&self) {
        match self {
            Self::Server(scope) => scope.stopped(),
            Self::Client(scope) => scope.stopped(),
            Self::Secondary(_) => {}
        }
    }
}

fn into_inner(tls: TlsStream<RecordIo>) -> (RecordIo, Connection) {
    match tls {
        TlsStream::Server(tls) => {
            let (io, connection) = tls.into_inner();
            (io, connection.into())
        }
        TlsStream::Client(tls) => {
            let (io, connection) = tls.into_inner();
            (io, connection.into())
        }
    }
}

impl AsyncRead for PrimaryStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_read(cx, buf)
    }
}

/// One record at a time, while [`AsyncRead`] looks for more before it gives what it has.
impl AsyncBufRead for PrimaryStream {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Pin::new(&mut self.get_mut().tls).poll_fill_buf(cx)
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        Pin::new(&mut self.tls).consume(count);
    }
}

impl AsyncWrite for PrimaryStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.keys.before_write(&mut this.tls).map_err(io::Error::other)? {
            this.tickets = false;
        }
        Pin::new(&mut this.tls).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(cx)
    }

    /// Sends close_notify; the TCP connection stays open.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}
