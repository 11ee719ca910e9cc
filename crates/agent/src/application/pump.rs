//! One direction of a relay that can be halted between any two bytes.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::flow::Flow;

/// One full TLS record a turn; memory per direction and connection.
const BUFFER: usize = 16 * 1024;

/// Moves bytes one way and counts those that were delivered. All state is here: whoever polls may stop polling at any time and lose nothing.
pub(super) struct Pump {
    buffer: Box<[u8]>,
    /// Read and not written yet.
    held: Range<usize>,
    /// Written and not flushed yet.
    unflushed: bool,
}

/// Why a direction moves no more.
pub(super) enum Stopped {
    /// The source has ended; everything was delivered.
    End,
    Read(io::Error),
    Write(io::Error),
}

impl Pump {
    pub(super) fn new() -> Self {
        Self {
            buffer: vec![0; BUFFER].into(),
            held: 0..0,
            unflushed: false,
        }
    }

    /// Whether everything that was read was delivered.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty() && !self.unflushed
    }

    /// The sink has something to send that did not come through here.
    pub(super) fn flush_next(&mut self) {
        self.unflushed = true;
    }

    /// Reads and delivers until there is nothing to read or no room to write; ready when it stops for good.
    pub(super) fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        mut from: Pin<&mut R>,
        mut to: Pin<&mut W>,
        flow: &Flow,
    ) -> Poll<Stopped>
    where
        R: AsyncRead,
        W: AsyncWrite,
    {
        loop {
            if let Err(error) = ready!(self.poll_deliver(cx, to.as_mut(), flow)) {
                return Poll::Ready(Stopped::Write(error));
            }
            let mut read = ReadBuf::new(&mut self.buffer);
            match ready!(from.as_mut().poll_read(cx, &mut read)) {
                Ok(()) if read.filled().is_empty() => return Poll::Ready(Stopped::End),
                Ok(()) => self.held = 0..read.filled().len(),
                Err(error) => return Poll::Ready(Stopped::Read(error)),
            }
        }
    }

    /// Delivers what was read, and reads nothing.
    pub(super) fn poll_deliver<W: AsyncWrite>(
        &mut self,
        cx: &mut Context<'_>,
        mut to: Pin<&mut W>,
        flow: &Flow,
    ) -> Poll<io::Result<()>> {
        while !self.held.is_empty() {
            let written = ready!(to.as_mut().poll_write(cx, &self.buffer[self.held.clone()]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let end = self.held.start + written;
            flow.pass(&self.buffer[self.held.start..end]);
            self.held.start = end;
            self.unflushed = true;
        }
        if self.unflushed {
            ready!(to.poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}
