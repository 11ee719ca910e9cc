//! What can be learned from a socket that a program passed, without changing anything about it.
//!
//! The program goes on using the socket: its flags, options and data are its own. The exceptions are named.

use std::io;
use std::mem::size_of;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{MsgFlags, recv};
use socket2::{Protocol, SockRef, Type};

/// `SO_NETNS_COOKIE` of `asm-generic/socket.h` (Linux 5.14).
const SO_NETNS_COOKIE: libc::c_int = 71;

/// Number of a network namespace; no two that exist have the same.
pub type NamespaceCookie = u64;

/// Both ends of a connection, as one process sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ends {
    /// The network namespace of the process's end.
    pub namespace: NamespaceCookie,
    /// Its own end.
    pub local: SocketAddr,
    /// The other end.
    pub remote: SocketAddr,
}

impl Ends {
    /// Those of a process's socket, with the addresses as [`Ends`] has them: IPv4 as IPv4, and no scope of link-local ones.
    pub fn new(namespace: NamespaceCookie, local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            namespace,
            local: plain(local),
            remote: plain(remote),
        }
    }
}

/// What is wrong with a passed descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassedError {
    /// It is no socket.
    #[error("the descriptor is no socket")]
    NotASocket,
    /// It is a socket, but not one of TCP.
    #[error("the socket is not one of TCP")]
    NotTcp,
    /// It is not connected, or not any more.
    #[error("the socket is not connected")]
    NotConnected,
    /// The system does not say.
    #[error("the socket cannot be looked at: {0}")]
    System(Errno),
}

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Open in both directions.
    Established,
    /// Ended in one direction at least.
    Ending,
    /// Neither yet open, nor still.
    NotConnected,
}

/// A connected TCP socket of another process.
#[derive(Debug)]
pub struct PassedSocket {
    socket: OwnedFd,
    ends: Ends,
}

impl PassedSocket {
    /// Takes a descriptor that is a connected TCP socket; gives back any other.
    ///
    /// # Errors
    /// What it is instead.
    pub fn check(descriptor: OwnedFd) -> Result<Self, (PassedError, OwnedFd)> {
        match ends(&descriptor) {
            Ok(ends) => Ok(Self {
                socket: descriptor,
                ends,
            }),
            Err(error) => Err((error, descriptor)),
        }
    }

    /// The program's end and the agent's.
    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// How far the connection has come.
    ///
    /// # Errors
    /// What `getsockopt` says.
    pub fn progress(&self) -> io::Result<Progress> {
        progress(&self.socket)
    }

    /// Bytes that the program wrote and that the other end's system has not got yet.
    ///
    /// # Errors
    /// What `ioctl` says.
    pub fn unsent(&self) -> io::Result<usize> {
        unsent(&self.socket)
    }

    /// Bytes that have arrived and that the program has not read.
    ///
    /// # Errors
    /// What `ioctl` says.
    pub fn unread(&self) -> io::Result<usize> {
        unread(&self.socket)
    }

    /// Looks at the first bytes that the program has not read; they stay.
    ///
    /// # Errors
    /// `WouldBlock` where there are none; what `recv` says.
    pub fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        peek(&self.socket, buffer)
    }

    /// Takes back bytes that the program has not read. Only while the program waits for it.
    ///
    /// # Errors
    /// `WouldBlock` where there are none; what `recv` says.
    pub fn take_back(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(recv(self.socket.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT)?)
    }

    /// Makes the system acknowledge at once what has arrived (it may wait 40 ms for company), so that the other end's
    /// [`unsent`] tells the truth. It changes nothing lasting.
    pub fn acknowledge(&self) {
        acknowledge(&self.socket);
    }

    /// The descriptor, to be closed where that may block.
    pub fn into_descriptor(self) -> OwnedFd {
        self.socket
    }
}

/// Both ends of a connection from the side of the process at its other end, in the same network namespace.
///
/// # Errors
/// It is gone already, or the kernel is older than Linux 5.14.
pub fn ends_of_partner(stream: &impl AsFd) -> io::Result<Ends> {
    let stream = stream.as_fd();
    let (local, remote) = addresses(&stream)?;
    Ok(Ends::new(namespace(&stream)?, remote, local))
}

/// Bytes written to a TCP socket that the other end's system has not got yet.
///
/// # Errors
/// What `ioctl` says.
pub fn unsent(socket: &impl AsFd) -> io::Result<usize> {
    count(socket, libc::TIOCOUTQ)
}

/// Bytes that have arrived on a TCP socket and were not read.
///
/// # Errors
/// What `ioctl` says.
pub fn unread(socket: &impl AsFd) -> io::Result<usize> {
    count(socket, libc::FIONREAD)
}

/// Looks at the first bytes that were not read from a socket; they stay.
///
/// # Errors
/// `WouldBlock` where there are none; what `recv` says.
pub fn peek(socket: &impl AsFd, buffer: &mut [u8]) -> io::Result<usize> {
    let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
    Ok(recv(socket.as_fd().as_raw_fd(), buffer, flags)?)
}

/// Makes the system acknowledge at once what has arrived on a TCP socket.
pub fn acknowledge(socket: &impl AsFd) {
    // Fails only on a connection that is gone.
    let _ = SockRef::from(socket).set_tcp_quickack(true);
}

/// Ends the write side of a TCP connection.
///
/// # Errors
/// It is gone already.
pub fn end_writing(socket: &impl AsFd) -> io::Result<()> {
    SockRef::from(socket).shutdown(std::net::Shutdown::Write)
}

fn ends(descriptor: &OwnedFd) -> Result<Ends, PassedError> {
    let socket = SockRef::from(descriptor);
    match socket.r#type() {
        Ok(Type::STREAM) => {}
        Ok(_) => return Err(PassedError::NotTcp),
        Err(error) if error.raw_os_error() == Some(libc::ENOTSOCK) => return Err(PassedError::NotASocket),
        Err(error) => return Err(system(&error)),
    }
    match socket.protocol() {
        Ok(Some(Protocol::TCP)) => {}
        Ok(_) => return Err(PassedError::NotTcp),
        Err(error) => return Err(system(&error)),
    }
    if progress(descriptor).map_err(|error| system(&error))? == Progress::NotConnected {
        return Err(PassedError::NotConnected);
    }
    let (local, remote) = addresses(descriptor).map_err(|error| system(&error))?;
    let namespace = namespace(descriptor).map_err(|error| system(&error))?;
    Ok(Ends {
        namespace,
        local,
        remote,
    })
}

fn system(error: &io::Error) -> PassedError {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOTCONN) => PassedError::NotConnected,
        Some(errno) => PassedError::System(errno),
        None => PassedError::NotTcp,
    }
}

/// Local and remote address; IPv4 as IPv4 on a socket for both families too, and without the scope of link-local
/// addresses, which the ends may spell differently.
fn addresses(socket: &impl AsFd) -> io::Result<(SocketAddr, SocketAddr)> {
    let socket = SockRef::from(socket);
    let plain = |address: socket2::SockAddr| {
        let address = address.as_socket().ok_or(io::ErrorKind::Unsupported)?;
        io::Result::Ok(plain(address))
    };
    Ok((plain(socket.local_addr()?)?, plain(socket.peer_addr()?)?))
}

fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// First byte of `tcp_info`: the state, as numbered in `net/tcp_states.h`.
fn progress(socket: &impl AsFd) -> io::Result<Progress> {
    const ESTABLISHED: u8 = 1;
    const ENDING: [u8; 4] = [4, 5, 8, 9];
    let mut state = [0_u8; 1];
    option(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut state)?;
    Ok(match state[0] {
        ESTABLISHED => Progress::Established,
        state if ENDING.contains(&state) => Progress::Ending,
        _ => Progress::NotConnected,
    })
}

/// The network namespace of a socket.
///
/// # Errors
/// What `getsockopt` says.
pub fn namespace(socket: &impl AsFd) -> io::Result<NamespaceCookie> {
    let mut cookie = [0; size_of::<NamespaceCookie>()];
    option(socket, libc::SOL_SOCKET, SO_NETNS_COOKIE, &mut cookie)?;
    Ok(NamespaceCookie::from_ne_bytes(cookie))
}

fn option(socket: &impl AsFd, level: libc::c_int, name: libc::c_int, value: &mut [u8]) -> io::Result<()> {
    // Never longer than a `tcp_info`.
    let mut length = value.len() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes to `value`, which is that long, and the length it wrote to
    // `length`; both outlive the call.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    Errno::result(result)?;
    Ok(())
}

fn count(socket: &impl AsFd, request: libc::Ioctl) -> io::Result<usize> {
    let mut count: libc::c_int = 0;
    // SAFETY: both requests write one int, to `count`, which outlives the call.
    let result = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), request, &raw mut count) };
    Errno::result(result)?;
    Ok(usize::try_from(count).unwrap_or(0))
}
