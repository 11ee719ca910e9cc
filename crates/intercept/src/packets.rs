//! A unix `SOCK_SEQPACKET` listener whose clients pass file descriptors. Nothing that a client does can block the
//! caller, or leave one of its descriptors behind.

use std::io::{self, IoSlice};
use std::mem::size_of;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockType, UnixAddr, accept4, bind, getsockopt, listen,
    sendmsg, socket, sockopt,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Clients waiting to be accepted.
const BACKLOG: i32 = 128;

/// The kernel's own bound on descriptors beside one packet (`SCM_MAX_FD`): with room for all of them it never has to
/// close any on the caller's time.
const MOST_FDS: usize = 253;

/// A listener at a path of the file system.
#[derive(Debug)]
pub struct PacketListener(AsyncFd<OwnedFd>);

/// One client.
#[derive(Debug)]
pub struct PacketStream(AsyncFd<OwnedFd>);

/// One packet as it came.
#[derive(Debug)]
pub struct Packet {
    /// Its length; 0 is the end of the connection, or an empty packet.
    pub length: usize,
    /// It was longer than the buffer, or some descriptors could not be taken (the process has too many).
    pub truncated: bool,
    /// What was passed beside it. Closing one can block (a socket may linger): do it where that does not matter.
    pub descriptors: Vec<OwnedFd>,
}

impl PacketListener {
    /// Listens at a path where nothing is.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(path: &Path) -> io::Result<Self> {
        let socket = socket(
            AddressFamily::Unix,
            SockType::SeqPacket,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            None,
        )?;
        bind(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        listen(&socket, Backlog::new(BACKLOG)?)?;
        register(socket).map(Self)
    }

    /// The next client. Cancel safe.
    ///
    /// # Errors
    /// What `accept` says; want of descriptors passes.
    pub async fn accept(&self) -> io::Result<PacketStream> {
        loop {
            let mut ready = self.0.readable().await?;
            let accept = |listener: &AsyncFd<OwnedFd>| {
                Ok(accept4(
                    listener.as_raw_fd(),
                    SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
                )?)
            };
            if let Ok(accepted) = ready.try_io(accept) {
                // SAFETY: the kernel has just made this descriptor for us; nobody else knows it.
                let client = unsafe { OwnedFd::from_raw_fd(accepted?) };
                return register(client).map(PacketStream);
            }
        }
    }
}

impl PacketStream {
    /// User and process that connected.
    ///
    /// # Errors
    /// What `getsockopt` says.
    pub fn peer(&self) -> io::Result<(u32, i32)> {
        let peer = getsockopt(&self.0, sockopt::PeerCredentials)?;
        Ok((peer.uid(), peer.pid()))
    }

    /// Sends one packet. Cancel safe.
    ///
    /// # Errors
    /// The client is gone.
    pub async fn send(&self, packet: &[u8]) -> io::Result<()> {
        loop {
            let mut ready = self.0.writable().await?;
            let send = |client: &AsyncFd<OwnedFd>| {
                let parts = [IoSlice::new(packet)];
                sendmsg::<()>(client.as_raw_fd(), &parts, &[], MsgFlags::MSG_NOSIGNAL, None)?;
                Ok(())
            };
            if let Ok(sent) = ready.try_io(send) {
                return sent;
            }
        }
    }

    /// Ends the conversation in both directions.
    pub fn shut(&self) {
        // Fails only when the client is gone already.
        let _ = nix::sys::socket::shutdown(self.0.as_raw_fd(), nix::sys::socket::Shutdown::Both);
    }

    /// Ready when a packet, or the end, can be received; not always rightly. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn waiting(&self) -> io::Result<()> {
        self.0.readable().await.map(drop)
    }

    /// Receives one packet; none where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<Packet>> {
        let received = self
            .0
            .try_io(Interest::READABLE, |client| receive(client.as_raw_fd(), buffer));
        match received {
            Ok(packet) => Ok(Some(packet)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn register(socket: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the descriptor is owned by what is registered, and nothing replaces or closes it before its drop.
    let registered = unsafe { AsyncFd::register(socket) };
    Ok(registered?)
}

/// `recvmsg` of the `nix` crate forgets the descriptors of a truncated packet, so this is done by hand.
fn receive(socket: RawFd, buffer: &mut [u8]) -> io::Result<Packet> {
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let mut control = Control([0; HEADER + MOST_FDS]);
    // SAFETY: all fields are integers and pointers, for which zero is a value.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = size_of_val(&control) as _;
    // SAFETY: the message points to a buffer and a control buffer of the lengths that it says; both outlive the call.
    let received = unsafe { libc::recvmsg(socket, &raw mut message, libc::MSG_CMSG_CLOEXEC) };
    let length = match Errno::result(received) {
        Ok(length) => usize::try_from(length).unwrap_or(0),
        Err(Errno::ECONNRESET) => 0,
        Err(error) => return Err(error.into()),
    };
    Ok(Packet {
        length,
        truncated: message.msg_flags & (libc::MSG_TRUNC | libc::MSG_CTRUNC) != 0,
        descriptors: descriptors(&control.0, message.msg_controllen as usize),
    })
}

/// Room for one control message, aligned as its header has to be.
#[repr(C, align(8))]
struct Control([RawFd; HEADER + MOST_FDS]);

/// Length of a `cmsghdr`, in descriptors.
const HEADER: usize = size_of::<libc::cmsghdr>() / size_of::<RawFd>();

/// The descriptors of the one control message that there can be: the socket asks for no others.
fn descriptors(control: &[RawFd], filled: usize) -> Vec<OwnedFd> {
    if filled < size_of::<libc::cmsghdr>() {
        return Vec::new();
    }
    // The header starts with the length of all; the rest of it, level and type, can only be those of SCM_RIGHTS.
    let mut length = [0; size_of::<usize>()];
    for (part, word) in length.chunks_mut(size_of::<RawFd>()).zip(control) {
        part.copy_from_slice(&word.to_ne_bytes());
    }
    let length = usize::from_ne_bytes(length).min(filled);
    control[HEADER..]
        .iter()
        .take((length / size_of::<RawFd>()).saturating_sub(HEADER))
        // SAFETY: the kernel has just made these descriptors for us; nobody else knows them.
        .map(|&fd| unsafe { OwnedFd::from_raw_fd(fd) })
        .collect()
}
