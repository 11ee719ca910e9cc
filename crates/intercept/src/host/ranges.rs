//! Ranges as `nft` takes them in a set: sorted, and none that overlap.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `{ 21, 990-995 }`.
pub(super) fn ports(ranges: &[(u16, u16)]) -> String {
    let wide = ranges
        .iter()
        .map(|(low, high)| (u128::from(*low), u128::from(*high)));
    // Bounds come from ports and go back to them.
    set(merge(wide.collect()), |number| (number as u16).to_string())
}

/// `{ 192.0.2.1, 10.0.0.0-10.255.255.255 }`, of addresses of one family.
pub(super) fn addresses(ranges: &[(IpAddr, IpAddr)]) -> String {
    let v4 = ranges.first().is_some_and(|(low, _)| low.is_ipv4());
    let wide = ranges.iter().map(|(low, high)| (number(*low), number(*high)));
    set(merge(wide.collect()), |number| {
        if v4 {
            // Bounds come from addresses of this family and go back to them.
            Ipv4Addr::from_bits(number as u32).to_string()
        } else {
            Ipv6Addr::from_bits(number).to_string()
        }
    })
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn merge(mut ranges: Vec<(u128, u128)>) -> Vec<(u128, u128)> {
    ranges.sort_unstable();
    let mut merged: Vec<(u128, u128)> = Vec::new();
    for (low, high) in ranges {
        match merged.last_mut() {
            Some((_, end)) if low <= end.saturating_add(1) => *end = (*end).max(high),
            _ => merged.push((low, high)),
        }
    }
    merged
}

fn set(ranges: Vec<(u128, u128)>, show: impl Fn(u128) -> String) -> String {
    let members: Vec<String> = ranges
        .into_iter()
        .map(|(low, high)| {
            if low == high {
                show(low)
            } else {
                format!("{}-{}", show(low), show(high))
            }
        })
        .collect();
    format!("{{ {} }}", members.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_meet_become_one() {
        assert_eq!(
            ports(&[(990, 990), (21, 30), (25, 40), (41, 41)]),
            "{ 21-41, 990 }"
        );
        let range = |low: &str, high: &str| (low.parse().unwrap(), high.parse().unwrap());
        let mixed = [range("10.0.0.5", "10.0.0.9"), range("10.0.0.1", "10.0.0.7")];
        assert_eq!(addresses(&mixed), "{ 10.0.0.1-10.0.0.9 }");
        let all = [range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")];
        assert_eq!(addresses(&all), "{ ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff }");
    }
}
