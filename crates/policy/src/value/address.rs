//! Addresses, prefixes, ranges of addresses, sockets.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::{Input, Parsed};
use crate::codes::INVALID_ADDRESS;
use crate::diagnostic::Diagnostic;
use crate::model::Value;
use crate::rule::AddressRange;

pub(super) fn spec<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let word = input.word.text;
    if word.eq_ignore_ascii_case("All") {
        input.whole(Value::Addresses(None))
    } else if word.contains('/') {
        prefix(input)
    } else if word.contains('-') {
        range(input)
    } else {
        single(input)
    }
}

pub(super) fn single<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let address = address(input, input.word.text)?;
    input.whole(Value::Addresses(Some(AddressRange {
        low: address,
        high: address,
    })))
}

pub(super) fn prefix<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let Some((base, length)) = input.word.text.split_once('/') else {
        return Err(wrong(
            input,
            "is not a prefix",
            "write it as `192.0.2.0/24` or `2001:db8::/32`",
        ));
    };
    // `::/0` to `::/95` reach beyond the addresses that policies cannot have.
    let base = match base.parse::<Ipv6Addr>() {
        Ok(v6) if v6.is_unspecified() => IpAddr::V6(v6),
        _ => address(input, base)?,
    };
    let most = if base.is_ipv4() { 32 } else { 128 };
    let help = format!("the length of this prefix is a number from 0 to {most}");
    let length = length
        .parse::<u8>()
        .map_err(|_| wrong(input, "has no prefix length", &help))?;
    let net =
        IpNet::new(base, length).map_err(|_| wrong(input, "has a prefix length that is too large", &help))?;
    if net.network().is_ipv6() && length >= 96 {
        refuse_embedded(input, net.network())?;
    }
    input.whole(Value::Addresses(Some(AddressRange {
        low: net.network(),
        high: net.broadcast(),
    })))
}

pub(super) fn range<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let Some((low, high)) = input.word.text.split_once('-') else {
        return Err(wrong(
            input,
            "is not a range of addresses",
            "write it as `192.0.2.1-192.0.2.9`, without blanks",
        ));
    };
    let range = AddressRange {
        low: address(input, low)?,
        high: address(input, high)?,
    };
    if range.low.is_ipv4() != range.high.is_ipv4() {
        return Err(wrong(
            input,
            "mixes IPv4 and IPv6",
            "both ends of a range are of one family",
        ));
    }
    if range.low > range.high {
        return Err(wrong(
            input,
            "is reversed",
            "the first address is not above the second",
        ));
    }
    input.whole(Value::Addresses(Some(range)))
}

pub(super) fn socket<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    match input.word.text.parse::<SocketAddr>() {
        Ok(socket) if socket.port() != 0 => input.whole(Value::Socket(socket)),
        _ => Err(wrong(
            input,
            "is not an address with a port",
            "write it as `192.0.2.1:21`, `0.0.0.0:21` or `[2001:db8::1]:21`",
        )),
    }
}

/// A word about bits behind the length of a prefix.
pub(super) fn host_bits(text: &str, range: &AddressRange) -> Option<String> {
    let (base, _) = text.split_once('/')?;
    let base = base.parse::<IpAddr>().ok()?;
    (base != range.low).then(|| {
        format!(
            "{base} has bits behind the prefix length; the prefix begins at {}",
            range.low
        )
    })
}

fn address(input: &Input<'_, '_>, word: &str) -> Result<IpAddr, Box<Diagnostic>> {
    let Ok(address) = word.parse::<IpAddr>() else {
        let help = if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
            "this is a number: ports belong in LocalPortRange or RemotePortRange"
        } else {
            "write an address such as `192.0.2.1` or `2001:db8::1`"
        };
        return Err(wrong(input, "is not an IP address", help));
    };
    refuse_embedded(input, address)?;
    Ok(address)
}

/// IPv4 inside IPv6 is an error in AT-TLS policies. `::1` lies in `::/96` too and is let through: Linux services use it.
fn refuse_embedded(input: &Input<'_, '_>, address: IpAddr) -> Result<(), Box<Diagnostic>> {
    let IpAddr::V6(v6) = address else {
        return Ok(());
    };
    let in_lowest_96 = v6.segments()[..6].iter().all(|segment| *segment == 0) && v6 != Ipv6Addr::LOCALHOST;
    if in_lowest_96 || v6.to_ipv4_mapped().is_some() {
        return Err(wrong(
            input,
            "is an IPv4 address inside an IPv6 address",
            "write the IPv4 address itself",
        ));
    }
    Ok(())
}

fn wrong(input: &Input<'_, '_>, problem: &str, help: &str) -> Box<Diagnostic> {
    input.wrong(&INVALID_ADDRESS, problem, Some(help.to_string()))
}
