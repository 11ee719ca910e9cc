//! `h1,h2,h3,h4,p1,p2`: the argument of PORT and the numbers in 227 (RFC 959).

use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::Range;

use crate::error::FtpError;

/// Reads the argument of PORT.
///
/// # Errors
/// Anything but six numbers from 0 to 255 with commas, or port 0.
pub(crate) fn parse(argument: &[u8]) -> Result<SocketAddrV4, FtpError> {
    let argument = argument.trim_ascii();
    match six(argument) {
        Some((end, address)) if end == argument.len() && address.port() != 0 => Ok(address),
        _ => Err(FtpError::BadHostPort),
    }
}

/// Finds the first six numbers in the text of a 227, wherever they stand: parentheses are customary, not required.
pub(crate) fn find(text: &[u8]) -> Option<(Range<usize>, SocketAddrV4)> {
    (0..text.len())
        .filter(|&at| at == 0 || !text[at - 1].is_ascii_digit())
        .find_map(|start| {
            let (length, address) = six(&text[start..])?;
            Some((start..start + length, address))
        })
}

/// Writes an address in this form.
pub(crate) fn format(address: SocketAddrV4) -> String {
    let [a, b, c, d] = address.ip().octets();
    let [high, low] = address.port().to_be_bytes();
    format!("{a},{b},{c},{d},{high},{low}")
}

/// Six numbers at the start of `text`, and how many bytes they take. Blanks may follow a comma.
fn six(text: &[u8]) -> Option<(usize, SocketAddrV4)> {
    let mut numbers = [0; 6];
    let mut at = 0;
    for (index, number) in numbers.iter_mut().enumerate() {
        if index > 0 {
            at += text.get(at..)?.strip_prefix(b",").map(|_| 1)?;
            at += text[at..].iter().take_while(|&&byte| byte == b' ').count();
        }
        let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        *number = std::str::from_utf8(&text[at..at + digits])
            .ok()?
            .parse::<u8>()
            .ok()?;
        at += digits;
    }
    let [a, b, c, d, high, low] = numbers;
    Some((
        at,
        SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low])),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_takes_six_numbers_and_nothing_else() {
        assert_eq!(parse(b"192,0,2,7,4,1"), Ok("192.0.2.7:1025".parse().unwrap()));
        for bad in [
            "",
            "1,2,3,4,5",
            "1,2,3,4,5,6,7",
            "1,2,3,4,5,256",
            "a,2,3,4,5,6",
            "1,2,3,4,0,0",
            "1,2,3,4,5,",
        ] {
            assert_eq!(parse(bad.as_bytes()), Err(FtpError::BadHostPort), "{bad}");
        }
    }

    #[test]
    fn the_numbers_of_227_are_found_in_any_dress() {
        let wanted = "127.0.0.1:1029".parse().unwrap();
        for text in [
            "Entering Passive Mode (127,0,0,1,4,5).",
            "Entering Passive Mode 127,0,0,1,4,5",
            "=127,0,0,1,4,5",
            "Passive, 3 numbers (127, 0, 0, 1, 4, 5)",
        ] {
            let (range, address) = find(text.as_bytes()).expect(text);
            assert_eq!(address, wanted, "{text}");
            assert!(text[range].starts_with("127") && text.contains("4,"));
        }
        assert_eq!(find(b"Entering Passive Mode"), None);
        assert_eq!(find(b"(1127,0,0,1,4,5"), None);
    }

    #[test]
    fn an_address_is_written_as_it_is_read() {
        let address = "192.0.2.7:65534".parse().unwrap();
        assert_eq!(parse(format(address).as_bytes()), Ok(address));
    }
}
