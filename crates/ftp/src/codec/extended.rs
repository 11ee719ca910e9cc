//! The argument of EPRT and the port in 229 (RFC 2428).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;

use crate::error::FtpError;

/// Number of an address family in EPRT and EPSV: 1 IPv4, 2 IPv6. An IPv4 address mapped into IPv6 counts as IPv4.
pub(crate) fn family(ip: IpAddr) -> u8 {
    if ip.to_canonical().is_ipv4() { 1 } else { 2 }
}

/// Reads the argument of EPRT.
///
/// # Errors
/// Malformed, port 0, or a family other than 1 and 2.
pub(crate) fn parse(argument: &[u8]) -> Result<SocketAddr, FtpError> {
    let text = std::str::from_utf8(argument.trim_ascii()).map_err(|_| FtpError::BadExtendedPort)?;
    let delimiter = text
        .chars()
        .next()
        .filter(|&c| is_delimiter(c))
        .ok_or(FtpError::BadExtendedPort)?;
    let fields: Vec<&str> = text.split(delimiter).collect();
    let ["", family, address, port, ""] = fields[..] else {
        return Err(FtpError::BadExtendedPort);
    };
    let family: u8 = family.parse().map_err(|_| FtpError::BadExtendedPort)?;
    let ip = match family {
        1 => address.parse::<Ipv4Addr>().map(IpAddr::V4),
        2 => address.parse::<Ipv6Addr>().map(IpAddr::V6),
        _ => return Err(FtpError::UnknownFamily),
    };
    let ip = ip.map_err(|_| FtpError::BadExtendedPort)?;
    let port = number(port.as_bytes()).ok_or(FtpError::BadExtendedPort)?;
    Ok(SocketAddr::new(ip.to_canonical(), port))
}

/// Finds the port in the text of a 229, `(|||port|)` with any delimiter. Port 0 is none.
pub(crate) fn find_port(text: &[u8]) -> Option<(Range<usize>, u16)> {
    let open = text.iter().position(|&byte| byte == b'(')? + 1;
    let delimiter = *text.get(open).filter(|&&byte| is_delimiter(char::from(byte)))?;
    let marks: Vec<usize> = (open..text.len())
        .filter(|&at| text[at] == delimiter)
        .take(4)
        .collect();
    let [_, _, third, fourth] = marks[..] else {
        return None;
    };
    let range = third + 1..fourth;
    let port = number(&text[range.clone()])?;
    Some((range, port))
}

/// Writes an address as argument of EPRT.
pub(crate) fn format(address: SocketAddr) -> String {
    let ip = address.ip().to_canonical();
    format!("|{}|{ip}|{}|", family(ip), address.port())
}

/// A port: digits only, not 0.
fn number(text: &[u8]) -> Option<u16> {
    let digits = std::str::from_utf8(text)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok().filter(|&port| port != 0)
}

/// RFC 2428 says any of ASCII 33 to 126; a digit could not be told from the port.
fn is_delimiter(c: char) -> bool {
    c.is_ascii_graphic() && !c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eprt_takes_both_families_and_any_delimiter() {
        assert_eq!(
            parse(b"|1|132.235.1.2|6275|"),
            Ok("132.235.1.2:6275".parse().unwrap())
        );
        assert_eq!(
            parse(b"!2!1080::8:800:200C:417A!5282!"),
            Ok("[1080::8:800:200C:417A]:5282".parse().unwrap())
        );
        assert_eq!(parse(b"|3|x|1|"), Err(FtpError::UnknownFamily));
        for bad in [
            "",
            "|",
            "|1|1.2.3.4|0|",
            "|1|::1|5|",
            "|2|1.2.3.4|5|",
            "|1|1.2.3.4|5",
            "|1|1.2.3.4|65536|",
            "|1|1.2.3.4|+5001|",
            "111111",
        ] {
            assert_eq!(parse(bad.as_bytes()), Err(FtpError::BadExtendedPort), "{bad}");
        }
    }

    #[test]
    fn the_port_of_229_is_found_between_the_third_and_the_fourth_delimiter() {
        let text = b"Entering Extended Passive Mode (|||6446|)";
        let (range, port) = find_port(text).expect("it has a port");
        assert_eq!((&text[range], port), (&b"6446"[..], 6446));
        assert_eq!(find_port(b"ok (!!!7!)").map(|found| found.1), Some(7));
        for bad in [
            "",
            "(",
            "(|||)",
            "(|||0|)",
            "(|||65536|)",
            "(||6446|)",
            "(4447444)",
        ] {
            assert_eq!(find_port(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn an_address_is_written_as_it_is_read() {
        for text in ["192.0.2.7:65534", "[2001:db8::1]:1024"] {
            let address = text.parse().unwrap();
            assert_eq!(parse(format(address).as_bytes()), Ok(address));
        }
    }
}
