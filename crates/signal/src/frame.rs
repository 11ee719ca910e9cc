//! What all messages have in common: head, numbers, texts, and the errors of reading them.

/// Longest message in bytes; a partner certificate is the only long part.
pub const LONGEST: usize = 64 * 1024;

/// First bytes of every message.
const MAGIC: [u8; 4] = *b"TTLS";

/// Version of the layout.
const VERSION: u8 = 1;

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request = 1,
    Answer = 2,
}

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It is too short for a head, or does not start with `TTLS`.
    #[error("no message of the signaling channel; send whole packets that start with TTLS")]
    NotAMessage,
    /// It has another version.
    #[error("version {0} of the signaling channel is not known; send version 1")]
    UnknownVersion(u8),
    /// It is not of the kind that this end takes, or its length or a number in it is impossible.
    #[error("the message is malformed at byte {at}; see the layout of the signaling channel")]
    Malformed {
        /// Where, from its start.
        at: usize,
    },
}

/// Reads a message front to back.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads the head; the result stands behind it, and the number of the request follows.
    pub(crate) fn open(bytes: &'a [u8], kind: Kind) -> Result<Self, FrameError> {
        let mut reader = Self { bytes, at: 0 };
        match reader.take(MAGIC.len()) {
            Ok(magic) if magic == MAGIC => {}
            _ => return Err(FrameError::NotAMessage),
        }
        let version = reader.u8().map_err(|_| FrameError::NotAMessage)?;
        if version != VERSION {
            return Err(FrameError::UnknownVersion(version));
        }
        if reader.u8()? != kind as u8 {
            return Err(reader.malformed());
        }
        Ok(reader)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FrameError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16, FrameError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FrameError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, FrameError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes behind their length (16 bits).
    pub(crate) fn block(&mut self) -> Result<&'a [u8], FrameError> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    pub(crate) fn text(&mut self) -> Result<String, FrameError> {
        let block = self.block()?;
        let text = std::str::from_utf8(block).map_err(|_| self.malformed())?;
        // C programs get texts with a NUL behind them.
        if text.contains('\0') {
            return Err(self.malformed());
        }
        Ok(text.to_owned())
    }

    /// Nothing may follow.
    pub(crate) fn end(&self) -> Result<(), FrameError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    pub(crate) fn malformed(&self) -> FrameError {
        FrameError::Malformed { at: self.at }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| self.malformed())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], FrameError> {
        let taken = self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.get(..count))
            .ok_or_else(|| self.malformed())?;
        self.at += count;
        Ok(taken)
    }
}

/// Writes a message front to back.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn open(kind: Kind) -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([VERSION, kind as u8]);
        Self(bytes)
    }

    pub(crate) fn u8(&mut self, number: u8) {
        self.0.push(number);
    }

    pub(crate) fn u16(&mut self, number: u16) {
        self.0.extend(number.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    /// Bytes behind their length; what does not fit 16 bits of length is left out whole.
    pub(crate) fn block(&mut self, bytes: &[u8]) {
        match u16::try_from(bytes.len()) {
            Ok(length) => {
                self.u16(length);
                self.0.extend(bytes);
            }
            Err(_) => self.u16(0),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}
