//! Link-local IPv6 addresses: they mean something only together with an interface (RFC 4007).

use std::net::{IpAddr, SocketAddr};

/// The same address and interface with another port.
pub fn with_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

/// An address that was told without its interface, on the interface of another where both are link-local.
pub fn beside(mut told: SocketAddr, other: SocketAddr) -> SocketAddr {
    if let (SocketAddr::V6(address), SocketAddr::V6(known)) = (&mut told, other)
        && address.ip().is_unicast_link_local()
        && known.ip().is_unicast_link_local()
        && address.scope_id() == 0
    {
        address.set_scope_id(known.scope_id());
    }
    told
}

/// It takes an interface to reach it.
pub fn is_link_local(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local())
}
