//! Published ports of a program in a private network namespace: `[ADDR:]OUTER:INNER`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use crate::entrances::Entrance;
use crate::session::InnerSide;

/// One published port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// The address to listen on; `None` is every address, IPv4 and IPv6.
    pub address: Option<IpAddr>,
    /// The port outside, which policy rules see.
    pub outer: u16,
    /// The port that the program listens on.
    pub inner: u16,
}

/// Why a text is no published port.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not [ADDR:]OUTER:INNER; examples: 21:21, 127.0.0.1:2121:21, [::1]:2121:21")]
pub struct PublishError(String);

impl FromStr for Publish {
    type Err = PublishError;

    fn from_str(text: &str) -> Result<Self, PublishError> {
        let wrong = || PublishError(text.to_owned());
        let (rest, inner) = text.rsplit_once(':').ok_or_else(wrong)?;
        let (address, outer) = match rest.rsplit_once(':') {
            None => (None, rest),
            Some((address, outer)) => {
                let address = address.trim_start_matches('[').trim_end_matches(']');
                (Some(address.parse().map_err(|_| wrong())?), outer)
            }
        };
        let port = |text: &str| {
            text.parse::<u16>()
                .ok()
                .filter(|port| *port != 0)
                .ok_or_else(wrong)
        };
        Ok(Self {
            address,
            outer: port(outer)?,
            inner: port(inner)?,
        })
    }
}

impl fmt::Display for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(f, "{}:{}", SocketAddr::new(address, self.outer), self.inner),
            None => write!(f, "{}:{}", self.outer, self.inner),
        }
    }
}

impl Publish {
    /// Where it listens; where no address is given, a machine without IPv6 is fine.
    pub(crate) fn entrances(&self, side: &InnerSide) -> Vec<Entrance> {
        let entrance = |ip, optional| Entrance {
            address: SocketAddr::new(ip, self.outer),
            side: side.clone(),
            what: format!("--publish {self}"),
            optional,
        };
        match self.address {
            Some(address) => vec![entrance(address, false)],
            None => vec![
                entrance(Ipv4Addr::UNSPECIFIED.into(), false),
                entrance(Ipv6Addr::UNSPECIFIED.into(), true),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_port_reads_as_it_is_written() {
        for text in ["21:21", "127.0.0.1:2121:21", "[::1]:2121:21"] {
            assert_eq!(text.parse::<Publish>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_published_port_is_refused_with_examples() {
        for text in ["", "21", "0:21", "x:21:21", "21:65536", "1.2.3.4:21"] {
            assert!(text.parse::<Publish>().is_err(), "{text}");
        }
    }
}
