//! A socket that is read one TLS record at a time.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::client_sessions::ClientSessions;
use crate::handshake::Transport;
use crate::ticket_copies;

/// Length of a record header: content type, version, length of the body.
pub(crate) const HEADER: usize = 5;

/// A socket of which no byte beyond the current TLS record leaves the kernel.
///
/// A record whose first byte is no TLS content type is not read at all: the read fails with [`ClearText`] and the
/// bytes stay. Ending the write side is a no-op, because the connection may go on in clear; whoever wants to close
/// takes the socket out first.
#[derive(Debug)]
pub(crate) struct RecordIo {
    socket: TcpStream,
    /// Bytes that were read before TLS took over; they come first.
    preamble: Vec<u8>,
    replayed: usize,
    position: Position,
    /// In the client role: where copies of tickets are wanted.
    sessions: Option<Arc<ClientSessions>>,
}

/// Where in the stream of records the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Boundary,
    Header { bytes: [u8; HEADER], read: usize },
    Body { left: usize },
}

/// What the next record is, seen without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// A TLS record.
    Record,
    /// Something else.
    ClearText,
    /// The peer closed its side.
    End,
}

/// The reason of a read error: clear text where a TLS record should start.
#[derive(Debug)]
pub(crate) struct ClearText;

impl RecordIo {
    /// `preamble` are bytes that were already read from `socket`.
    pub(crate) fn new(socket: TcpStream, preamble: Vec<u8>) -> Self {
        Self {
            socket,
            preamble,
            replayed: 0,
            position: Position::Boundary,
            sessions: None,
        }
    }

    /// As client of a server whose tickets `sessions` keeps.
    pub(crate) fn of_client(socket: TcpStream, sessions: Arc<ClientSessions>) -> Self {
        Self {
            sessions: Some(sessions),
            ..Self::new(socket, Vec::new())
        }
    }

    /// Whether everything up to the last record's end was read, and nothing beyond.
    pub(crate) fn at_boundary(&self) -> bool {
        self.position == Position::Boundary
    }

    /// Whether the preamble was consumed, so that the socket holds everything that follows.
    pub(crate) fn is_clean(&self) -> bool {
        self.at_boundary() && self.replayed == self.preamble.len()
    }

    /// Waits until it is known what comes next. Only at a boundary.
    pub(crate) async fn ahead(&self) -> io::Result<Ahead> {
        let mut header = [0; HEADER];
        let count = self.socket.peek(&mut header).await?;
        Ok(look(&header[..count]))
    }

    /// Between two records, and where a copy of a ticket is wanted, the copy comes next.
    fn slip_in_copy(&mut self, cx: &Context<'_>) {
        if !self.is_clean() {
            return;
        }
        if let Some(record) = self
            .sessions
            .as_ref()
            .and_then(|sessions| sessions.record(cx.waker()))
        {
            self.preamble = record;
            self.replayed = 0;
        }
    }

    /// How many bytes may be read now: to the end of the header, or of the body, or of the whole record where its
    /// header can be seen already.
    fn poll_limit(&self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.position {
            Position::Header { read, .. } => return Poll::Ready(Ok(HEADER - read)),
            Position::Body { left } => return Poll::Ready(Ok(left)),
            Position::Boundary => {}
        }
        let mut header = [0; HEADER];
        let count = ready!(self.poll_look_ahead(cx, &mut header))?;
        Poll::Ready(match (look(&header[..count]), count) {
            (Ahead::ClearText, _) => Err(io::Error::new(io::ErrorKind::InvalidData, ClearText)),
            (Ahead::End, _) => Ok(0),
            (Ahead::Record, HEADER) => Ok(HEADER + body_length(header)),
            (Ahead::Record, count) => Ok(count),
        })
    }

    fn poll_look_ahead(&self, cx: &mut Context<'_>, header: &mut [u8; HEADER]) -> Poll<io::Result<usize>> {
        let replay = &self.preamble[self.replayed..];
        if !replay.is_empty() {
            let count = replay.len().min(HEADER);
            header[..count].copy_from_slice(&replay[..count]);
            return Poll::Ready(Ok(count));
        }
        let mut seen = ReadBuf::new(header);
        ready!(self.socket.poll_peek(cx, &mut seen))?;
        Poll::Ready(Ok(seen.filled().len()))
    }

    fn poll_some(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let replay = &self.preamble[self.replayed..];
        if !replay.is_empty() {
            let count = replay.len().min(buffer.len());
            buffer[..count].copy_from_slice(&replay[..count]);
            self.replayed += count;
            if self.replayed == self.preamble.len() {
                self.preamble = Vec::new();
                self.replayed = 0;
            }
            return Poll::Ready(Ok(count));
        }
        let mut read = ReadBuf::new(buffer);
        ready!(Pin::new(&mut self.socket).poll_read(cx, &mut read))?;
        Poll::Ready(Ok(read.filled().len()))
    }

    /// Follows the bytes that were read; never more than one record's.
    fn advance(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            match &mut self.position {
                Position::Boundary => {
                    let mut header = [0; HEADER];
                    header[0] = first;
                    self.position = Position::Header {
                        bytes: header,
                        read: 1,
                    };
                    bytes = rest;
                }
                Position::Header { bytes: header, read } => {
                    header[*read] = first;
                    *read += 1;
                    if *read == HEADER {
                        self.position = match body_length(*header) {
                            0 => Position::Boundary,
                            left => Position::Body { left },
                        };
                    }
                    bytes = rest;
                }
                Position::Body { left } => {
                    let count = bytes.len().min(*left);
                    *left -= count;
                    if *left == 0 {
                        self.position = Position::Boundary;
                    }
                    bytes = &bytes[count..];
                }
            }
        }
    }
}

impl Transport for RecordIo {
    fn socket(&self) -> &TcpStream {
        &self.socket
    }

    fn into_socket(self) -> TcpStream {
        self.socket
    }
}

impl AsyncRead for RecordIo {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        this.slip_in_copy(cx);
        let limit = ready!(this.poll_limit(cx))?.min(buf.remaining());
        if limit == 0 {
            return Poll::Ready(Ok(()));
        }
        let target = buf.initialize_unfilled_to(limit);
        let count = ready!(this.poll_some(cx, target))?;
        this.advance(&target[..count]);
        if let Some(sessions) = &this.sessions {
            ticket_copies::reading(sessions);
        }
        buf.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for RecordIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl fmt::Display for ClearText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("clear text arrived where a TLS record was expected")
    }
}

impl std::error::Error for ClearText {}

/// change_cipher_spec, alert, handshake, application_data, heartbeat.
const CONTENT_TYPES: std::ops::RangeInclusive<u8> = 20..=24;

/// Major version of every record since SSL 3.0.
const MAJOR_VERSION: u8 = 3;

/// Judges what can be seen of a header; of a single byte, that byte decides.
fn look(header: &[u8]) -> Ahead {
    match header {
        [] => Ahead::End,
        [content, MAJOR_VERSION, ..] | [content] if CONTENT_TYPES.contains(content) => Ahead::Record,
        _ => Ahead::ClearText,
    }
}

fn body_length(header: [u8; HEADER]) -> usize {
    usize::from(u16::from_be_bytes([header[3], header[4]]))
}
