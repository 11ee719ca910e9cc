//! Listeners outside: gateways, published ports and passive data connections.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpStream};

use crate::{link, socket, spare};

/// Which port a passive data listener takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortChoice {
    /// This port where it is free (and not 0), else any free one.
    Prefer(u16),
    /// A port of a range only (`PASSIVEDATAPORTS`, bounds included).
    Within {
        /// Lowest port.
        low: u16,
        /// Highest port.
        high: u16,
        /// Taken where it is free and in the range; the search goes up from it, then on from `low`.
        prefer: u16,
    },
}

/// Listeners that the service manager opened; kept open, so that they outlive whoever uses them.
static INHERITED: Mutex<Vec<std::net::TcpListener>> = Mutex::new(Vec::new());

/// Has [`bind`] use a listener that was opened before this process began (socket activation).
pub fn inherit(listener: std::net::TcpListener) {
    INHERITED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(listener);
}

/// Listens on an address, or takes what was inherited for it. IPv6 listeners are IPv6 only, so one on `[::]` and one on `0.0.0.0` live side by
/// side.
///
/// # Errors
/// What `bind` and `listen` say: the address is in use, not of this machine, or the port needs a privilege.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let inherited = INHERITED.lock().unwrap_or_else(PoisonError::into_inner);
    let passed = inherited
        .iter()
        .find(|listener| listener.local_addr().is_ok_and(|local| local == address));
    match passed {
        Some(listener) => {
            let listener = listener.try_clone()?;
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        }
        None => into_tokio(socket::listener(address, socket::BACKLOG)?),
    }
}

/// Goes on with a listener that another process has opened.
///
/// # Errors
/// It cannot be registered with the reactor.
pub fn adopt(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Takes a connection that waits already.
///
/// # Errors
/// `WouldBlock` where none waits; else what `accept` says.
pub fn accept_waiting(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (socket, peer) = SockRef::from(listener).accept()?;
    socket.set_nonblocking(true)?;
    let peer = peer
        .as_socket()
        .ok_or_else(|| io::Error::other("the peer has no IP address"))?;
    Ok((TcpStream::from_std(socket.into())?, peer))
}

/// Listens for a passive data connection at an address, whose port does not count. For few connections: see
/// [`PortChoice`] for the port.
///
/// # Errors
/// `AddrInUse` when no port of a range is free; else what `bind` and `listen` say.
pub fn bind_in(at: SocketAddr, ports: PortChoice) -> io::Result<TcpListener> {
    into_tokio(bound_in(at, ports, |_| true)?)
}

/// The same in the network namespace of the calling thread, whatever thread that is, on a port that is `usable`.
pub(crate) fn bound_in(
    at: SocketAddr,
    ports: PortChoice,
    usable: impl Fn(u16) -> bool,
) -> io::Result<Socket> {
    let bind = |port| {
        if port != 0 && !usable(port) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let at = link::with_port(at, port);
        socket::listen(spare::take(at)?, at, socket::DATA_BACKLOG)
    };
    let socket = match ports {
        PortChoice::Prefer(0) => usable_one(bind(0)?, at, &usable)?,
        PortChoice::Prefer(port) => bind(port).or_else(|error| {
            if taken(&error) {
                usable_one(bind(0)?, at, &usable)
            } else {
                Err(error)
            }
        })?,
        PortChoice::Within { low, high, prefer } => {
            let start = if (low..=high).contains(&prefer) {
                prefer
            } else {
                low
            };
            (start..=high)
                .chain(low..start)
                .map(bind)
                .find(|bound| !matches!(bound, Err(error) if taken(error)))
                .unwrap_or_else(|| {
                    let caught = (low..=high).any(|port| !usable(port));
                    let why = if caught {
                        ", except where rules catch what comes to it"
                    } else {
                        ""
                    };
                    let text = format!("no port of {low}-{high} is free on {}{why}", at.ip());
                    Err(io::Error::new(io::ErrorKind::AddrInUse, text))
                })?
        }
    };
    Ok(socket)
}

/// How often the kernel is asked for another port.
const TRIES: usize = 64;

/// The socket, or one on another port of the kernel's choice where that of this one is not usable.
fn usable_one(mut socket: Socket, at: SocketAddr, usable: impl Fn(u16) -> bool) -> io::Result<Socket> {
    // Kept until the end, else the kernel may give the same ports again.
    let mut unusable = Vec::new();
    for _ in 0..TRIES {
        let port = socket
            .local_addr()?
            .as_socket()
            .map_or(0, |address| address.port());
        if usable(port) {
            return Ok(socket);
        }
        let other = socket::listener(link::with_port(at, 0), socket::DATA_BACKLOG)?;
        unusable.push(std::mem::replace(&mut socket, other));
    }
    let text = format!(
        "rules catch what comes to the free ports on {}: give the listener ports of its own",
        at.ip()
    );
    Err(io::Error::new(io::ErrorKind::AddrNotAvailable, text))
}

/// Another port would do: in use, or reserved (below 1024 without privilege).
fn taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
    )
}

fn into_tokio(socket: Socket) -> io::Result<TcpListener> {
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    fn port(socket: &Socket) -> u16 {
        socket.local_addr().unwrap().as_socket().unwrap().port()
    }

    #[test]
    fn only_usable_ports_are_taken() {
        let free = port(&bound_in(HERE, PortChoice::Prefer(0), |_| true).unwrap());
        let other = bound_in(HERE, PortChoice::Prefer(free), |port| port != free).unwrap();
        assert_ne!(port(&other), free);
        // Half of the ports are not usable: the kernel's first choice often is not.
        for _ in 0..20 {
            let even = bound_in(HERE, PortChoice::Prefer(0), |port| port % 4 < 2).unwrap();
            assert!(port(&even) % 4 < 2);
        }
        let none = bound_in(HERE, PortChoice::Prefer(0), |_| false).unwrap_err();
        assert_eq!(none.kind(), io::ErrorKind::AddrNotAvailable, "{none}");
        let within = PortChoice::Within {
            low: free,
            high: free,
            prefer: free,
        };
        let none = bound_in(HERE, within, |port| port != free).unwrap_err();
        assert_eq!(none.kind(), io::ErrorKind::AddrInUse, "{none}");
    }
}
