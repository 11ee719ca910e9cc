//! Every socket option of this crate, each with its reason.

use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::TcpStream;

/// `SO_MARK` of the agent's own sockets in a private network namespace: their packets pass the rule that
/// catches the program's.
pub const MARK: u32 = 0x7715;

/// Connections waiting to be accepted on a control or catch-all listener; the kernel caps it at
/// `net.core.somaxconn`.
pub(crate) const BACKLOG: i32 = 1024;

/// Connections waiting on a passive data listener: one is expected, a few strangers must not keep it out.
pub(crate) const DATA_BACKLOG: i32 = 8;

/// Where the catch-all listeners of a private network namespace live: `tcpmux`, which nobody serves, so that
/// the program finds every port that it may want free. Only 127.0.0.1 and ::1 are bound.
pub(crate) const CATCH_PORT: u16 = 1;

/// The congestion control of connections that do not leave the machine. There is no path to share, and one that paces
/// (BBR, where it is the system's) has a timer per burst, which costs a third of a bulk connection's throughput. Every
/// kernel has this one, and everyone may choose it.
pub(crate) const UNPACED: &str = "reno";

/// Makes closing the stream, by dropping it for instance, send a reset instead of an orderly end (linger 0).
///
/// This is how the application learns that a connection failed: an orderly end would present what it has as
/// complete.
pub fn reset(stream: &impl AsFd) {
    // Fails only on a socket that the peer has reset already, which is what is wanted.
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Takes back [`reset`]: closing the stream is an orderly end again.
pub fn end_in_order(stream: &TcpStream) {
    // Fails only on a socket that the peer has reset already: there is nothing left to end.
    let _ = SockRef::from(stream).set_linger(None);
}

/// Options of a control connection: no delay (commands and replies are short), and keepalive, because it is
/// silent while a long transfer runs and firewalls forget silent connections: first probe after 60 s, then
/// every 20 s, given up after 6. Urgent data stay in line: the Telnet data mark of an ABOR (RFC 959 section 4.1.3) is part
/// of the command stream.
///
/// # Errors
/// What `setsockopt` says; a connection that is gone already.
pub fn tune_control(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(20))
        .with_retries(6);
    let socket = SockRef::from(stream);
    socket.set_out_of_band_inline(true)?;
    socket.set_tcp_keepalive(&keepalive)
}

/// Options of a data connection: no delay, because TLS records are written whole and the last one must not
/// wait for an acknowledgement; and acknowledgements at once, because a client that only uploads holds its first data
/// back (Nagle) until its handshake is acknowledged, and nothing else goes that way.
///
/// # Errors
/// What `setsockopt` says; a connection that is gone already.
pub fn tune_data(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_quickack(true)
}

/// A listening socket outside.
pub(crate) fn listener(address: SocketAddr, backlog: i32) -> io::Result<Socket> {
    listen(unbound_listener(address)?, address, backlog)
}

/// One that does not listen yet, for an address like this one.
pub(crate) fn unbound_listener(address: SocketAddr) -> io::Result<Socket> {
    let socket = tcp(address)?;
    if address.ip().is_loopback() {
        // Accepted connections inherit it.
        do_not_pace(&socket);
    }
    // A restart must not wait for the last connections' TIME_WAIT. Linux still refuses a second listener.
    socket.set_reuse_address(true)?;
    only_v6(&socket, address)?;
    Ok(socket)
}

/// Has it listen.
pub(crate) fn listen(socket: Socket, address: SocketAddr, backlog: i32) -> io::Result<Socket> {
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    Ok(socket)
}

/// A socket outside, bound to `local` and not connected to `remote` yet.
pub(crate) fn dialer(local: SocketAddr, remote: SocketAddr) -> io::Result<Socket> {
    let socket = tcp(local)?;
    if remote.ip().is_loopback() {
        do_not_pace(&socket);
    }
    // Many active data connections leave from port 20 at the same time, and after one another within
    // TIME_WAIT.
    socket.set_reuse_address(true)?;
    bind_late(&socket, local)?;
    socket.bind(&local.into())?;
    Ok(socket)
}

/// Inside: binds a marked socket to a foreign address, from which an inbound connection is made in its peer's name; port 0
/// takes any.
pub(crate) fn bind_foreign(socket: &OwnedFd, from: SocketAddr) -> io::Result<()> {
    let socket = SockRef::from(socket);
    // Two peers behind one address and port may ask for two of the program's ports.
    socket.set_reuse_address(true)?;
    bind_late(&socket, from)?;
    socket.bind(&from.into())
}

/// Inside: binds a socket to the port of an address, whatever the address.
pub(crate) fn bind_everywhere(socket: &OwnedFd, port_of: SocketAddr) -> io::Result<()> {
    let socket = SockRef::from(socket);
    if port_of.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&any(port_of.is_ipv6(), port_of.port()).into())
}

/// Inside: a marked socket, not bound to an address.
pub(crate) fn inside_dialer(v6: bool) -> io::Result<Socket> {
    let socket = tcp(any(v6, 0))?;
    // Not caught by the rule for the program's connections.
    socket.set_mark(MARK)?;
    // Binds to addresses that are not on an interface, and lets the answers be recognised as ours: the rule
    // accepts packets for which `socket transparent` holds.
    transparent(&socket, v6)?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket)
}

/// Inside: the listener that TPROXY hands the program's connections to.
pub(crate) fn catcher(v6: bool) -> io::Result<Socket> {
    let address = SocketAddr::new(loopback(v6), CATCH_PORT);
    let socket = tcp(address)?;
    only_v6(&socket, address)?;
    // Accepted connections inherit the mark: their packets to the program are not to be caught again.
    socket.set_mark(MARK)?;
    // TPROXY demands it, and accepted connections inherit it: they are local ends of foreign addresses.
    transparent(&socket, v6)?;
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

/// Host: a listener that TPROXY hands connections to. The mark is that of the agent's own network side: what is
/// accepted inherits it, so that no rule for programs catches it again.
pub(crate) fn host_catcher(address: SocketAddr, mark: u32) -> io::Result<Socket> {
    let socket = tcp(address)?;
    only_v6(&socket, address)?;
    // A restart must not wait for the last connections' TIME_WAIT. Linux still refuses a second listener.
    socket.set_reuse_address(true)?;
    socket.set_mark(mark)?;
    transparent(&socket, address.is_ipv6())?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

/// Host: a socket towards a local program, bound to a foreign address.
pub(crate) fn host_inner_dialer(from: SocketAddr, mark: u32) -> io::Result<Socket> {
    let socket = tcp(from)?;
    do_not_pace(&socket);
    socket.set_mark(mark)?;
    transparent(&socket, from.is_ipv6())?;
    // The same peer may reach several ports of this host from one address and port.
    socket.set_reuse_address(true)?;
    socket.bind(&from.into())?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket)
}

/// Host: a socket towards the network that no rule for programs catches.
pub(crate) fn host_outer_dialer(local: SocketAddr, remote: SocketAddr, mark: u32) -> io::Result<Socket> {
    let socket = dialer(local, remote)?;
    socket.set_mark(mark)?;
    Ok(socket)
}

/// Inside: the socket that name queries to any address arrive at.
pub(crate) fn query_catcher(v6: bool) -> io::Result<OwnedFd> {
    let address = any(v6, 53);
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    only_v6(&socket, address)?;
    // The reply leaves from the address that was asked.
    transparent(&socket, v6)?;
    socket.bind(&address.into())?;
    // Tells which address that was.
    if v6 {
        setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    } else {
        setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// The address that stands for all, with a port.
pub(crate) fn any(v6: bool, port: u16) -> SocketAddr {
    let ip = if v6 {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    } else {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    };
    SocketAddr::new(ip, port)
}

pub(crate) fn loopback(v6: bool) -> IpAddr {
    if v6 {
        Ipv6Addr::LOCALHOST.into()
    } else {
        Ipv4Addr::LOCALHOST.into()
    }
}

/// For a socket whose connections do not leave the machine, before they are made: see [`UNPACED`].
fn do_not_pace(socket: &Socket) {
    // A kernel that refuses it paces them, which is slower and nothing else.
    let _ = setsockopt(socket, sockopt::TcpCongestion, &OsString::from(UNPACED));
}

/// One that does not block.
fn tcp(address: SocketAddr) -> io::Result<Socket> {
    let kind = Type::STREAM.nonblocking();
    Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP))
}

/// One listener per family: a dual-stack one would report IPv4 peers as mapped IPv6 addresses.
fn only_v6(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    if address.is_ipv6() {
        socket.set_only_v6(true)
    } else {
        Ok(())
    }
}

/// Leaves the choice of a free port to `connect`, which needs it free towards one peer only, not altogether.
fn bind_late(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    if address.port() == 0 {
        setsockopt(socket, sockopt::IpBindAddressNoPort, &true)?;
    }
    Ok(())
}

fn transparent(socket: &Socket, v6: bool) -> io::Result<()> {
    if v6 {
        socket.set_ip_transparent_v6(true)
    } else {
        socket.set_ip_transparent_v4(true)
    }
}
