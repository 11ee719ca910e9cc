//! The two sides of a relay, as what a direction reads from and writes to.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::ReadHalf;
use ttls_tls::{Buffer, Piece, SecondaryStream};

/// What bytes come from.
pub(super) trait Source {
    /// What can be had without waiting: many TLS records for one write. An empty piece is the end.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Piece>>;
}

/// The network side of a relay: TCP, or TLS over it.
pub(crate) trait OuterStream: AsyncRead + AsyncWrite + Unpin + Send {
    /// The TCP connection below, for socket options.
    fn tcp(&self) -> &TcpStream;

    /// What can be had without waiting; an empty piece is the end.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Piece>>;
}

impl OuterStream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Piece>> {
        // Only a socket that has something borrows a buffer.
        ready!(self.poll_read_ready(cx))?;
        read_piece(self, cx)
    }
}

impl OuterStream for SecondaryStream {
    fn tcp(&self) -> &TcpStream {
        self.socket()
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Piece>> {
        Self::poll_piece(self, cx)
    }
}

impl Source for ReadHalf<'_> {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Piece>> {
        // Only a socket that has something borrows a buffer.
        ready!(self.as_ref().poll_read_ready(cx))?;
        read_piece(self, cx)
    }
}

fn read_piece<R: AsyncRead + Unpin>(from: &mut R, cx: &mut Context<'_>) -> Poll<io::Result<Piece>> {
    let mut buffer = Buffer::take();
    let mut read = ReadBuf::new(&mut buffer);
    ready!(Pin::new(from).poll_read(cx, &mut read))?;
    let length = read.filled().len();
    Poll::Ready(Ok(Piece::of(buffer, length)))
}

/// The outer side as one of the two directions has it. Both are polled by one task, so nobody ever waits for the lock.
pub(super) struct Half<'a, O>(pub(super) &'a Mutex<&'a mut O>);

impl<'a, O> Half<'a, O> {
    fn outer(&self) -> MutexGuard<'a, &'a mut O> {
        // A panic ends the task, and the connection with it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: OuterStream> Source for Half<'_, O> {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Piece>> {
        self.outer().poll_piece(cx)
    }
}

impl<O: OuterStream> AsyncWrite for Half<'_, O> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self.outer()).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self.outer()).poll_write_vectored(cx, slices)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self.outer()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self.outer()).poll_shutdown(cx)
    }
}
