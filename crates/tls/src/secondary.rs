//! TLS for bulk data, to the end of the connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

use crate::buffers::{Buffer, LARGE};
use crate::handshake::Transport;
use crate::key_timer::KeyTimer;
use crate::opening::Opening;
use crate::piece::Piece;
use crate::read_ahead::ReadAhead;
use crate::{Environment, Negotiated};

/// A data connection or tunnel under TLS.
///
/// Reading: `Ok(0)` is the peer's close_notify, [`io::ErrorKind::UnexpectedEof`] is an end of the connection without
/// it (truncation). Writing: `poll_shutdown` sends close_notify, flushes and ends the write side of the socket.
#[derive(Debug)]
pub struct SecondaryStream {
    tls: TlsStream<ReadAhead>,
    info: Negotiated,
    keys: KeyTimer,
    opening: Arc<Opening>,
}

impl SecondaryStream {
    pub(crate) fn new(mut tls: TlsStream<ReadAhead>, info: Negotiated, environment: &Environment) -> Self {
        // All that one write brings becomes records of one system call.
        match &mut tls {
            TlsStream::Client(client) => client.get_mut().1.set_buffer_limit(Some(LARGE)),
            TlsStream::Server(server) => server.get_mut().1.set_buffer_limit(Some(LARGE)),
        }
        let keys = KeyTimer::start(environment.reset_cipher);
        Self {
            tls,
            info,
            keys,
            opening: Arc::default(),
        }
    }

    /// What the handshake agreed on.
    pub fn info(&self) -> &Negotiated {
        &self.info
    }

    /// The socket below, for its addresses and options (a reset, for example).
    pub fn socket(&self) -> &TcpStream {
        self.tls.get_ref().0.socket()
    }

    /// The data of all records that are here, without copying them; an empty piece is the peer's close_notify.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] is an end of the connection without close_notify (truncation).
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Piece>> {
        let is_sound = self.is_sound();
        let (socket, engine) = self.tls.get_mut();
        if is_sound
            && engine.wants_read()
            && socket.at_boundary()
            && self.opening.is_ready()
            && let Some(piece) = ready!(socket.poll_piece(cx, &self.opening))?
        {
            return Poll::Ready(Ok(piece));
        }
        let mut buffer = Buffer::take();
        let mut read = ReadBuf::new(&mut buffer);
        ready!(Pin::new(&mut *self).poll_read(cx, &mut read))?;
        let length = read.filled().len();
        Poll::Ready(Ok(Piece::of(buffer, length)))
    }
}

impl SecondaryStream {
    /// Whether the engine has found no error yet. It may still have to tell of one: where it read data in the same go,
    /// these came first.
    fn is_sound(&mut self) -> bool {
        match &mut self.tls {
            TlsStream::Client(client) => client.get_mut().1.process_new_packets().is_ok(),
            TlsStream::Server(server) => server.get_mut().1.process_new_packets().is_ok(),
        }
    }
}

impl AsyncRead for SecondaryStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let tls = &mut this.tls;
        this.opening.during(|| Pin::new(tls).poll_read(cx, buf))
    }
}

impl AsyncWrite for SecondaryStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.keys.before_write(&mut this.tls).map_err(io::Error::other)?;
        Pin::new(&mut this.tls).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.keys.before_write(&mut this.tls).map_err(io::Error::other)?;
        Pin::new(&mut this.tls).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_flush(cx)
    }

    /// Sends close_notify, flushes, ends the write side of the socket.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_shutdown(cx)
    }
}
