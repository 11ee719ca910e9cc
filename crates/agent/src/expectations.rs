//! Active data connections announced by clients and not yet made by the program in a private namespace.
//!
//! What the program dials without an announcement must not slip through as an ordinary outbound connection: it would
//! be FTP data in clear. So clients and announced destinations stay known for a while after their session.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::oneshot;
use ttls_intercept::host::Announcement;
use ttls_intercept::{Namespace, ReservedPort};

/// How long a program may go on with the last command of a session that is gone.
const RETENTION: Duration = Duration::from_secs(600);

/// Clients and destinations remembered at most; beyond it sessions and announcements are refused.
const REMEMBERED: usize = 65_536;

/// What the program is expected to dial, and what it may dial in no other way.
#[derive(Debug, Default)]
pub(crate) struct Expectations {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<SocketAddr, oneshot::Sender<TcpStream>>,
    controlled: HashMap<Controlled, Hold>,
}

/// A destination that only announced data connections may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Controlled {
    /// A remote client's machine.
    Machine(IpAddr),
    /// A client's default data port (RFC 959 section 3.2), or what it has announced.
    Port(SocketAddr),
}

/// Sessions that hold an entry, or the time when the last one let go.
#[derive(Debug)]
struct Hold {
    sessions: usize,
    released: Instant,
}

/// Why an announcement is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExpectationError {
    /// Two sessions announce the same destination; whose connection arrives could not be told.
    #[error("another session waits for a data connection to {0}")]
    Awaited(SocketAddr),
    /// See [`REMEMBERED`].
    #[error("too many clients and announced destinations are remembered")]
    Full,
}

/// An expectation that stands until it is dropped or fulfilled.
#[derive(Debug)]
pub(crate) struct Awaited {
    expectations: Arc<Expectations>,
    destination: SocketAddr,
    arrival: oneshot::Receiver<TcpStream>,
    /// Where rules must lead it here.
    announcement: Option<Announcement>,
    /// Where the program's end must not be the destination itself.
    reserved: Option<ReservedPort>,
}

/// A controlled session: its client and everything it announces are reached by announced connections only.
#[derive(Debug)]
pub(crate) struct ControlledSession {
    expectations: Arc<Expectations>,
    held: Vec<Controlled>,
}

impl Expectations {
    fn state(&self) -> MutexGuard<'_, State> {
        // The table is consistent between any two statements, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the client of a controlled session.
    pub(crate) fn session(
        self: &Arc<Self>,
        client: SocketAddr,
    ) -> Result<ControlledSession, ExpectationError> {
        let mut session = self.session_by_port(client)?;
        if !client.ip().is_loopback() {
            session.hold(Controlled::Machine(client.ip()))?;
        }
        Ok(session)
    }

    /// The same where programs that are not the session's may well connect to the client's machine: only the client's
    /// default data port is noted.
    pub(crate) fn session_by_port(
        self: &Arc<Self>,
        client: SocketAddr,
    ) -> Result<ControlledSession, ExpectationError> {
        let mut session = ControlledSession {
            expectations: self.clone(),
            held: Vec::new(),
        };
        session.hold(Controlled::Port(plain(client)))?;
        Ok(session)
    }

    /// A session that the program opened itself: only what it announces is held.
    pub(crate) fn announcements(self: &Arc<Self>) -> ControlledSession {
        ControlledSession {
            expectations: self.clone(),
            held: Vec::new(),
        }
    }

    /// Hands a caught connection to whoever expects it; gives it back where nobody does.
    pub(crate) fn fulfil(&self, destination: SocketAddr, stream: TcpStream) -> Result<(), TcpStream> {
        let waiting = self.state().waiting.remove(&plain(destination));
        match waiting {
            Some(sender) => sender.send(stream),
            None => Err(stream),
        }
    }

    /// Whether a connection to `destination` that nobody expects would be data of a controlled session.
    pub(crate) fn is_controlled(&self, destination: SocketAddr) -> bool {
        let destination = plain(destination);
        let state = self.state();
        [
            Controlled::Port(destination),
            Controlled::Machine(destination.ip()),
        ]
        .iter()
        .any(|key| state.controlled.get(key).is_some_and(Hold::holds))
    }
}

impl ControlledSession {
    /// Announces that the program will dial `destination`.
    pub(crate) fn expect(&mut self, destination: SocketAddr) -> Result<Awaited, ExpectationError> {
        let destination = plain(destination);
        self.hold(Controlled::Port(destination))?;
        let mut state = self.expectations.state();
        if state
            .waiting
            .get(&destination)
            .is_some_and(|waiting| !waiting.is_closed())
        {
            return Err(ExpectationError::Awaited(destination));
        }
        let (sender, arrival) = oneshot::channel();
        state.waiting.insert(destination, sender);
        Ok(Awaited {
            expectations: self.expectations.clone(),
            destination,
            arrival,
            announcement: None,
            reserved: None,
        })
    }

    fn hold(&mut self, key: Controlled) -> Result<(), ExpectationError> {
        if self.held.contains(&key) {
            return Ok(());
        }
        let mut state = self.expectations.state();
        if state.controlled.len() >= REMEMBERED {
            state.controlled.retain(|_, hold| hold.holds());
            if state.controlled.len() >= REMEMBERED {
                return Err(ExpectationError::Full);
            }
        }
        let hold = state.controlled.entry(key).or_insert_with(|| Hold {
            sessions: 0,
            released: Instant::now(),
        });
        hold.sessions += 1;
        drop(state);
        self.held.push(key);
        Ok(())
    }
}

impl Hold {
    fn holds(&self) -> bool {
        self.sessions > 0 || self.released.elapsed() < RETENTION
    }
}

impl Awaited {
    /// Keeps the announcement as long as the expectation stands.
    pub(crate) fn announced_by(&mut self, announcement: Announcement) {
        self.announcement = Some(announcement);
    }

    /// Where the program in a namespace connects to the address that it has itself, keeps its end from being the
    /// destination; `program`: its end of the control connection.
    pub(crate) async fn apart_from(&mut self, program: IpAddr, namespace: &Namespace) {
        let ip = self.destination.ip();
        if !ip.is_loopback() && ip != program.to_canonical() {
            return;
        }
        match namespace.reserve(self.destination).await {
            Ok(reserved) => self.reserved = Some(reserved),
            // The program has the port, and cannot get it a second time.
            Err(error) => {
                tracing::debug!(destination = %self.destination, %error, "port not reserved inside");
            }
        }
    }

    /// The connection, when the program has dialled; none where the expectation was lost.
    pub(crate) async fn arrival(&mut self) -> Option<TcpStream> {
        (&mut self.arrival).await.ok()
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.arrival.close();
        let mut state = self.expectations.state();
        if state
            .waiting
            .get(&self.destination)
            .is_some_and(oneshot::Sender::is_closed)
        {
            state.waiting.remove(&self.destination);
        }
    }
}

impl Drop for ControlledSession {
    fn drop(&mut self) {
        let mut state = self.expectations.state();
        for key in &self.held {
            if let Some(hold) = state.controlled.get_mut(key) {
                hold.sessions -= 1;
                hold.released = Instant::now();
            }
        }
    }
}

/// Without the scope of link-local addresses, which differs inside and outside.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_destination_is_expected_by_one_session_at_a_time() {
        let table = Arc::new(Expectations::default());
        let mut one = table.session(address("192.0.2.1:40000")).unwrap();
        let mut other = table.session(address("192.0.2.1:40001")).unwrap();
        let awaited = one.expect(address("192.0.2.1:4000")).unwrap();
        assert!(matches!(
            other.expect(address("192.0.2.1:4000")),
            Err(ExpectationError::Awaited(_))
        ));
        drop(awaited);
        assert!(other.expect(address("192.0.2.1:4000")).is_ok());
        assert!(
            table.state().waiting.is_empty(),
            "a dropped expectation leaves nothing behind"
        );
    }

    #[test]
    fn what_a_controlled_client_can_be_reached_by_stays_closed_after_its_session() {
        let table = Arc::new(Expectations::default());
        let mut local = table.session(address("127.0.0.1:40000")).unwrap();
        drop(local.expect(address("127.0.0.1:5000")).unwrap());
        let remote = table.session(address("203.0.113.9:40000")).unwrap();
        for _ in 0..2 {
            assert!(
                table.is_controlled(address("127.0.0.1:40000")),
                "the default data port"
            );
            assert!(table.is_controlled(address("127.0.0.1:5000")), "announced once");
            assert!(
                !table.is_controlled(address("127.0.0.1:5432")),
                "the program's own business"
            );
            assert!(
                table.is_controlled(address("203.0.113.9:2")),
                "anywhere on a remote client's machine"
            );
            assert!(!table.is_controlled(address("203.0.113.10:2")));
        }
        drop((local, remote));
        assert!(table.is_controlled(address("127.0.0.1:5000")));
        assert!(table.is_controlled(address("203.0.113.9:2")));
    }
}
