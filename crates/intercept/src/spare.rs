//! A socket for the next passive data listener, made when nobody waits for it.
//!
//! Making one is the longest part of listening, and a client waits for the port meanwhile.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;

use socket2::Socket;

use crate::socket;

/// What decides a socket's options before it has an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    v6: bool,
    loopback: bool,
}

impl Kind {
    fn of(address: SocketAddr) -> Self {
        Self {
            v6: address.is_ipv6(),
            loopback: address.ip().is_loopback(),
        }
    }
}

thread_local! {
    /// Of the last kind only: the clients of one thread mostly come to one address. Belongs to the thread's network namespace.
    static SPARE: RefCell<Option<(Kind, Socket)>> = const { RefCell::new(None) };
}

/// Makes what the next [`bind_in`](crate::bind_in) at this address, on this thread, begins with.
pub fn prepare_listener(at: SocketAddr) {
    let kind = Kind::of(at);
    SPARE.with_borrow_mut(|spare| {
        if !matches!(spare, Some((made, _)) if *made == kind) {
            // Without one, the listener makes its own, and says what is wrong.
            *spare = socket::unbound_listener(at).ok().map(|socket| (kind, socket));
        }
    });
}

/// The spare one, or a new one.
pub(crate) fn take(at: SocketAddr) -> io::Result<Socket> {
    let kind = Kind::of(at);
    let spare = SPARE.take().filter(|(made, _)| *made == kind);
    match spare {
        Some((_, socket)) => Ok(socket),
        None => socket::unbound_listener(at),
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_prepared_socket_is_taken_once_and_by_its_kind_only() {
        let [v4, v6]: [SocketAddr; 2] = ["127.0.0.1:0", "[::1]:0"].map(|text| text.parse().unwrap());
        prepare_listener(v4);
        let made = SPARE.with_borrow(|spare| spare.as_ref().unwrap().1.as_raw_fd());
        prepare_listener(v4);
        assert_eq!(take(v4).unwrap().as_raw_fd(), made);
        assert!(SPARE.with_borrow(Option::is_none));
        prepare_listener(v4);
        let other = take(v6).unwrap();
        assert!(other.only_v6().is_ok());
    }
}
