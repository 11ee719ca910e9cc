//! What sessions need of the host that their application runs on.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpStream;
use ttls_intercept::host::{Host, Way};
use ttls_policy::{Intercept, Policy};

use super::arrivals::{Arrivals, AwaitedPeer, ClearSession};
use super::plan::{Layout, layout};
use crate::expectations::Expectations;

/// One interceptor of a host with what it waits for.
#[derive(Debug)]
pub(crate) struct HostSide {
    pub(crate) name: String,
    pub(crate) host: Host,
    /// Connections that peers are to make.
    pub(crate) arrivals: Arc<Arrivals>,
    /// Connections that local programs are to make.
    pub(crate) expectations: Arc<Expectations>,
    layout: Mutex<Arc<Layout>>,
    pub(crate) unmatched_clear: bool,
}

impl HostSide {
    pub(crate) fn new(intercept: &Intercept, host: Host) -> Self {
        Self {
            name: intercept.name.clone(),
            host,
            arrivals: Arc::default(),
            expectations: Arc::default(),
            layout: Mutex::default(),
            unmatched_clear: intercept.unmatched_clear,
        }
    }

    /// Puts the rules of a policy in force, in one transaction. Where that fails, those of before stay.
    pub(crate) async fn apply(&self, policy: &Policy) -> Result<(), ttls_intercept::InterceptError> {
        let mut next = layout(policy);
        // Sessions of earlier generations have announced ports of their ranges, and may still do so.
        next.plan.passive.extend(&self.layout().plan.passive);
        next.plan.passive.sort_unstable();
        next.plan.passive.dedup();
        self.host.install(next.plan.clone()).await?;
        *self.layout.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    /// Where the application listens for what came in on `local`.
    pub(crate) fn target(&self, local: SocketAddr) -> SocketAddr {
        let layout = self.layout();
        let port = layout.implicit.get(&local.port()).copied();
        SocketAddr::new(local.ip(), port.unwrap_or(local.port()))
    }

    /// Awaits the connection of a peer that a daemon announces; from now on the rules lead it here.
    pub(crate) async fn expect(
        &self,
        address: SocketAddr,
        peer: Option<IpAddr>,
    ) -> std::io::Result<AwaitedPeer> {
        let covered = |(low, high): &(u16, u16)| (*low..=*high).contains(&address.port());
        let announcement = if self.layout().plan.passive.iter().any(covered) {
            None
        } else {
            Some(self.host.announce(Way::Inbound, address).await?)
        };
        Ok(self.arrivals.expect(address, peer, announcement))
    }

    /// Connects to a local program in the name of a peer; closing it is a reset.
    pub(crate) async fn connect(&self, from: SocketAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
        self.host.connect_inner(from.ip(), to).await
    }

    /// Notes a session in clear.
    pub(crate) fn clear_session(&self, peer: SocketAddr, local: SocketAddr) -> ClearSession {
        self.arrivals.clear_session(peer.ip(), local.ip())
    }

    /// A local program's connection from this port must have been announced.
    pub(crate) fn is_data_port(&self, program: SocketAddr) -> bool {
        self.layout().plan.active.contains(&program.port())
    }

    fn layout(&self) -> Arc<Layout> {
        self.layout.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
