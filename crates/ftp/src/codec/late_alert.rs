//! The client's close_notify that arrives after TLS was stopped.

use super::tls_record::{ALERT, APPLICATION_DATA, HANDSHAKE, MAJOR};
use crate::error::FtpError;

/// Longest alert record taken: two bytes and what any TLS 1.2 suite adds, generously.
const MAX_ALERT: usize = 256;
/// A TLS 1.3 alert without padding: two bytes, its inner content type, a 16-byte tag.
const ALERT_13: usize = 19;

/// Drops at most one alert record from the start of the clear text that follows CCC.
///
/// After CCC each side sends close_notify; curl sends none, others send theirs late. The record cannot be verified
/// any more, so nothing is concluded from it. Command text never begins with a TLS content type.
#[derive(Debug, Default)]
pub(crate) struct LateAlert {
    header: Vec<u8>,
    body: usize,
    over: bool,
}

impl LateAlert {
    /// Returns the bytes that are command text.
    ///
    /// # Errors
    /// Records other than an alert: the client did not stop TLS.
    pub(crate) fn filter<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8], FtpError> {
        while !self.over {
            let Some((&first, rest)) = bytes.split_first() else {
                break;
            };
            if self.body > 0 {
                let skipped = self.body.min(bytes.len());
                bytes = &bytes[skipped..];
                self.body -= skipped;
                self.over = self.body == 0;
                continue;
            }
            if self.header.is_empty() && !matches!(first, ALERT | HANDSHAKE | APPLICATION_DATA) {
                self.over = true;
                break;
            }
            self.header.push(first);
            bytes = rest;
            self.body = body_length(&self.header)?;
        }
        Ok(bytes)
    }
}

/// Length of the record's body once the header is complete, else 0.
fn body_length(header: &[u8]) -> Result<usize, FtpError> {
    match *header {
        [HANDSHAKE, ..] => Err(FtpError::RecordsBehindCcc),
        [_, major, ..] if major != MAJOR => Err(FtpError::RecordsBehindCcc),
        [kind, _, _, high, low] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            match kind {
                ALERT if (2..=MAX_ALERT).contains(&length) => Ok(length),
                APPLICATION_DATA if length == ALERT_13 => Ok(length),
                _ => Err(FtpError::RecordsBehindCcc),
            }
        }
        _ => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds byte by byte and collects the text.
    fn text(bytes: &[u8]) -> Result<Vec<u8>, FtpError> {
        let mut filter = LateAlert::default();
        let mut text = Vec::new();
        for byte in bytes.chunks(1) {
            text.extend_from_slice(filter.filter(byte)?);
        }
        let mut at_once = LateAlert::default();
        assert_eq!(at_once.filter(bytes)?, text);
        Ok(text)
    }

    #[test]
    fn text_without_an_alert_passes() {
        assert_eq!(text(b"NOOP\r\n\x15\x03"), Ok(b"NOOP\r\n\x15\x03".to_vec()));
    }

    #[test]
    fn exactly_one_alert_is_dropped() {
        assert_eq!(
            text(b"\x15\x03\x03\x00\x02\x01\x00NOOP\r\n"),
            Ok(b"NOOP\r\n".to_vec())
        );
        let mut tls13 = b"\x17\x03\x03\x00\x13".to_vec();
        tls13.extend([7; 19]);
        tls13.extend(b"\x15x");
        assert_eq!(text(&tls13), Ok(b"\x15x".to_vec()));
    }

    #[test]
    fn other_records_are_refused() {
        for bytes in [
            &b"\x16"[..],
            b"\x17\x03\x03\x01\x00",
            b"\x15\x02",
            b"\x15\x03\x03\x40\x00",
            b"\x15\x03\x03\x00\x00",
        ] {
            assert_eq!(text(bytes), Err(FtpError::RecordsBehindCcc), "{bytes:?}");
        }
    }
}
