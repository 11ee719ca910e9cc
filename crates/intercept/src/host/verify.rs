//! Verification by doing: a connection in a stranger's name to a listener of this host.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use nix::ifaddrs::getifaddrs;

use super::Host;
use crate::error::InterceptError;
use crate::socket;

/// Everything happens on this host.
const BOUND: Duration = Duration::from_secs(3);

/// Documentation addresses (RFC 5737, RFC 3849): nobody's.
const STRANGERS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

pub(super) async fn verify(host: &Host) -> Result<(), InterceptError> {
    let unknown = |error| InterceptError::host("list the addresses of this host", &error);
    let addresses = host.worker.run(addresses).await.map_err(unknown)?;
    for stranger in STRANGERS {
        // Strangers never reach loopback addresses; without another there is nothing to verify.
        let Some(own) = addresses.iter().find(|own| own.is_ipv4() == stranger.is_ipv4()) else {
            continue;
        };
        let step = format!("reach a local listener in the name of {stranger}");
        let tried = tokio::time::timeout(BOUND, try_it(host, stranger, *own)).await;
        let reason = match tried {
            Ok(Ok(seen)) if seen == stranger => continue,
            Ok(Ok(seen)) => format!("it came from {seen}"),
            Ok(Err(error)) => error.to_string(),
            Err(_) => {
                "nothing arrived within 3 s; does another nftables table drop packets on lo, or another \
                       routing rule come before ours?"
                    .to_owned()
            }
        };
        return Err(InterceptError::host(&step, &reason));
    }
    Ok(())
}

/// Addresses of this host that strangers can reach.
fn addresses() -> Vec<IpAddr> {
    let interfaces = getifaddrs().into_iter().flatten();
    interfaces
        .filter_map(|interface| {
            let address = interface.address?;
            match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
                (Some(v4), _) if !v4.ip().is_loopback() => Some(IpAddr::V4(v4.ip())),
                (_, Some(v6)) if !v6.ip().is_loopback() && !v6.ip().is_unicast_link_local() => {
                    Some(IpAddr::V6(v6.ip()))
                }
                _ => None,
            }
        })
        .collect()
}

/// The address that the listener sees, after bytes went both ways.
async fn try_it(host: &Host, stranger: IpAddr, own: IpAddr) -> io::Result<IpAddr> {
    let address = SocketAddr::new(own, 0);
    let made = host.worker.run(move || socket::listener(address, 1)).await??;
    let listener = tokio::net::TcpListener::from_std(made.into())?;
    let (near, far) = tokio::join!(
        host.connect_inner(stranger, listener.local_addr()?),
        listener.accept()
    );
    let (near, (far, seen)) = (near?, far?);
    far.writable().await?;
    far.try_write(b"x")?;
    near.readable().await?;
    near.try_read(&mut [0])?;
    Ok(seen.ip())
}
