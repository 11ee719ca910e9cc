//! The host interceptor: services that already run, in the agent's own network namespace or another one.
//!
//! One nftables table (see [`ruleset`]) leads connections to transparent listeners on loopback; two routing rules keep on
//! the host what belongs there. The listeners' sockets have the peer's and the program's true addresses. Towards a local
//! program the agent speaks from the peer's address (another port of it: this host has the peer's own port in use
//! already). Everything marked as not to leave the host is dropped where it would; a listener that is gone means drop.
//! So what happens to the agent opens nothing; only [`Host::remove`] does.

mod announced;
mod guard;
mod plan;
mod ranges;
mod routing;
mod rules;
pub mod ruleset;
mod settings;
mod verify;
mod worker;

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use socket2::Socket;
use tokio::net::{TcpListener, TcpStream};

use crate::dial;
use crate::error::InterceptError;
use crate::identity::{SocketTable, is_taken, open_socket_table};
use crate::link;
use crate::listen::{self, PortChoice};
use crate::socket;

pub use announced::{Announced, Way};
pub use plan::{Plan, PlanRule};
pub use settings::{HostSettings, Marks};

use rules::Rules;
use worker::Worker;

/// Ports from which the agent speaks to local programs in the name of peers: those that peers themselves use least, below
/// what systems choose from, and none that a program may take for privileged.
const INNER_PORTS: std::ops::Range<u32> = 1_024..32_768;

/// Ports that are tried for one connection before it is given up.
const TRIES: usize = 64;

/// An interceptor of one network namespace. Clones are handles on the same one. Dropping it changes nothing on the host:
/// everything stays closed.
#[derive(Clone)]
pub struct Host {
    rules: Arc<Rules>,
    worker: Worker,
    /// Made in the namespace.
    netlink: Arc<OwnedFd>,
    sockets: SocketTable,
    next_port: Arc<AtomicU32>,
    /// Rules that others take away are put back for as long as there is a handle.
    _guard: Arc<guard::Alarm>,
}

/// What the rules lead connections to. The accepted socket's local address is where the connection was going.
#[derive(Debug)]
pub struct HostListeners {
    /// Connections of peers.
    pub inbound: Vec<TcpListener>,
    /// Announced connections of peers.
    pub data: Vec<TcpListener>,
    /// Connections of local programs.
    pub outbound: Vec<TcpListener>,
}

/// An announced connection that the rules lead to the agent; taken back when it is dropped.
#[derive(Debug)]
pub struct Announcement {
    host: Host,
    way: Way,
    address: SocketAddr,
}

impl Host {
    /// Opens the listeners. Nothing is caught before [`Host::install`].
    ///
    /// # Errors
    /// The namespace cannot be entered, the ports are taken (by another agent, for instance), or privileges are missing.
    pub async fn open(settings: HostSettings) -> Result<(Self, HostListeners), InterceptError> {
        let worker = Worker::start(settings.namespace.as_deref()).await?;
        let wanted = settings.clone();
        let made = worker.run(move || Made::new(&wanted)).await;
        let made = made.map_err(|error| InterceptError::host("work in the network namespace", &error))??;
        let listen = |sockets: Vec<Socket>| {
            let listeners = sockets
                .into_iter()
                .map(|socket| TcpListener::from_std(socket.into()));
            listeners
                .collect::<io::Result<Vec<_>>>()
                .map_err(|error| InterceptError::host("listen", &error))
        };
        let [inbound, data, outbound] = made.listeners;
        let listeners = HostListeners {
            inbound: listen(inbound)?,
            data: listen(data)?,
            outbound: listen(outbound)?,
        };
        let rules = Arc::new(Rules::new(settings, made.v6));
        let mended = (worker.clone(), rules.clone());
        let guard: Arc<guard::Alarm> = Arc::new(move || {
            let (worker, rules) = mended.clone();
            // Without its thread the interceptor is gone.
            let _ = worker.post(move || rules.mend());
        });
        guard::watch(made.changes, Arc::downgrade(&guard))
            .map_err(|error| InterceptError::host("watch over its rules", &error))?;
        let host = Self {
            rules,
            worker,
            netlink: Arc::new(made.netlink),
            sockets: SocketTable::new(made.table),
            next_port: Arc::new(AtomicU32::new(std::process::id().wrapping_mul(7919))),
            _guard: guard,
        };
        Ok((host, listeners))
    }

    /// Puts the rules for a plan in the place of those of before, in one transaction: of this agent, or of one that has
    /// crashed. Announced connections stay.
    ///
    /// # Errors
    /// What the kernel or `nft` says; the rules of before stay then.
    pub async fn install(&self, plan: Plan) -> Result<(), InterceptError> {
        let rules = self.rules.clone();
        self.there(move || rules.install(plan)).await
    }

    /// Takes rules, routes and marks off the host again. From then on nothing is caught.
    ///
    /// # Errors
    /// What the kernel or `nft` says.
    pub async fn remove(&self) -> Result<(), InterceptError> {
        let rules = self.rules.clone();
        self.there(move || rules.remove()).await
    }

    /// Makes connections through the rules and says whether they arrive as they shall: a foreign address reaches a local
    /// listener as itself.
    ///
    /// # Errors
    /// What this host lacks.
    pub async fn verify(&self) -> Result<(), InterceptError> {
        verify::verify(self).await
    }

    /// The sockets of the namespace.
    pub fn sockets(&self) -> &SocketTable {
        &self.sockets
    }

    /// Has the rules lead an announced connection to the agent: to `address`, opened the given way. When this returns,
    /// they do.
    ///
    /// # Errors
    /// What `nft` says.
    pub async fn announce(&self, way: Way, address: SocketAddr) -> io::Result<Announcement> {
        let announcement = Announcement {
            host: self.clone(),
            way,
            address,
        };
        let rules = self.rules.clone();
        let done = self.worker.run(move || rules.announce(way, address));
        done.await?.map_err(io::Error::other)?;
        Ok(announcement)
    }

    /// Connects to a local program in the name of a peer: from its address and a port of the agent's choice.
    ///
    /// Bound the wait from outside. Closing the connection is a reset until [`end_in_order`](crate::end_in_order).
    ///
    /// # Errors
    /// What the system says.
    pub async fn connect_inner(&self, from: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
        if to.ip().is_loopback() && self.rules.settings.listens_on(to.port()) {
            // What arrives there would come back here without end.
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let host = self.clone();
        let socket = self.worker.run(move || host.inner_dialer(from, to)).await??;
        dial::connect(OwnedFd::from(socket), to).await
    }

    /// Connects to the network as the agent itself: no rule for programs catches it. The local port is a wish where it is
    /// not 0, the address is not.
    ///
    /// # Errors
    /// What the system says.
    pub async fn connect_outer(&self, from: SocketAddr, to: SocketAddr) -> io::Result<TcpStream> {
        let mark = self.rules.settings.marks.outer();
        let attempt = async |from| {
            let socket = self
                .worker
                .run(move || socket::host_outer_dialer(from, to, mark))
                .await??;
            dial::connect(OwnedFd::from(socket), to).await
        };
        match attempt(from).await {
            Err(error) if from.port() != 0 && dial::port_denied(&error) => {
                attempt(SocketAddr::new(from.ip(), 0)).await
            }
            result => result,
        }
    }

    /// Listens for a connection that a peer was told of: see [`bind_in`](crate::bind_in). Not on a port whose
    /// connections the rules would catch.
    ///
    /// # Errors
    /// What the system says; `AddrInUse` or `AddrNotAvailable` where no port is left.
    pub async fn listen_in(&self, at: SocketAddr, ports: PortChoice) -> io::Result<TcpListener> {
        let rules = self.rules.clone();
        let bound = move || listen::bound_in(at, ports, |port| !rules.catch(link::with_port(at, port)));
        let socket = self.worker.run(bound).await??;
        TcpListener::from_std(socket.into())
    }

    /// A socket whose addresses no connection of this host has. The peer's own connection to the agent has the peer's
    /// port, and conntrack cannot tell two connections with the same addresses apart.
    fn inner_dialer(&self, from: IpAddr, to: SocketAddr) -> io::Result<Socket> {
        let mut refused = io::Error::from(io::ErrorKind::AddrInUse);
        let span = INNER_PORTS.end - INNER_PORTS.start;
        for _ in 0..TRIES {
            let step = self.next_port.fetch_add(1, Ordering::Relaxed) % span;
            // Both bounds are ports.
            let port = (INNER_PORTS.start + step) as u16;
            let from = SocketAddr::new(from, port);
            if from == to || is_taken(&self.netlink, to, from)? {
                continue;
            }
            match socket::host_inner_dialer(from, self.rules.settings.marks.inner()) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => refused = error,
                made => return made,
            }
        }
        Err(refused)
    }

    async fn there(
        &self,
        work: impl FnOnce() -> Result<(), InterceptError> + Send + 'static,
    ) -> Result<(), InterceptError> {
        let done = self.worker.run(work).await;
        done.map_err(|error| InterceptError::host("work in the network namespace", &error))?
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        let (rules, way, address) = (self.host.rules.clone(), self.way, self.address);
        let release = move || rules.release(way, address);
        // Without the thread there is nobody to change the rules, and they are closed.
        let _ = self.host.worker.post(release);
    }
}

/// What is made in the namespace.
struct Made {
    listeners: [Vec<Socket>; 3],
    netlink: OwnedFd,
    table: OwnedFd,
    changes: OwnedFd,
    v6: bool,
}

impl Made {
    fn new(settings: &HostSettings) -> Result<Self, InterceptError> {
        let netlink = || open_socket_table().map_err(|error| InterceptError::host("look at sockets", &error));
        let v6 =
            socket::host_catcher(SocketAddr::new(socket::loopback(true), 0), settings.marks.outer()).is_ok();
        let listen = |port| {
            let families = [Some(false), v6.then_some(true)];
            let sockets = families.into_iter().flatten().map(|v6| {
                let address = SocketAddr::new(socket::loopback(v6), port);
                socket::host_catcher(address, settings.marks.outer()).map_err(|error| {
                    let reason = format!("{error}{}", hint(&error));
                    InterceptError::host(&format!("listen on {address}"), &reason)
                })
            });
            sockets.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            listeners: [
                listen(settings.inbound_port())?,
                listen(settings.data_port())?,
                listen(settings.outbound_port())?,
            ],
            netlink: netlink()?,
            table: netlink()?,
            changes: guard::open().map_err(|error| InterceptError::host("watch over its rules", &error))?,
            v6,
        })
    }
}

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "; another agent serves this host, or another program has the port: choose another ListenPort"
        }
        io::ErrorKind::PermissionDenied => "; it takes root (CAP_NET_ADMIN)",
        _ => "",
    }
}
