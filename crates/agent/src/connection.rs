//! What is known of one live connection. Log line, metrics, messages and status rows are views of it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use ttls_intercept::passed::Ends;
use ttls_policy::{ActionSet, Direction};
use ttls_tls::Negotiated;

use crate::flow::Flow;
use crate::signal::Control;

/// Names a connection among those of one agent; eight hexadecimal digits, as NETSTAT shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConnId(pub(crate) u32);

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

/// What a connection is to the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Map {
    /// A rule matched it.
    Primary,
    /// Mapped by `SecondaryMap On` onto this one.
    Secondary(ConnId),
}

impl Map {
    /// A word for logs, metrics and status.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary(_) => "secondary",
        }
    }
}

/// Where a connection came from; it never changes, but a primary connection may turn out to follow another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) map: Map,
    /// `gateway`, `run` ...
    pub(crate) interceptor: &'static str,
    pub(crate) direction: Direction,
}

/// Whether TLS is up (the state words of NETSTAT).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// `Not_Secure`.
    Clear,
    /// `In_Progress`: a handshake runs since then.
    Handshake(Instant),
    /// `Secure`.
    Tls,
}

/// What the policy said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mapped {
    /// Nothing, or nothing yet.
    No,
    /// `TTLSEnabled Off`, by this rule.
    NotEnabled(String),
    /// `TTLSEnabled On`.
    Tls(Arc<ActionSet>),
}

/// The inner leg's two ends, as the application sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InnerLeg {
    /// The application's own end.
    pub(crate) application: SocketAddr,
    /// The other end: the application's `getpeername`.
    pub(crate) other: SocketAddr,
}

/// What becomes known while the connection lives.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) peer: SocketAddr,
    /// The application's end as the peer sees it.
    pub(crate) local: SocketAddr,
    pub(crate) inner: Option<InnerLeg>,
    /// The generation of the policy that was asked about it.
    pub(crate) generation: Option<u64>,
    pub(crate) mapped: Mapped,
    pub(crate) security: Security,
    /// What the last handshake agreed on; kept after TLS was stopped.
    pub(crate) negotiated: Option<Negotiated>,
    /// User of the application's process, where the policy asks for it.
    pub(crate) owner: Option<String>,
    /// Job name of the application's process, where the policy asks for it.
    pub(crate) job: Option<String>,
    /// Whom the application knows the peer as: the name of an FTP log-in.
    pub(crate) user: Option<String>,
}

/// One live connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnId,
    pub(crate) origin: Origin,
    /// The one that it turned out to follow when it was mapped.
    pub(crate) follows: OnceLock<ConnId>,
    pub(crate) moved: Moved,
    started: Instant,
    facts: Mutex<Facts>,
    dropped: watch::Sender<bool>,
    /// The ends of the socket that the application holds, once it is reached.
    pub(crate) ends: OnceLock<Ends>,
    /// Where the connection is between clear and TLS, for those who wait for it.
    pub(crate) stage: watch::Sender<Stage>,
    /// Leads to the session where the application controls the connection.
    pub(crate) controls: OnceLock<mpsc::Sender<Control>>,
}

/// Where a connection is between clear and TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stage {
    /// TLS was never up.
    #[default]
    Clear,
    Starting,
    Secure,
    Stopping,
    /// Clear again.
    Stopped,
    /// A handshake or stop has failed, and with it the connection.
    Failed,
}

/// Bytes of payload moved so far.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    /// From the peer to the application.
    pub(crate) received: Flow,
    /// From the application to the peer.
    pub(crate) sent: Flow,
}

impl Connection {
    pub(crate) fn new(id: ConnId, origin: Origin, peer: SocketAddr, local: SocketAddr) -> Self {
        Self {
            id,
            origin,
            follows: OnceLock::new(),
            moved: Moved::default(),
            started: Instant::now(),
            facts: Mutex::new(Facts {
                peer,
                local,
                inner: None,
                generation: None,
                mapped: Mapped::No,
                security: Security::Clear,
                negotiated: None,
                owner: None,
                job: None,
                user: None,
            }),
            dropped: watch::Sender::new(false),
            ends: OnceLock::new(),
            stage: watch::Sender::default(),
            controls: OnceLock::new(),
        }
    }

    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        // Every change is one assignment, so a panic elsewhere does not spoil it.
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it is to the policy.
    pub(crate) fn map(&self) -> Map {
        self.follows
            .get()
            .map_or(self.origin.map, |primary| Map::Secondary(*primary))
    }

    pub(crate) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Ends the connection, as failed, wherever it is.
    pub(crate) fn drop_it(&self) {
        self.dropped.send_replace(true);
    }

    /// Ready when somebody asked for the end of the connection.
    pub(crate) async fn dropped(&self) {
        // The sender is a part of this very object.
        let _ = self.dropped.subscribe().wait_for(|dropped| *dropped).await;
    }
}

impl Moved {
    /// Received and sent.
    pub(crate) fn both(&self) -> (u64, u64) {
        (self.received.total(), self.sent.total())
    }

    pub(crate) fn total(&self) -> u64 {
        let (received, sent) = self.both();
        received + sent
    }
}

impl Stage {
    /// Whether it will change by itself.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self, Self::Starting | Self::Stopping)
    }
}
