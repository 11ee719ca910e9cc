//! A piece of payload in the clothes of an IP packet, for the tools that read captures.

use std::net::{IpAddr, SocketAddr};

/// The longest piece of payload in a packet.
pub(super) const LARGEST: usize = 32 * 1024;

/// Length of a TCP header without options (RFC 9293 section 3.1).
const TCP: u16 = 20;
/// Length of an IPv4 header without options (RFC 791 section 3.1).
const IPV4: u16 = 20;
/// Protocol number of TCP.
const PROTOCOL: u8 = 6;
/// Data offset 5, flags PSH and ACK.
const FLAGS: u16 = 0x5018;
const WINDOW: u16 = u16::MAX;
const HOPS: u8 = 64;

/// What one end sent.
pub(super) struct Segment<'a> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    pub(super) acknowledged: u32,
    /// At most [`LARGEST`] bytes.
    pub(super) payload: &'a [u8],
}

impl Segment<'_> {
    /// The packet, from its IP header on.
    pub(super) fn packet(&self) -> Vec<u8> {
        // At most TCP + LARGEST, which is less than 2^16.
        let length = TCP + self.payload.len() as u16;
        let (mut packet, pseudo) = match (self.from.ip().to_canonical(), self.to.ip().to_canonical()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let addresses = [from.octets(), to.octets()].concat();
                (ipv4(length, &addresses), addresses)
            }
            (from, to) => {
                let addresses = [six(from), six(to)].concat();
                (ipv6(length, &addresses), addresses)
            }
        };
        let start = packet.len();
        packet.extend(self.from.port().to_be_bytes());
        packet.extend(self.to.port().to_be_bytes());
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.acknowledged.to_be_bytes());
        packet.extend(FLAGS.to_be_bytes());
        packet.extend(WINDOW.to_be_bytes());
        packet.extend([0; 4]);
        packet.extend(self.payload);
        let sum = checksum(&[&pseudo, &[0, PROTOCOL], &length.to_be_bytes(), &packet[start..]]);
        packet[start + 16..start + 18].copy_from_slice(&sum.to_be_bytes());
        packet
    }
}

fn ipv4(length: u16, addresses: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend((IPV4 + length).to_be_bytes());
    // Identification, then "don't fragment".
    header.extend([0, 0, 0x40, 0, HOPS, PROTOCOL, 0, 0]);
    header.extend(addresses);
    let sum = checksum(&[&header]);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

fn ipv6(length: u16, addresses: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend(length.to_be_bytes());
    header.extend([PROTOCOL, HOPS]);
    header.extend(addresses);
    header
}

fn six(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// RFC 1071. Every part but the last has an even number of bytes.
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2)).map(|pair| {
        let low = pair.get(1).copied().unwrap_or_default();
        u32::from(u16::from_be_bytes([pair[0], low]))
    });
    let mut sum: u32 = 0;
    for word in words {
        sum += word;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // The carries are folded in: 16 bits are left.
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_their_lengths_addresses_and_checksums() {
        for (from, to, header) in [
            ("192.0.2.1:21", "192.0.2.2:40000", 20),
            ("[2001:db8::1]:21", "[2001:db8::2]:40000", 40),
        ] {
            let packet = Segment {
                from: from.parse().unwrap(),
                to: to.parse().unwrap(),
                sequence: 7,
                acknowledged: 9,
                payload: b"220 hello\r\n",
            }
            .packet();
            assert_eq!(packet.len(), header + 20 + 11);
            assert_eq!(packet[header..header + 4], [0, 21, 0x9c, 0x40]);
            assert!(packet.ends_with(b"220 hello\r\n"));
            let addresses = if header == 20 {
                assert_eq!(checksum(&[&packet[..header]]), 0);
                &packet[12..20]
            } else {
                &packet[8..40]
            };
            let length = 31_u16.to_be_bytes();
            assert_eq!(
                checksum(&[addresses, &[0, PROTOCOL], &length, &packet[header..]]),
                0
            );
        }
    }
}
