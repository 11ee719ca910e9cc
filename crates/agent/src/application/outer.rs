//! The leg towards the peer: in clear, under TLS, and from one to the other.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use ttls_intercept::passed;
use ttls_tls::PrimaryStream;

/// The peer's connection.
pub(super) enum Outer {
    Clear(TcpStream),
    Tls(Box<PrimaryStream>),
    /// Given to a transition that failed or was cancelled: there is nothing left to read or write.
    Gone,
}

impl Outer {
    pub(super) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// The TCP connection below.
    pub(super) fn socket(&self) -> Option<&TcpStream> {
        match self {
            Self::Clear(socket) => Some(socket),
            Self::Tls(stream) => Some(stream.socket()),
            Self::Gone => None,
        }
    }

    /// Passes on the program's end; under TLS with close_notify before it. The peer may go on sending.
    pub(super) async fn end(&mut self, bound: Duration) -> io::Result<()> {
        let end = async {
            match self {
                Self::Clear(socket) => socket.shutdown().await,
                Self::Tls(stream) => {
                    stream.shutdown().await?;
                    passed::end_writing(stream.socket())
                }
                Self::Gone => Err(io::ErrorKind::NotConnected.into()),
            }
        };
        tokio::time::timeout(bound, end)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether bytes wait in the socket that are not the end of the connection. Only behind the end of TLS.
    pub(super) fn has_clear_text(&self) -> bool {
        self.socket()
            .is_some_and(|socket| passed::unread(socket).is_ok_and(|count| count > 0))
    }

    /// Ready when the peer has closed behind its end of TLS. What it may have sent in clear stays where it is: that is for
    /// after a STOP.
    pub(super) fn poll_closed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(socket) = self.socket() else {
            return Poll::Ready(());
        };
        let mut first = [0];
        match std::task::ready!(socket.poll_peek(cx, &mut ReadBuf::new(&mut first))) {
            Ok(0) | Err(_) => Poll::Ready(()),
            Ok(_) => Poll::Pending,
        }
    }
}

impl AsyncRead for Outer {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(socket) => Pin::new(socket).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncWrite for Outer {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(socket) => Pin::new(socket).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(socket) => Pin::new(socket).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}
