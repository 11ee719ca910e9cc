//! The network inside: `lo` up with the machine's addresses, and every address local.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use rtnetlink::packet_route::address::AddressHeaderFlags;
use rtnetlink::packet_route::route::{RouteScope, RouteType};
use rtnetlink::{Handle, LinkUnspec, RouteMessageBuilder, new_connection};

use super::identity::Made;
use crate::error::InterceptError;
use crate::socket::UNPACED;

/// `lo` is the first interface of every namespace.
pub(crate) const LO: u32 = 1;

/// The routing table of local addresses (`RT_TABLE_LOCAL`).
const TABLE_LOCAL: u32 = 255;

/// The machine's addresses, as the program would see them outside.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    addresses: Vec<IpAddr>,
    source4: Option<Ipv4Addr>,
    source6: Option<Ipv6Addr>,
}

impl Outside {
    /// Looks around; before the namespace is entered. What cannot be found out is left out.
    pub(crate) fn look() -> Self {
        let addresses = addresses();
        let first4 = addresses
            .iter()
            .find_map(|ip| if let IpAddr::V4(ip) = ip { Some(*ip) } else { None });
        let first6 = addresses
            .iter()
            .find_map(|ip| if let IpAddr::V6(ip) = ip { Some(*ip) } else { None });
        // Documentation addresses (RFC 5737, RFC 3849) stand for "anywhere"; connecting UDP sends nothing.
        let source4 = match source_towards(SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 9))) {
            Some(IpAddr::V4(ip)) if addresses.contains(&ip.into()) => Some(ip),
            _ => first4,
        };
        let source6 = match source_towards(SocketAddr::from((
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
            9,
        ))) {
            Some(IpAddr::V6(ip)) if addresses.contains(&ip.into()) => Some(ip),
            _ => first6,
        };
        Self {
            addresses,
            source4,
            source6,
        }
    }
}

/// Sets up the network of the namespace just entered; the result says whether it has IPv6.
pub(crate) fn set_up(outside: &Outside, made: Made) -> Result<bool, InterceptError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|error| InterceptError::setup("talk to the kernel's routing", &error))?;
    let v6 = runtime.block_on(links_and_routes(outside))?;
    // Daemons bind to the local address of a control connection. For IPv4 a local route suffices, IPv6 asks
    // for more.
    if v6 {
        sysctl("ipv6/ip_nonlocal_bind", "1")?;
    }
    // A peer may come back from the same port while the inner socket of its last connection is in TIME_WAIT.
    sysctl("ipv4/tcp_tw_reuse", "1")?;
    // The program's connections end in ttls. A kernel that refuses it paces them, which is slower and nothing else.
    let _ = sysctl("ipv4/tcp_congestion_control", UNPACED);
    if made == Made::UserAndNetwork {
        // The program has no capability, and port 21 is not the machine's.
        sysctl("ipv4/ip_unprivileged_port_start", "0")?;
    }
    Ok(v6)
}

async fn links_and_routes(outside: &Outside) -> Result<bool, InterceptError> {
    let failed = |step: &'static str| move |error: rtnetlink::Error| InterceptError::setup(step, &error);
    let (connection, handle, _) =
        new_connection().map_err(|error| InterceptError::setup("talk to the kernel's routing", &error))?;
    let connection = tokio::spawn(connection);
    handle
        .link()
        .change(LinkUnspec::new_with_index(LO).up().build())
        .execute()
        .await
        .map_err(failed("bring lo up"))?;
    let v6 = has_v6();
    for &address in outside.addresses.iter().filter(|address| v6 || address.is_ipv4()) {
        add_address(&handle, address)
            .await
            .map_err(failed("give lo the machine's addresses"))?;
    }
    route4(&handle, outside.source4)
        .await
        .map_err(failed("make every IPv4 address local"))?;
    if v6 {
        route6(&handle, outside.source6)
            .await
            .map_err(failed("make every IPv6 address local"))?;
    }
    connection.abort();
    Ok(v6)
}

/// A machine may have been booted without IPv6, or have it switched off for all namespaces.
fn has_v6() -> bool {
    fs::read_to_string("/proc/sys/net/ipv6/conf/lo/disable_ipv6").is_ok_and(|disabled| disabled.trim() == "0")
}

async fn add_address(handle: &Handle, address: IpAddr) -> Result<(), rtnetlink::Error> {
    let prefix = if address.is_ipv4() { 32 } else { 128 };
    let mut request = handle.address().add(LO, address, prefix);
    if address.is_ipv6() {
        // Else it cannot be used until duplicate address detection has run, which on `lo` is soon, but not at
        // once.
        request.message_mut().header.flags |= AddressHeaderFlags::Nodad;
    }
    request.execute().await
}

/// The source address matters: without one the kernel gives a connection its destination as its source too.
async fn route4(handle: &Handle, source: Option<Ipv4Addr>) -> Result<(), rtnetlink::Error> {
    let route = RouteMessageBuilder::<Ipv4Addr>::new()
        .destination_prefix(Ipv4Addr::UNSPECIFIED, 0)
        .output_interface(LO)
        .table_id(TABLE_LOCAL)
        .kind(RouteType::Local)
        .scope(RouteScope::Host)
        .pref_source(source.unwrap_or(Ipv4Addr::LOCALHOST))
        .build();
    handle.route().add(route).execute().await
}

async fn route6(handle: &Handle, source: Option<Ipv6Addr>) -> Result<(), rtnetlink::Error> {
    let route = RouteMessageBuilder::<Ipv6Addr>::new()
        .destination_prefix(Ipv6Addr::UNSPECIFIED, 0)
        .output_interface(LO)
        .table_id(TABLE_LOCAL)
        .kind(RouteType::Local)
        .pref_source(source.unwrap_or(Ipv6Addr::LOCALHOST))
        .build();
    handle.route().add(route).execute().await
}

/// The addresses of all interfaces that are up, but loopback and IPv6 link-local ones.
fn addresses() -> Vec<IpAddr> {
    let Ok(interfaces) = getifaddrs() else {
        return Vec::new();
    };
    let found: BTreeSet<IpAddr> = interfaces
        .filter(|interface| interface.flags.contains(InterfaceFlags::IFF_UP))
        .filter_map(|interface| {
            let address = interface.address?;
            match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
                (Some(v4), _) => Some(IpAddr::V4(v4.ip())),
                (_, Some(v6)) if !v6.ip().is_unicast_link_local() => Some(IpAddr::V6(v6.ip())),
                _ => None,
            }
        })
        // Those of 127.0.0.0/8 and ::1 are inside anyway; others may well be on `lo`, such as service
        // addresses.
        .filter(|address| !address.is_loopback())
        .collect();
    found.into_iter().collect()
}

fn source_towards(anywhere: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(crate::socket::any(anywhere.is_ipv6(), 0)).ok()?;
    socket.connect(anywhere).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn sysctl(name: &str, value: &str) -> Result<(), InterceptError> {
    let set = |error: io::Error| {
        let reason = format!("{error}; is /proc/sys mounted read-only in this container?");
        InterceptError::setup(&format!("set net/{name} to {value} in it"), &reason)
    };
    fs::write(format!("/proc/sys/net/{name}"), value).map_err(set)
}
