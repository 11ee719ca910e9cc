//! The client's bytes as command lines.

use super::telnet;
use super::tls_record::looks_like_client_hello;
use crate::error::FtpError;

/// Longest command line in bytes, line end and Telnet commands included.
pub(crate) const MAX_LINE: usize = 4096;
/// Bytes held unparsed before the client is not read any more.
pub(crate) const QUEUE: usize = 64 * 1024;
/// Bytes held unparsed before the session is given up: the one who reads does not honour `wants_client`.
pub(crate) const QUEUE_LIMIT: usize = 4 * QUEUE;

/// Cuts command lines off the client's byte stream, one at a time and only when asked.
///
/// What is behind the last line stays raw, so that it can go to the TLS engine instead. A reader is made new at
/// every transition between clear and TLS, and dies with the state it read in.
#[derive(Debug, Default)]
pub(crate) struct LineReader {
    raw: Vec<u8>,
    next: Option<Vec<u8>>,
}

impl LineReader {
    /// Takes more bytes in.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
    }

    /// The next complete line, without line end and Telnet commands; it stays next until [`Self::take`].
    pub(crate) fn peek(&mut self) -> Result<Option<&[u8]>, FtpError> {
        if self.next.is_none() {
            let window = &self.raw[..self.raw.len().min(MAX_LINE)];
            match window.iter().position(|&byte| byte == b'\n') {
                Some(end) => {
                    let line = window[..end].strip_suffix(b"\r").unwrap_or(&window[..end]);
                    self.next = Some(telnet::strip(line));
                    self.raw.drain(..=end);
                }
                None if self.raw.len() >= MAX_LINE => return Err(FtpError::LineTooLong),
                None => {}
            }
        }
        Ok(self.next.as_deref())
    }

    /// Removes and returns the line that [`Self::peek`] showed.
    pub(crate) fn take(&mut self) -> Option<Vec<u8>> {
        self.next.take()
    }

    /// Bytes behind the lines taken so far, exactly as they came.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.raw
    }

    /// Where a line should begin, TLS begins.
    pub(crate) fn is_client_hello(&self) -> bool {
        self.next.is_none() && self.raw.len() > 1 && looks_like_client_hello(&self.raw)
    }

    /// A complete line is there.
    pub(crate) fn has_line(&self) -> bool {
        self.next.is_some() || self.raw.contains(&b'\n')
    }

    /// Bytes not yet taken.
    pub(crate) fn held(&self) -> usize {
        self.raw.len() + self.next.as_ref().map_or(0, Vec::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(reader: &mut LineReader) -> Option<Vec<u8>> {
        reader.peek().expect("the line is short enough");
        reader.take()
    }

    #[test]
    fn lines_end_with_lf_and_lose_one_cr() {
        let mut reader = LineReader::default();
        reader.push(b"USER a\r\nPASS b\nNO");
        assert_eq!(next(&mut reader).as_deref(), Some(&b"USER a"[..]));
        assert_eq!(next(&mut reader).as_deref(), Some(&b"PASS b"[..]));
        assert_eq!(next(&mut reader), None);
        assert_eq!(reader.rest(), b"NO");
    }

    #[test]
    fn what_is_behind_the_line_stays_raw() {
        let mut reader = LineReader::default();
        reader.push(b"AUTH TLS\r\n\x16\x03\xff\xf4\n");
        assert_eq!(next(&mut reader).as_deref(), Some(&b"AUTH TLS"[..]));
        assert_eq!(reader.rest(), b"\x16\x03\xff\xf4\n");
    }

    #[test]
    fn the_longest_line_passes_and_one_byte_more_does_not() {
        let mut reader = LineReader::default();
        reader.push(&vec![b'a'; MAX_LINE - 1]);
        assert_eq!(reader.peek(), Ok(None));
        reader.push(b"\n");
        assert_eq!(next(&mut reader).map(|line| line.len()), Some(MAX_LINE - 1));
        reader.push(&vec![b'a'; MAX_LINE]);
        assert_eq!(reader.peek(), Err(FtpError::LineTooLong));
    }
}
