//! The run interceptor, seen from the agent: a handle on the private network namespace.

mod behind;
mod caught;
mod channel;
mod descendants;
mod events;
mod helper;
mod identity;
mod message;
mod network;
mod program;
mod ruleset;
mod stock;
mod switchboard;

use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Command;

use crate::dial;
use crate::error::InterceptError;
use crate::identity::SocketTable;
use crate::socket::{self, CATCH_PORT};

pub use caught::{Caught, CaughtConnection};
pub use events::{ProgramEvent, ProgramEvents};
pub use helper::helper_main;

use message::Request;
use switchboard::Switchboard;

/// First argument with which this executable becomes the helper: hand over to [`helper_main`] then.
pub const HELPER_ARGUMENT: &str = "__namespace";

/// How long making the namespace may take.
const SETUP: Duration = Duration::from_secs(15);

/// How long the helper may take to answer, and to end after everything inside has been killed.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);

/// A private network namespace and the program in it.
///
/// Clones are handles on the same one. When the last is dropped, or [`Namespace::end`] is called, or the
/// agent dies, everything inside is killed.
#[derive(Debug, Clone)]
pub struct Namespace {
    switchboard: Arc<Switchboard>,
}

/// A port inside that is not chosen for the program while this lives: see [`Namespace::reserve`].
#[derive(Debug)]
pub struct ReservedPort {
    _socket: OwnedFd,
}

impl Namespace {
    /// Makes the namespace, with nothing in it yet; connections of the program come out of [`Caught`].
    ///
    /// Create it before installing signal handlers: what the agent's caller ignores (`nohup`) is then ignored
    /// in the program too.
    ///
    /// # Errors
    /// [`InterceptError::Setup`] says what this machine or this user lacks.
    pub async fn create() -> Result<(Self, Caught), InterceptError> {
        Self::create_with(&[]).await
    }

    /// The same, with variables beside the agent's own in the program's environment.
    ///
    /// # Errors
    /// See [`Namespace::create`].
    pub async fn create_with(environment: &[(&str, OsString)]) -> Result<(Self, Caught), InterceptError> {
        let (ours, theirs) = channel::pair()?;
        // The channel is the helper's standard input: no descriptor has to be handed down by number.
        let child = Command::new("/proc/self/exe")
            .arg0("ttls")
            .arg(HELPER_ARGUMENT)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .spawn()?;
        let opening = Switchboard::open(ours, child);
        let (switchboard, caught) = tokio::time::timeout(SETUP, opening).await.unwrap_or_else(|_| {
            Err(InterceptError::setup(
                "set it up",
                &"not ready after 15 s; the machine is overloaded",
            ))
        })?;
        Ok((Self { switchboard }, caught))
    }

    /// Starts the program in the namespace, with the agent's environment, working directory, process group
    /// and standard streams. The program is searched for in `PATH` as a shell does.
    ///
    /// # Errors
    /// [`InterceptError::Start`] when it cannot be executed, [`InterceptError::AlreadyStarted`].
    pub async fn spawn(&self, command: Vec<OsString>) -> Result<ProgramEvents, InterceptError> {
        let events = self
            .switchboard
            .take_events()
            .ok_or(InterceptError::AlreadyStarted)?;
        match program::request_start(&self.switchboard, &command).await {
            Ok(()) => Ok(events),
            Err(error) => {
                self.switchboard.return_events(events);
                if self.switchboard.is_gone() {
                    return Err(InterceptError::HelperGone);
                }
                Err(InterceptError::Start {
                    program: command.into_iter().next().unwrap_or_default(),
                    error,
                })
            }
        }
    }

    /// Connects to the program in the name of a peer: the program sees the connection come from `from` and to
    /// `to`.
    ///
    /// When the port of `from` is in use inside (the program listens on it), another port of the same address
    /// is taken and logged; the stream's `local_addr` tells. A listener that is not there refuses. Bound the
    /// wait from outside. From its first moment, closing the connection is a reset until
    /// [`end_in_order`](crate::end_in_order).
    ///
    /// # Errors
    /// What the system says; `InvalidInput` for addresses of different families, `NotConnected` when the helper is
    /// gone.
    pub async fn connect(&self, from: SocketAddr, to: SocketAddr) -> io::Result<TcpStream> {
        self.prepare(from, to).await?.connect().await
    }

    /// Does all of [`Namespace::connect`] that the program does not see.
    ///
    /// # Errors
    /// `InvalidInput` for addresses of different families, `NotConnected` when the helper is gone.
    pub async fn prepare(&self, from: SocketAddr, to: SocketAddr) -> io::Result<Prepared<'_>> {
        if from.is_ipv6() != to.is_ipv6() {
            let text = format!("{from} and {to} are of different address families");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let (from, to) = (inside_scope(from), inside_scope(to));
        Ok(Prepared {
            namespace: self,
            from,
            to,
            bound: self.bound(Some(from), to).await,
        })
    }

    /// Connects to a listener inside from an address of the namespace's own choice.
    ///
    /// For caught connections to loopback and to the machine's own addresses: one with a listener inside
    /// stays inside, the others (`ConnectionRefused`) are meant for the outside. Closing it is a reset, as with
    /// [`Namespace::connect`].
    ///
    /// # Errors
    /// What the system says; `NotConnected` when the helper is gone.
    pub async fn connect_inside(&self, to: SocketAddr) -> io::Result<TcpStream> {
        dial::connect(self.bound(None, to).await?, to).await
    }

    /// Keeps the kernel from choosing the port of `destination` for the program's own end of a connection.
    ///
    /// Outside, somebody listens at a destination, which keeps its port from being chosen. Inside nobody does: where both
    /// ends have the same address, the kernel may make a connection from a port to itself, which reaches nobody.
    ///
    /// # Errors
    /// `AddrInUse` where the program has the port itself, and it needs no keeping; else what the system says.
    pub async fn reserve(&self, destination: SocketAddr) -> io::Result<ReservedPort> {
        let socket = self.switchboard.socket(destination.is_ipv6()).await?;
        socket::bind_everywhere(&socket, destination)?;
        Ok(ReservedPort { _socket: socket })
    }

    /// The table of the sockets inside.
    ///
    /// # Errors
    /// What the system says; `NotConnected` when the helper is gone.
    pub async fn socket_table(&self) -> io::Result<SocketTable> {
        let netlink = self
            .switchboard
            .ask(|id| Request::SocketTable { id }, &[])
            .await?;
        let netlink = netlink.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(SocketTable::new(netlink))
    }

    /// Passes a signal on to the program: to its first process, or to all that is left when that one has
    /// ended. `SIGKILL` goes to all at once. Numbers that are no signal are ignored.
    pub fn signal(&self, signal: i32) {
        self.switchboard.post(Request::Signal { number: signal });
    }

    /// Kills whatever is left inside and waits until the helper has ended too.
    pub async fn end(&self) {
        self.switchboard.end().await;
    }

    /// The sockets on which the program's name queries arrive: those of IPv4 first. Once.
    pub(crate) fn take_query_sockets(&self) -> Vec<OwnedFd> {
        self.switchboard.take_query_sockets()
    }

    /// Ready when the namespace has ended; holds no handle.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + use<> {
        self.switchboard.ended()
    }

    /// A socket for a connection to `to`; `from` is the foreign address to bind to, where it is not left to the namespace.
    async fn bound(&self, from: Option<SocketAddr>, to: SocketAddr) -> io::Result<OwnedFd> {
        // Nobody serves there, and the agent's own listener must not be led back to the agent.
        let own = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        if to.port() == CATCH_PORT && own.contains(&to.ip()) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let socket = self.switchboard.socket(to.is_ipv6()).await?;
        if let Some(from) = from {
            socket::bind_foreign(&socket, from)?;
        }
        Ok(socket)
    }
}

/// A connection to the program in a peer's name that is yet to be made.
#[derive(Debug)]
pub struct Prepared<'a> {
    namespace: &'a Namespace,
    from: SocketAddr,
    to: SocketAddr,
    bound: io::Result<OwnedFd>,
}

impl Prepared<'_> {
    /// Makes it; see [`Namespace::connect`].
    ///
    /// # Errors
    /// What the system says; `NotConnected` when the helper is gone.
    pub async fn connect(self) -> io::Result<TcpStream> {
        let Self {
            namespace, from, to, ..
        } = self;
        let connected = match self.bound {
            Ok(socket) => dial::connect(socket, to).await,
            Err(error) => Err(error),
        };
        match connected {
            Err(error) if from.port() != 0 && dial::port_denied(&error) => {
                tracing::warn!(peer = %from, %to, %error, "peer's port is in use inside, another is seen");
                let any_port = SocketAddr::new(from.ip(), 0);
                dial::connect(namespace.bound(Some(any_port), to).await?, to).await
            }
            connected => connected,
        }
    }
}

/// Link-local addresses belong to an interface, and inside there is only `lo`.
fn inside_scope(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(mut v6) if v6.ip().is_unicast_link_local() => {
            v6.set_scope_id(network::LO);
            v6.into()
        }
        other => other,
    }
}
