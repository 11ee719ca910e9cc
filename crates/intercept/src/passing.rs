//! Listening sockets from one process to another, over a unix stream socket.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};

/// Most listeners of one call of [`pass_listeners`]; the kernel takes 253 descriptors beside one message.
pub const BATCH: usize = 64;

/// Passes at most [`BATCH`] listeners, beside one byte.
///
/// # Errors
/// What `sendmsg` says; `WouldBlock` where the socket does not block and is full.
pub fn pass_listeners(socket: BorrowedFd<'_>, listeners: &[BorrowedFd<'_>]) -> io::Result<()> {
    let raw: Vec<RawFd> = listeners.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&raw)];
    let payload = [IoSlice::new(b"L")];
    sendmsg::<()>(
        socket.as_raw_fd(),
        &payload,
        &rights,
        MsgFlags::MSG_NOSIGNAL,
        None,
    )?;
    Ok(())
}

/// Takes what one call of [`pass_listeners`] has passed; nothing at the end of the stream.
///
/// # Errors
/// What `recvmsg` says, and descriptors that do not listen.
pub fn take_listeners(socket: BorrowedFd<'_>) -> io::Result<Vec<TcpListener>> {
    let mut byte = [0];
    let mut beside = cmsg_space!([RawFd; BATCH]);
    let mut passed = Vec::new();
    let mut payload = [IoSliceMut::new(&mut byte)];
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut payload, Some(&mut beside), flags)?;
    for part in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(received) = part {
            // SAFETY: the kernel has just made these descriptors for us; nobody else knows them.
            passed.extend(received.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
        }
    }
    let listens = |fd: &OwnedFd| socket2::SockRef::from(fd).is_listener();
    for fd in &passed {
        if !listens(fd)? {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a descriptor was passed that does not listen",
            ));
        }
    }
    Ok(passed.into_iter().map(TcpListener::from).collect())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_passed_listener_accepts_what_came_to_it_before() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let _client = TcpStream::connect(address).unwrap();
        pass_listeners(ours.as_fd(), &[listener.as_fd()]).unwrap();
        drop(listener);
        let taken = take_listeners(theirs.as_fd()).unwrap();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].local_addr().unwrap(), address);
        assert!(taken[0].accept().is_ok());
        drop(ours);
        assert!(take_listeners(theirs.as_fd()).unwrap().is_empty());
    }

    #[test]
    fn what_does_not_listen_is_not_taken() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let other = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        pass_listeners(ours.as_fd(), &[other.as_fd()]).unwrap();
        assert!(take_listeners(theirs.as_fd()).is_err());
    }
}
