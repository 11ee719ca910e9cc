//! Free loopback ports.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Result, bail};
use rand::Rng;

/// Below Linux's ephemeral range (32768 up), so that no outgoing connection takes a port between the choice and the
/// listen, and a probe of a port with no listener cannot connect to itself.
const CHOICE: std::ops::Range<u16> = 10240..32768;
/// Attempts before giving up.
const ATTEMPTS: usize = 500;

/// `N` different loopback addresses that nothing listens on.
///
/// # Errors
/// When no free port is found in a bounded number of attempts.
pub(crate) fn free<const N: usize>() -> Result<[SocketAddr; N]> {
    let mut rng = rand::rng();
    let mut found = BTreeSet::new();
    for _ in 0..ATTEMPTS {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, rng.random_range(CHOICE)));
        if TcpListener::bind(address).is_ok() {
            found.insert(address);
        }
        if found.len() == N {
            let mut found = found.into_iter();
            return Ok(std::array::from_fn(|_| {
                found.next().expect("the set holds exactly N addresses")
            }));
        }
    }
    bail!(
        "found no {N} free ports on 127.0.0.1 in {}-{}: end some listeners and try again",
        CHOICE.start,
        CHOICE.end - 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_are_different_and_can_be_bound() {
        let addresses = free::<3>().expect("a test machine has three free ports");
        let bound: Vec<_> = addresses.iter().map(TcpListener::bind).collect();
        assert!(bound.iter().all(Result::is_ok), "{bound:?}");
    }
}
