//! The message to the agent.

use crate::frame::{FrameError, Kind, Reader, Writer};
use crate::operations::Operations;

/// Longest host name of a request, in bytes.
pub const HOST_MAX: usize = 255;

const NON_BLOCKING: u16 = 0x0001;
const PEER_CLOSES_FIRST: u16 = 0x0002;

/// How operations are to be performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// The caller does not wait: INIT and STOP answer `EINPROGRESS` at once, and with the result later.
    pub non_blocking: bool,
    /// STOP waits up to a second for the peer's close_notify before it sends ours (lftp takes one that comes with the
    /// reply to CCC for the end of the connection).
    pub peer_closes_first: bool,
}

/// One request about one connection, whose socket is passed beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The caller's number for it; the answers carry it. 0 lets the channel choose.
    pub id: u32,
    /// What to do; nothing is a query.
    pub operations: Operations,
    /// How to do it.
    pub options: Options,
    /// Longest certificate that the caller takes, in bytes; only with [`Operations::RETURN_CERTIFICATE`].
    pub certificate_room: u32,
    /// `TTLSK_Host_Status`: whether the partner's certificate is one of this host.
    pub host: Option<String>,
}

impl Request {
    /// A request that waits, with room for any certificate where one is asked for.
    pub fn new(operations: Operations) -> Self {
        let room = if operations.has(Operations::RETURN_CERTIFICATE) {
            u32::from(u16::MAX)
        } else {
            0
        };
        Self {
            operations,
            certificate_room: room,
            ..Self::default()
        }
    }

    /// As one packet. A host name longer than [`HOST_MAX`] is one that the other end refuses.
    pub fn encode(&self) -> Vec<u8> {
        let mut options = 0;
        if self.options.non_blocking {
            options |= NON_BLOCKING;
        }
        if self.options.peer_closes_first {
            options |= PEER_CLOSES_FIRST;
        }
        let mut writer = Writer::open(Kind::Request);
        writer.u16(options);
        writer.u32(self.id);
        writer.u32(self.operations.bits());
        writer.u32(self.certificate_room);
        writer.u8(u8::from(self.host.is_some()));
        writer.block(self.host.as_deref().unwrap_or_default().as_bytes());
        writer.finish()
    }

    /// From one packet.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn decode(packet: &[u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::open(packet, Kind::Request)?;
        let options = reader.u16()?;
        if options & !(NON_BLOCKING | PEER_CLOSES_FIRST) != 0 {
            return Err(reader.malformed());
        }
        let id = reader.u32()?;
        let operations = Operations::from_bits(reader.u32()?).ok_or_else(|| reader.malformed())?;
        let certificate_room = reader.u32()?;
        let has_host = reader.u8()?;
        let host = reader.text()?;
        if has_host > 1 || host.len() > HOST_MAX || (has_host == 0) != host.is_empty() {
            return Err(reader.malformed());
        }
        reader.end()?;
        Ok(Self {
            id,
            operations,
            options: Options {
                non_blocking: options & NON_BLOCKING != 0,
                peer_closes_first: options & PEER_CLOSES_FIRST != 0,
            },
            certificate_room,
            host: (has_host == 1).then_some(host),
        })
    }

    /// The number of a request that may be malformed behind it, so that the refusal finds its caller; else 0.
    pub fn id_of(packet: &[u8]) -> u32 {
        let read = || {
            let mut reader = Reader::open(packet, Kind::Request)?;
            reader.u16()?;
            reader.u32()
        };
        read().unwrap_or(0)
    }
}
