//! Passive data connections that daemons have announced and peers have not made yet.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::oneshot;
use ttls_intercept::host::Announcement;

/// A connection with its peer.
type Arrived = (TcpStream, SocketAddr);

/// Who waits for which connection, and which peers have sessions in clear.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<SocketAddr, Waiting>,
    clear: HashMap<(IpAddr, IpAddr), usize>,
}

#[derive(Debug)]
struct Waiting {
    /// The only peer that is let in; `None` is any.
    peer: Option<IpAddr>,
    sender: oneshot::Sender<Arrived>,
}

/// A connection that is awaited until this is dropped.
#[derive(Debug)]
pub(crate) struct AwaitedPeer {
    arrivals: Arc<Arrivals>,
    address: SocketAddr,
    arrival: oneshot::Receiver<Arrived>,
    /// Where the rules do not cover the port anyway.
    _announcement: Option<Announcement>,
}

/// A session that the policy leaves in clear: its peer's data connections are in clear as well.
#[derive(Debug)]
pub(crate) struct ClearSession {
    arrivals: Arc<Arrivals>,
    key: (IpAddr, IpAddr),
}

/// What becomes of a connection to a port of announced connections.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// Somebody awaited it and has it.
    Delivered,
    /// Nobody did; its peer has a session in clear.
    Clear(TcpStream),
    /// Nobody did.
    Stranger(TcpStream),
}

impl Arrivals {
    /// Awaits a connection to `address`.
    pub(crate) fn expect(
        self: &Arc<Self>,
        address: SocketAddr,
        peer: Option<IpAddr>,
        announcement: Option<Announcement>,
    ) -> AwaitedPeer {
        let (sender, arrival) = oneshot::channel();
        // A daemon announces a port again only when nothing came to it the first time.
        self.state().waiting.insert(address, Waiting { peer, sender });
        AwaitedPeer {
            arrivals: self.clone(),
            address,
            arrival,
            _announcement: announcement,
        }
    }

    /// Notes a session in clear between two addresses.
    pub(crate) fn clear_session(self: &Arc<Self>, peer: IpAddr, local: IpAddr) -> ClearSession {
        let key = (peer.to_canonical(), local.to_canonical());
        *self.state().clear.entry(key).or_default() += 1;
        ClearSession {
            arrivals: self.clone(),
            key,
        }
    }

    /// Hands a connection to whoever awaits it. One from the wrong peer leaves the expectation as it is.
    pub(crate) fn deliver(&self, address: SocketAddr, stream: TcpStream, peer: SocketAddr) -> Delivery {
        let mut state = self.state();
        let awaited = state.waiting.get(&address).map(|waiting| waiting.peer);
        match awaited {
            Some(only) if only.is_none_or(|ip| ip == peer.ip()) => match state.waiting.remove(&address) {
                Some(waiting) => match waiting.sender.send((stream, peer)) {
                    Ok(()) => Delivery::Delivered,
                    Err((stream, _)) => Delivery::Stranger(stream),
                },
                None => Delivery::Stranger(stream),
            },
            Some(_) => Delivery::Stranger(stream),
            None if state
                .clear
                .contains_key(&(peer.ip().to_canonical(), address.ip().to_canonical())) =>
            {
                Delivery::Clear(stream)
            }
            None => Delivery::Stranger(stream),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The table is consistent between any two statements, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AwaitedPeer {
    /// The connection, when the peer has connected; none where the expectation was lost to a newer one.
    pub(crate) async fn arrival(&mut self) -> Option<Arrived> {
        (&mut self.arrival).await.ok()
    }
}

impl Drop for AwaitedPeer {
    fn drop(&mut self) {
        self.arrival.close();
        let mut state = self.arrivals.state();
        if state
            .waiting
            .get(&self.address)
            .is_some_and(|waiting| waiting.sender.is_closed())
        {
            state.waiting.remove(&self.address);
        }
    }
}

impl Drop for ClearSession {
    fn drop(&mut self) {
        let mut state = self.arrivals.state();
        if let Some(sessions) = state.clear.get_mut(&self.key) {
            *sessions -= 1;
            if *sessions == 0 {
                state.clear.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn connection() -> (TcpStream, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let peer = near.local_addr().unwrap();
        (listener.accept().await.unwrap().0, peer)
    }

    #[tokio::test]
    async fn an_awaited_connection_goes_to_whoever_awaits_it_from_the_right_peer_only() {
        let arrivals = Arc::new(Arrivals::default());
        let address = "192.0.2.1:5000".parse().unwrap();
        let only = Some("127.0.0.1".parse().unwrap());
        let mut awaited = arrivals.expect(address, only, None);
        let (stream, _) = connection().await;
        let stranger = "127.0.0.2:40000".parse().unwrap();
        assert!(matches!(
            arrivals.deliver(address, stream, stranger),
            Delivery::Stranger(_)
        ));
        let (stream, peer) = connection().await;
        assert!(matches!(
            arrivals.deliver(address, stream, peer),
            Delivery::Delivered
        ));
        assert_eq!(awaited.arrival().await.unwrap().1, peer);
        let (stream, peer) = connection().await;
        assert!(matches!(
            arrivals.deliver(address, stream, peer),
            Delivery::Stranger(_)
        ));
    }

    #[tokio::test]
    async fn connections_of_a_peer_with_a_session_in_clear_are_in_clear_while_it_lasts() {
        let arrivals = Arc::new(Arrivals::default());
        let address: SocketAddr = "192.0.2.1:5000".parse().unwrap();
        let (stream, peer) = connection().await;
        let session = arrivals.clear_session(peer.ip(), address.ip());
        assert!(matches!(
            arrivals.deliver(address, stream, peer),
            Delivery::Clear(_)
        ));
        drop(session);
        let (stream, peer) = connection().await;
        assert!(matches!(
            arrivals.deliver(address, stream, peer),
            Delivery::Stranger(_)
        ));
    }
}
