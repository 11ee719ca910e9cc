//! The host interceptor: `TTLSIntercept` statements.

mod arrivals;
mod plan;
mod side;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use ttls_intercept::host::{Host, HostListeners, HostSettings, Plan};
use ttls_policy::{Direction, Intercept, Policy};

pub(crate) use arrivals::{AwaitedPeer, ClearSession};
pub(crate) use side::HostSide;

use crate::accept::{accept_failed, serve_inbound};
use crate::agent::{Agent, AgentError};
use crate::connection::{Map, Origin};
use crate::drain::{Drain, WeakWatch};
use crate::host_outbound::caught;
use crate::outcome::Ended;
use crate::relay;
use crate::session::{Inbound, InnerSide};
use arrivals::Delivery;

/// The interceptors of a running agent.
pub(crate) struct Hosts {
    intercepts: Vec<Intercept>,
    sides: Vec<Arc<HostSide>>,
    /// Ends with the agent's last session.
    serving: Mutex<JoinSet<()>>,
}

/// What an interceptor puts on a host, for people.
#[derive(Debug, Clone)]
pub struct HostRules {
    /// Name of the `TTLSIntercept`.
    pub name: String,
    /// Where it works, under which names and numbers.
    pub settings: HostSettings,
    /// What it catches.
    pub plan: Plan,
}

/// What the interceptors of a policy put on the host, in the order of the sources.
pub fn host_rules(policy: &Policy) -> Vec<HostRules> {
    let plan = plan::layout(policy).plan;
    let rules = |intercept: &Intercept| HostRules {
        name: intercept.name.clone(),
        settings: plan::settings(intercept),
        plan: plan.clone(),
    };
    policy.intercepts().iter().map(rules).collect()
}

impl Hosts {
    /// Opens every interceptor of the policy, verifies it by doing, and serves.
    ///
    /// Where this fails, rules may stand already: what they cover is closed then.
    pub(crate) async fn open(agent: &Arc<Agent>, drain: &Drain) -> Result<Self, AgentError> {
        let installed = agent.installed();
        let mut hosts = Self {
            intercepts: installed.policy().intercepts().to_vec(),
            sides: Vec::new(),
            serving: Mutex::default(),
        };
        if !installed.policy().intercepts().is_empty() {
            for rule in plan::without_range(installed.policy()) {
                tracing::warn!(
                    rule,
                    "without PASSIVEDATAPORTS the daemon's data ports are guarded only while they are announced; name \
                     its range"
                );
            }
        }
        for intercept in installed.policy().intercepts() {
            let (host, listeners) = Host::open(plan::settings(intercept)).await?;
            let side = Arc::new(HostSide::new(intercept, host));
            side.apply(installed.policy()).await?;
            side.host.verify().await?;
            tracing::info!(intercept = side.name, "host interceptor in place and verified");
            hosts.serve(agent, &side, listeners, drain);
            hosts.sides.push(side);
        }
        Ok(hosts)
    }

    /// There is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.sides.is_empty()
    }

    /// Whether the rules of another policy can be put in force: its interceptors are those that are open.
    pub(crate) fn fits(&self, policy: &Policy) -> Result<(), AgentError> {
        match change(&self.intercepts, policy.intercepts()) {
            Some((name, change)) => Err(AgentError::InterceptChanges { name, change }),
            None => Ok(()),
        }
    }

    /// Puts the rules of another policy in force. Where that fails, those of before stay.
    pub(crate) async fn apply(&self, policy: &Policy) -> Result<(), AgentError> {
        for side in &self.sides {
            side.apply(policy).await?;
        }
        Ok(())
    }

    /// Takes the rules away, where the policy wants that. After the drain: what still runs is cut.
    pub(crate) async fn close(&self, policy: &Policy) {
        let mut serving = std::mem::take(&mut *self.serving());
        serving.shutdown().await;
        for (intercept, side) in self.intercepts.iter().zip(&self.sides) {
            if policy.keeps_at_stop(intercept) {
                tracing::info!(intercept = side.name, "rules stay: what they cover is closed");
            } else if let Err(error) = side.host.remove().await {
                tracing::error!(intercept = side.name, %error, "rules stay: what they cover is closed");
            }
        }
    }

    fn serving(&self) -> MutexGuard<'_, JoinSet<()>> {
        // A panic elsewhere leaves the set whole.
        self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, agent: &Arc<Agent>, side: &Arc<HostSide>, listeners: HostListeners, drain: &Drain) {
        let mut serving = self.serving();
        for listener in listeners.inbound {
            serving.spawn(accept_inbound(
                agent.clone(),
                side.clone(),
                listener,
                drain.weak(),
            ));
        }
        for listener in listeners.data {
            serving.spawn(accept_data(agent.clone(), side.clone(), listener, drain.weak()));
        }
        for listener in listeners.outbound {
            serving.spawn(accept_outbound(
                agent.clone(),
                side.clone(),
                listener,
                drain.weak(),
            ));
        }
    }
}

/// The first difference between interceptors: whose, and which.
fn change(before: &[Intercept], after: &[Intercept]) -> Option<(String, &'static str)> {
    let find = |all: &[Intercept], name: &str| all.iter().find(|other| other.name == name).cloned();
    let of_after = after
        .iter()
        .find_map(|intercept| match find(before, &intercept.name) {
            None => Some((intercept.name.clone(), "is new")),
            Some(known) => (known != *intercept).then(|| (intercept.name.clone(), "has changed")),
        });
    let gone = || before.iter().find(|known| find(after, &known.name).is_none());
    of_after.or_else(|| gone().map(|known| (known.name.clone(), "is gone")))
}

/// New connections of peers, until the agent stops; then there is no listener, which is closed.
async fn accept_inbound(agent: Arc<Agent>, side: Arc<HostSide>, listener: TcpListener, watch: WeakWatch) {
    let mut closing = watch.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = closing.closed() => return,
        };
        let (outer, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                accept_failed(&error).await;
                continue;
            }
        };
        let Some(watch) = watch.upgrade() else {
            return;
        };
        match Inbound::new(outer, peer, InnerSide::Host(side.clone())) {
            Ok(interception) => {
                serve_inbound(&agent, agent.installed(), interception, watch);
            }
            Err(error) => tracing::debug!(%peer, %error, "connection gone before it was looked at"),
        }
    }
}

/// Announced connections of peers; also while the agent stops, for the sessions that still run.
async fn accept_data(agent: Arc<Agent>, side: Arc<HostSide>, listener: TcpListener, watch: WeakWatch) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                accept_failed(&error).await;
                continue;
            }
        };
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        match side.arrivals.deliver(local, stream, peer) {
            Delivery::Delivered => {}
            Delivery::Clear(stream) => {
                let Some(watch) = watch.upgrade() else {
                    return;
                };
                let (agent, side) = (agent.clone(), side.clone());
                tokio::spawn(async move {
                    relay_clear(&agent, &side, stream, peer, local).await;
                    drop(watch);
                });
            }
            Delivery::Stranger(stream) => {
                ttls_intercept::reset(&stream);
                tracing::warn!(%peer, %local, "data connection refused: it was not announced to that peer");
            }
        }
    }
}

/// A data connection of a session that the policy leaves in clear.
async fn relay_clear(agent: &Agent, side: &HostSide, outer: TcpStream, peer: SocketAddr, local: SocketAddr) {
    let origin = Origin {
        map: Map::Primary,
        interceptor: "host",
        direction: Direction::Inbound,
    };
    let outcome = agent.table.register(origin, peer, local);
    let connection = outcome.connection().clone();
    ttls_intercept::reset(&outer);
    let limits = &agent.settings.limits;
    let serve = async {
        let connected = tokio::time::timeout(limits.connect, side.connect(peer, local)).await;
        match connected.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())) {
            Ok(inner) => relay::tunnel(inner, outer, limits, &outcome).await,
            Err(error) => Ended::NoApplication(format!("{local}: {error}")),
        }
    };
    let ended = tokio::select! {
        ended = serve => ended,
        () = connection.dropped() => Ended::Dropped,
    };
    outcome.log(&ended);
}

/// Connections of local programs; also while the agent stops, for the sessions that still run.
async fn accept_outbound(agent: Arc<Agent>, side: Arc<HostSide>, listener: TcpListener, watch: WeakWatch) {
    loop {
        match listener.accept().await {
            Ok((inner, program)) => {
                let Some(watch) = watch.upgrade() else {
                    return;
                };
                tokio::spawn(caught(agent.clone(), side.clone(), inner, program, watch));
            }
            Err(error) => accept_failed(&error).await,
        }
    }
}
