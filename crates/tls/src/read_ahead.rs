//! A socket that is read in large pieces, whoever reads it in small ones.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::buffers::Buffer;
use crate::handshake::Transport;
use crate::opening::Opening;
use crate::piece::{Parts, Piece};
use crate::record_io::HEADER;

/// Content type `application_data` and the version that all records of TLS 1.2 and 1.3 carry (RFC 8446 section 5.2).
const DATA_HEADER: [u8; 3] = [23, 3, 3];

/// The longest body of a record (RFC 5246 section 6.2.3); no buffer is shorter.
const LONGEST_BODY: usize = (1 << 14) + 2048;

/// A socket whose bytes leave the kernel many records at a time: the TLS engine asks for a quarter of a record.
///
/// For connections that stay under TLS to their end; what was read ahead would be lost otherwise. While it waits for a
/// record it holds no buffer. The engine never gets bytes of two records in one read, so that between two records
/// others than the engine can go on.
#[derive(Debug)]
pub(crate) struct ReadAhead {
    socket: TcpStream,
    ahead: Option<Ahead>,
    /// What the engine still has to read of the record that it has begun.
    rest: usize,
}

#[derive(Debug)]
struct Ahead {
    buffer: Buffer,
    from: usize,
    to: usize,
}

/// What is next in the buffer.
enum Front {
    /// A whole record with application data; the length of its body.
    Data(usize),
    /// For the engine; how long it is, with its header.
    Other(usize),
    /// The start of something.
    Partial,
}

impl ReadAhead {
    pub(crate) fn new(socket: TcpStream) -> Self {
        Self {
            socket,
            ahead: None,
            rest: 0,
        }
    }

    /// Whether the engine has read whole records only.
    pub(crate) fn at_boundary(&self) -> bool {
        self.rest == 0
    }

    /// The data of all records that are here, at least one; only at a boundary and while `opening` is ready. `None`:
    /// the engine must read next, be it a record that is not data or the end of the connection.
    pub(crate) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
        opening: &Opening,
    ) -> Poll<io::Result<Option<Piece>>> {
        loop {
            if let Some(piece) = self.open_records(opening) {
                return Poll::Ready(Ok(Some(piece)));
            }
            let is_for_engine = match &self.ahead {
                Some(ahead) => !opening.is_ready() || !matches!(ahead.front(), Front::Partial),
                None => false,
            };
            if is_for_engine || !ready!(self.poll_fill(cx))? {
                return Poll::Ready(Ok(None));
            }
        }
    }

    /// Opens records up to the first that is not data, and parts with the buffer; `None` where there were no data.
    fn open_records(&mut self, opening: &Opening) -> Option<Piece> {
        let mut ahead = self.ahead.take()?;
        let mut parts = Parts::default();
        while let Front::Data(length) = ahead.front() {
            let start = ahead.from + HEADER;
            let Some(data) = opening.open(&mut ahead.buffer[start..start + length]) else {
                break;
            };
            parts.add(&mut ahead.buffer, start + data.start..start + data.end);
            ahead.from = start + length;
        }
        if parts.is_empty() {
            self.ahead = ahead.or_none();
            return None;
        }
        if ahead.from < ahead.to {
            self.ahead = Some(ahead.rest());
        }
        Some(Piece::of_parts(ahead.buffer, parts))
    }

    /// Reads from the socket behind what is here; `false` is its end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut ahead = match self.ahead.take() {
            Some(ahead) => ahead,
            None => {
                // Only a socket that has something borrows a buffer.
                ready!(self.socket.poll_read_ready(cx))?;
                Ahead {
                    buffer: Buffer::take(),
                    from: 0,
                    to: 0,
                }
            }
        };
        if ahead.from > 0 {
            ahead.buffer.copy_within(ahead.from..ahead.to, 0);
            (ahead.from, ahead.to) = (0, ahead.len());
        }
        let mut read = ReadBuf::new(&mut ahead.buffer[ahead.to..]);
        let polled = Pin::new(&mut self.socket).poll_read(cx, &mut read);
        let count = read.filled().len();
        ahead.to += count;
        self.ahead = ahead.or_none();
        ready!(polled)?;
        Poll::Ready(Ok(count > 0))
    }

    /// How much the engine may read now; 0 is the end of the connection.
    fn poll_engine_limit(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        while self.rest == 0 {
            let front = self.ahead.as_ref().map_or(Front::Partial, Ahead::front);
            self.rest = match front {
                Front::Data(length) => HEADER + length,
                Front::Other(length) => length,
                Front::Partial if ready!(self.poll_fill(cx))? => continue,
                // It says itself what it thinks of half a record.
                Front::Partial => return Poll::Ready(Ok(self.ahead.as_ref().map_or(0, Ahead::len))),
            };
        }
        if self.ahead.is_none() && !ready!(self.poll_fill(cx))? {
            return Poll::Ready(Ok(0));
        }
        let here = self.ahead.as_ref().map_or(0, Ahead::len);
        Poll::Ready(Ok(self.rest.min(here)))
    }
}

impl Ahead {
    fn len(&self) -> usize {
        self.to - self.from
    }

    fn front(&self) -> Front {
        let here = &self.buffer[self.from..self.to];
        let Some(header) = here.first_chunk::<HEADER>() else {
            return Front::Partial;
        };
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        let is_data = header.starts_with(&DATA_HEADER) && length <= LONGEST_BODY;
        match is_data {
            true if here.len() < HEADER + length => Front::Partial,
            true => Front::Data(length),
            false => Front::Other(HEADER + length),
        }
    }

    /// What is left, in a buffer of its own.
    fn rest(&self) -> Self {
        let rest = &self.buffer[self.from..self.to];
        let mut buffer = Buffer::holding(rest.len());
        buffer[..rest.len()].copy_from_slice(rest);
        Self {
            buffer,
            from: 0,
            to: rest.len(),
        }
    }

    fn or_none(self) -> Option<Self> {
        (self.from < self.to).then_some(self)
    }
}

impl Transport for ReadAhead {
    fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// What was read ahead is dropped.
    fn into_socket(self) -> TcpStream {
        self.socket
    }
}

impl AsyncRead for ReadAhead {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let limit = ready!(self.poll_engine_limit(cx))?.min(buf.remaining());
        if let Some(mut ahead) = self.ahead.take() {
            buf.put_slice(&ahead.buffer[ahead.from..ahead.from + limit]);
            ahead.from += limit;
            self.ahead = ahead.or_none();
        }
        self.rest = self.rest.saturating_sub(limit);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ReadAhead {
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

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
