//! FTP replies (RFC 959 section 4.2) and the addresses in them (RFC 959, RFC 2428).

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};

/// One complete reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    code: u16,
    text: String,
}

impl Reply {
    /// The first digit: 1 preliminary, 2 done, 3 more is needed, 4 and 5 refused.
    pub(crate) fn class(&self) -> u16 {
        self.code / 100
    }

    /// The three digits.
    pub(crate) fn code(&self) -> u16 {
        self.code
    }

    /// The port of a 229 reply: between the delimiters, whatever they are.
    pub(crate) fn extended_port(&self) -> Option<u16> {
        let (_, inside) = self.text.rsplit_once('(')?;
        let (inside, _) = inside.split_once(')')?;
        let delimiter = inside.chars().next()?;
        let mut fields = inside.split(delimiter);
        let port = fields.nth(3)?;
        port.parse().ok().filter(|&port| port != 0)
    }

    /// The address of a 227 reply: its first six numbers with commas between them.
    pub(crate) fn passive_address(&self) -> Option<SocketAddrV4> {
        let is_address = |c: char| c.is_ascii_digit() || c == ',';
        let numbers = self
            .text
            .split(|c| !is_address(c))
            .find(|run| run.contains(','))?;
        let bytes: Vec<u8> = numbers
            .split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .ok()?;
        let [a, b, c, d, high, low] = bytes.try_into().ok()?;
        Some(SocketAddrV4::new(
            Ipv4Addr::new(a, b, c, d),
            u16::from_be_bytes([high, low]),
        ))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

/// Collects the lines of one reply.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    code: Option<u16>,
}

impl Collector {
    /// Takes one line without its end. Returns the reply (with the text of its last line) when it is complete.
    ///
    /// # Errors
    /// The line, when it cannot begin a reply.
    pub(crate) fn take(&mut self, line: &str) -> Result<Option<Reply>, String> {
        let code = line
            .get(..3)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let code = code.and_then(|digits| digits.parse::<u16>().ok());
        let last = !matches!(line.as_bytes().get(3), Some(b'-'));
        match (self.code, code) {
            (None, None) => Err(line.to_owned()),
            (None, Some(code)) if !last => {
                self.code = Some(code);
                Ok(None)
            }
            (Some(begun), code) if code != Some(begun) || !last => Ok(None),
            (_, Some(code)) => {
                let text = line.get(4..).unwrap_or_default().to_owned();
                Ok(Some(Reply { code, text }))
            }
            (Some(_), None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(lines: &[&str]) -> Option<Reply> {
        let mut collector = Collector::default();
        lines
            .iter()
            .find_map(|line| collector.take(line).expect("these lines are replies"))
    }

    #[test]
    fn a_reply_of_many_lines_ends_with_its_own_code_and_a_blank() {
        let reply = reply(&[
            "211-Features",
            " AUTH TLS",
            "220 not yet",
            "211-nor here",
            "211 End",
        ]);
        assert_eq!(reply.map(|reply| reply.to_string()).as_deref(), Some("211 End"));
    }

    #[test]
    fn a_line_without_a_code_begins_no_reply() {
        assert_eq!(
            Collector::default().take("SSH-2.0-x"),
            Err("SSH-2.0-x".to_owned())
        );
        assert_eq!(Collector::default().take("2é"), Err("2é".to_owned()));
    }

    #[test]
    fn the_port_of_a_229_reply_stands_between_any_delimiters() {
        let port = |line| reply(&[line]).and_then(|reply| reply.extended_port());
        assert_eq!(
            port("229 Entering Extended Passive Mode (|||40001|)"),
            Some(40001)
        );
        assert_eq!(port("229 (text) here (!!!21!)"), Some(21));
        assert_eq!(port("229 (|||0|)"), None);
        assert_eq!(port("229 nothing"), None);
    }

    #[test]
    fn the_address_of_a_227_reply_may_stand_without_parentheses() {
        let address = |line| reply(&[line]).and_then(|reply| reply.passive_address());
        let expected = "127.0.0.1:40001".parse().ok();
        assert_eq!(address("227 Entering Passive Mode (127,0,0,1,156,65)"), expected);
        assert_eq!(address("227 =127,0,0,1,156,65"), expected);
        assert_eq!(address("227 (127,0,0,1,256,65)"), None);
        assert_eq!(address("227 (127,0,0,1)"), None);
    }
}
