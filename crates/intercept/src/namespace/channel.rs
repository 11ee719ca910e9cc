//! Packets with file descriptors over a unix `SOCK_SEQPACKET` socket.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, sendmsg,
    socketpair,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::io::unix::AsyncFd;

/// Longest packet, in bytes; every message is far shorter.
const LONGEST: usize = 8 * 1024;

/// Most file descriptors beside one packet.
pub(crate) const MOST_FDS: usize = 16;

/// Both ends: the agent's, which does not block, and the helper's, which does.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let (ours, theirs) = socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?;
    let ours = std::os::unix::net::UnixStream::from(ours);
    ours.set_nonblocking(true)?;
    Ok((ours.into(), theirs))
}

/// Sends one packet.
pub(crate) fn send<M: Serialize>(
    socket: BorrowedFd<'_>,
    message: &M,
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    let raw: Vec<_> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&raw)];
    let beside = if raw.is_empty() { &[][..] } else { &rights[..] };
    retry(|| {
        sendmsg::<()>(
            socket.as_raw_fd(),
            &[IoSlice::new(&text)],
            beside,
            MsgFlags::MSG_NOSIGNAL,
            None,
        )
    })?;
    Ok(())
}

/// Receives one packet; `None` when the other end is gone.
pub(crate) fn receive<M: DeserializeOwned>(socket: BorrowedFd<'_>) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
    let mut text = vec![0; LONGEST];
    let mut beside = cmsg_space!([std::os::fd::RawFd; MOST_FDS]);
    let mut fds = Vec::new();
    let length = {
        let mut parts = [IoSliceMut::new(&mut text)];
        // No retry on EINTR here: signals are blocked in the helper, and the agent's socket does not block.
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let packet = match recvmsg::<()>(socket.as_raw_fd(), &mut parts, Some(&mut beside), flags) {
            Err(Errno::ECONNRESET) => return Ok(None),
            packet => packet?,
        };
        for part in packet.cmsgs()? {
            if let ControlMessageOwned::ScmRights(received) = part {
                // SAFETY: the kernel has just made these descriptors for us; nobody else knows them.
                fds.extend(received.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
            }
        }
        packet.bytes
    };
    if length == 0 {
        return Ok(None);
    }
    Ok(Some((serde_json::from_slice(&text[..length])?, fds)))
}

/// The agent's end.
#[derive(Debug)]
pub(crate) struct Channel(AsyncFd<OwnedFd>);

impl Channel {
    pub(crate) fn new(socket: OwnedFd) -> io::Result<Self> {
        // SAFETY: the descriptor is owned by what is registered, and nothing replaces or closes it before its
        // drop.
        let registered = unsafe { AsyncFd::register(socket) };
        Ok(Self(registered?))
    }

    pub(crate) async fn send<M: Serialize>(&self, message: &M, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        loop {
            let mut ready = self.0.writable().await?;
            if let Ok(sent) = ready.try_io(|socket| send(socket.as_fd(), message, fds)) {
                return sent;
            }
        }
    }

    /// Sends at once or fails with `WouldBlock`.
    pub(crate) fn try_send<M: Serialize>(&self, message: &M) -> io::Result<()> {
        send(self.0.as_fd(), message, &[])
    }

    pub(crate) async fn receive<M: DeserializeOwned>(&self) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
        loop {
            let mut ready = self.0.readable().await?;
            if let Ok(received) = ready.try_io(|socket| receive(socket.as_fd())) {
                return received;
            }
        }
    }

    /// Ends the conversation; the helper kills what is left of the program and ends.
    pub(crate) fn shut(&self) {
        // Fails only when the other end is gone already.
        let _ = nix::sys::socket::shutdown(self.0.as_raw_fd(), nix::sys::socket::Shutdown::Both);
    }
}

fn retry<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
