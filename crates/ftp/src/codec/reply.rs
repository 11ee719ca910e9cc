//! The daemon's bytes as replies (RFC 959 section 4.2).

use crate::error::FtpError;

/// Longest line of a reply in bytes, line end included.
pub(crate) const MAX_REPLY_LINE: usize = 8 * 1024;
/// Bytes of replies held back, whether unparsed or collected, before the session is given up.
pub(crate) const MAX_HELD: usize = 64 * 1024;

/// One line of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReplyLine {
    /// Code of the reply that the line belongs to.
    pub(crate) code: u16,
    /// The line as it came, line end included.
    pub(crate) bytes: Vec<u8>,
    /// The reply begins with this line.
    pub(crate) first: bool,
    /// The reply is complete with this line.
    pub(crate) last: bool,
}

impl ReplyLine {
    /// A reply other than 1xx is complete: the command is answered.
    pub(crate) fn answers(&self) -> bool {
        self.last && self.code >= 200
    }
}

/// A whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// 100 to 599.
    pub(crate) code: u16,
    /// All its lines as they came, line ends included.
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// 1xx: another reply to the same command follows.
    pub(crate) fn is_preliminary(&self) -> bool {
        self.code < 200
    }

    /// 2xx.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }
}

/// Cuts the daemon's byte stream into lines of replies.
#[derive(Debug, Default)]
pub(crate) struct ReplyReader {
    raw: Vec<u8>,
    start: usize,
    open: Option<u16>,
}

impl ReplyReader {
    /// Takes more bytes in.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.raw.drain(..self.start);
        self.start = 0;
        self.raw.extend_from_slice(bytes);
    }

    /// The next complete line.
    ///
    /// # Errors
    /// The line is too long, or a reply does not begin with a code from 100 to 599.
    pub(crate) fn next(&mut self) -> Result<Option<ReplyLine>, FtpError> {
        let raw = &self.raw[self.start..];
        let window = &raw[..raw.len().min(MAX_REPLY_LINE)];
        let Some(end) = window.iter().position(|&byte| byte == b'\n') else {
            return if raw.len() >= MAX_REPLY_LINE {
                Err(FtpError::ReplyTooLong)
            } else {
                Ok(None)
            };
        };
        let bytes = window[..=end].to_vec();
        self.start += end + 1;
        let head = head(&bytes);
        let (code, first, last) = match (self.open, head) {
            (None, None) => return Err(FtpError::NotAReply),
            (None, Some((code, more))) => (code, true, !more),
            (Some(open), Some((code, false))) if code == open => (open, false, true),
            (Some(open), _) => (open, false, false),
        };
        self.open = (!last).then_some(code);
        Ok(Some(ReplyLine {
            code,
            bytes,
            first,
            last,
        }))
    }

    /// Inside a multi-line reply.
    pub(crate) fn is_inside_reply(&self) -> bool {
        self.open.is_some()
    }

    /// Bytes not yet taken as lines.
    pub(crate) fn held(&self) -> usize {
        self.raw.len() - self.start
    }
}

/// Code at the head of a line, and whether `-` says that lines follow.
fn head(line: &[u8]) -> Option<(u16, bool)> {
    let [a @ b'1'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', mark, ..] = line else {
        return None;
    };
    let more = match mark {
        b'-' => true,
        b' ' | b'\r' | b'\n' => false,
        _ => return None,
    };
    let digit = |byte: &u8| u16::from(byte - b'0');
    Some((digit(a) * 100 + digit(b) * 10 + digit(c), more))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u16, bool, bool)> {
        let mut reader = ReplyReader::default();
        reader.push(text);
        let mut seen = Vec::new();
        while let Some(line) = reader.next().expect("these are replies") {
            seen.push((line.code, line.first, line.last));
        }
        seen
    }

    #[test]
    fn a_multi_line_reply_ends_at_its_own_code_and_a_space() {
        let text = b"211-Features\r\n UTF8\r\n220 not the end\r\n211-nor this\r\n211 End\r\n200 ok\r\n";
        assert_eq!(
            lines(text),
            [
                (211, true, false),
                (211, false, false),
                (211, false, false),
                (211, false, false),
                (211, false, true),
                (200, true, true)
            ]
        );
    }

    #[test]
    fn a_bare_code_is_a_reply() {
        assert_eq!(lines(b"200\r\n200\n"), [(200, true, true), (200, true, true)]);
    }

    #[test]
    fn a_line_without_code_is_no_reply() {
        for text in [&b"hello\r\n"[..], b"\r\n", b"600 x\r\n", b"99 x\r\n", b"220x\r\n"] {
            let mut reader = ReplyReader::default();
            reader.push(text);
            assert_eq!(reader.next(), Err(FtpError::NotAReply), "{text:?}");
        }
    }

    #[test]
    fn a_line_without_end_is_given_up_at_the_bound() {
        let mut reader = ReplyReader::default();
        reader.push(&vec![b'2'; MAX_REPLY_LINE - 1]);
        assert_eq!(reader.next(), Ok(None));
        reader.push(b"2");
        assert_eq!(reader.next(), Err(FtpError::ReplyTooLong));
    }
}
