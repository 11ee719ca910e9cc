//! One question to the kernel about one TCP socket (`sock_diag(7)`, `inet_diag_req_v2` and `inet_diag_msg`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, setsockopt, socket,
    sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::Uid;

use super::OwnedSocket;

/// `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST`.
const REQUEST: u16 = 1;
/// `NLMSG_ERROR`.
const ERROR: u16 = 2;
/// `struct nlmsghdr`.
const HEADER: usize = 16;
/// `struct inet_diag_msg` with the header before it.
const ANSWER: usize = HEADER + 72;
/// `TCP_LISTEN`.
const LISTEN: u8 = 10;

/// What the kernel says about a socket that a process holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) user: Uid,
    pub(super) inode: u32,
}

/// Makes a socket for questions about the network namespace of the calling thread.
pub(crate) fn open() -> io::Result<OwnedFd> {
    let netlink = socket(
        AddressFamily::Netlink,
        SockType::Datagram,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkSockDiag,
    )?;
    // The kernel answers while it takes the question; the bound is for what nobody expects.
    setsockopt(&netlink, sockopt::ReceiveTimeout, &TimeVal::seconds(1))?;
    Ok(netlink)
}

/// The socket in question; none where it is not there or no process holds it any more.
pub(super) fn find(netlink: &OwnedFd, wanted: OwnedSocket) -> io::Result<Option<Held>> {
    let (local, remote, listening) = match wanted {
        OwnedSocket::Listening(local) => (local, nobody(local), true),
        OwnedSocket::Connected { local, remote } => (local, remote, false),
    };
    let found = ask(netlink, local, remote)?;
    // A socket that its program has closed has no inode, and the kernel calls root its user.
    Ok(found
        .filter(|found| found.held.inode != 0 && found.listening == listening)
        .map(|found| found.held))
}

/// Whether there is an end of a connection with these addresses, in use or on its way out.
pub(crate) fn is_taken(netlink: &OwnedFd, local: SocketAddr, remote: SocketAddr) -> io::Result<bool> {
    Ok(ask(netlink, local, remote)?.is_some_and(|found| !found.listening))
}

/// What the kernel has for a packet from `remote` to `local`.
struct Found {
    listening: bool,
    held: Held,
}

fn ask(netlink: &OwnedFd, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Found>> {
    let kernel = NetlinkAddr::new(0, 0);
    sendto(
        netlink.as_raw_fd(),
        &question(canonical(local), canonical(remote)),
        &kernel,
        MsgFlags::empty(),
    )?;
    let mut answer = [0; 512];
    let length = recv(netlink.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    let answer = answer.get(..length).unwrap_or_default();
    match kind(answer) {
        Some(ERROR) => match refusal(answer) {
            Some(nix::libc::ENOENT) => Ok(None),
            errno => Err(io::Error::from_raw_os_error(errno.unwrap_or(nix::libc::EPROTO))),
        },
        Some(BY_FAMILY) if answer.len() >= ANSWER => {
            let found = &answer[HEADER..];
            let held = Held {
                user: Uid::from_raw(number(found, 64)),
                inode: number(found, 68),
            };
            Ok(Some(Found {
                listening: found[1] == LISTEN,
                held,
            }))
        }
        _ => Err(io::Error::from_raw_os_error(nix::libc::EPROTO)),
    }
}

fn question(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let family = if local.is_ipv6() {
        AddressFamily::Inet6
    } else {
        AddressFamily::Inet
    };
    let mut text = Vec::with_capacity(HEADER + 56);
    text.extend([0; 4]);
    text.extend(BY_FAMILY.to_ne_bytes());
    text.extend(REQUEST.to_ne_bytes());
    // Sequence number and sender: one question, one answer, the kernel fills in the sender.
    text.extend([0; 8]);
    text.extend([family as i32 as u8, nix::libc::IPPROTO_TCP as u8, 0, 0]);
    // Any state.
    text.extend(u32::MAX.to_ne_bytes());
    text.extend(local.port().to_be_bytes());
    text.extend(remote.port().to_be_bytes());
    text.extend(padded(local.ip()));
    text.extend(padded(remote.ip()));
    // Any interface; no cookie.
    text.extend(0_u32.to_ne_bytes());
    text.extend([u8::MAX; 8]);
    let length = text.len() as u32;
    text[..4].copy_from_slice(&length.to_ne_bytes());
    text
}

fn padded(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => {
            let mut padded = [0; 16];
            padded[..4].copy_from_slice(&v4.octets());
            padded
        }
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// The peer that only a listener is open for.
fn nobody(local: SocketAddr) -> SocketAddr {
    let ip = if canonical(local).is_ipv4() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    } else {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED)
    };
    SocketAddr::new(ip, 0)
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn kind(answer: &[u8]) -> Option<u16> {
    Some(u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?))
}

/// The error of an `NLMSG_ERROR`, positive.
fn refusal(answer: &[u8]) -> Option<i32> {
    let bytes = answer.get(HEADER..HEADER + 4)?.try_into().ok()?;
    i32::from_ne_bytes(bytes).checked_neg()
}

/// A number of an answer that is long enough.
fn number(answer: &[u8], at: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&answer[at..at + 4]);
    u32::from_ne_bytes(bytes)
}
