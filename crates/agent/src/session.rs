//! One inbound connection, from left to right.

use std::fmt;
use std::future::ready;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use ttls_intercept::{Namespace, link};
use ttls_policy::{ActionSet, Connection, Direction, Gateway};

use crate::agent::Agent;
use crate::application;
use crate::connection::{Map, Origin};
use crate::drain::Watch;
use crate::expectations::Expectations;
use crate::ftp::for_server;
use crate::host::{ClearSession, HostSide};
use crate::identity;
use crate::installed::Installed;
use crate::mapping::{Course, Mapping};
use crate::outcome::{Ended, Outcome};
use crate::relay;
use crate::scope::Scope;

/// Why a program is not shown such a peer, or does not reach it.
pub(crate) const LINK_LOCAL: &str = "link-local IPv6 addresses (fe80::) mean nothing without their interface, which cannot \
                                     be kept here; use another address of the peer, or a gateway (TTLSGateway)";

/// A caught inbound connection.
pub(crate) struct Inbound {
    pub(crate) outer: TcpStream,
    pub(crate) peer: SocketAddr,
    /// The application's end as the peer sees it.
    pub(crate) local: SocketAddr,
    pub(crate) side: InnerSide,
}

/// How the application is reached: the kind of the interception.
#[derive(Clone)]
pub(crate) enum InnerSide {
    Gateway(Arc<Gateway>),
    Host(Arc<HostSide>),
    Namespace {
        namespace: Namespace,
        port: u16,
        expectations: Arc<Expectations>,
    },
}

impl Inbound {
    pub(crate) fn new(outer: TcpStream, peer: SocketAddr, side: InnerSide) -> std::io::Result<Self> {
        outer.set_nodelay(true)?;
        let local = outer.local_addr()?;
        Ok(Self {
            outer,
            peer,
            local,
            side,
        })
    }
}

impl InnerSide {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Gateway(_) => "gateway",
            Self::Host(_) => "host",
            Self::Namespace { .. } => "run",
        }
    }

    /// The application's listening address for a connection that came in on `local`.
    pub(crate) fn target(&self, local: SocketAddr) -> SocketAddr {
        match self {
            Self::Gateway(gateway) => gateway.target,
            Self::Host(side) => side.target(local),
            Self::Namespace { port, .. } => SocketAddr::new(local.ip(), *port),
        }
    }

    /// Connects to the application; where the kind allows it, as `from`.
    pub(crate) async fn connect(
        &self,
        from: SocketAddr,
        to: SocketAddr,
        bound: Duration,
    ) -> std::io::Result<TcpStream> {
        let stream = self.connect_data(from, to, bound, ready(())).await?;
        ttls_intercept::end_in_order(&stream);
        Ok(stream)
    }

    /// The same for a data connection: from its first moment, closing it is a reset. What the application does not see is
    /// done before `moment`, for which nothing bounds the wait.
    pub(crate) async fn connect_data(
        &self,
        from: SocketAddr,
        to: SocketAddr,
        bound: Duration,
        moment: impl Future<Output = ()>,
    ) -> std::io::Result<TcpStream> {
        match self {
            Self::Host(_) | Self::Namespace { .. }
                if link::is_link_local(from.ip()) || link::is_link_local(to.ip()) =>
            {
                Err(std::io::Error::new(std::io::ErrorKind::Unsupported, LINK_LOCAL))
            }
            Self::Gateway(_) => {
                moment.await;
                let stream = within(bound, ttls_intercept::connect_to(to)).await?;
                stream.set_nodelay(true)?;
                Ok(stream)
            }
            // The sockets of these have been given that option when they were made.
            Self::Host(side) => {
                moment.await;
                within(bound, side.connect(from, to)).await
            }
            Self::Namespace { namespace, .. } => {
                let prepared = within(bound, namespace.prepare(from, to)).await?;
                moment.await;
                within(bound, prepared.connect()).await
            }
        }
    }

    /// The address to announce to clients instead of the one they connected to.
    pub(crate) fn public_addr(&self) -> Option<IpAddr> {
        match self {
            Self::Gateway(gateway) => gateway.public_addr,
            Self::Host(_) | Self::Namespace { .. } => None,
        }
    }

    /// Notes a session in clear, where the connections that it announces come in by the same way.
    fn clear_session(&self, peer: SocketAddr, local: SocketAddr) -> Option<ClearSession> {
        match self {
            Self::Host(side) => Some(side.clear_session(peer, local)),
            Self::Gateway(_) | Self::Namespace { .. } => None,
        }
    }

    /// Connects to the network: to a client, from the address that it has connected to.
    pub(crate) async fn connect_outside(
        &self,
        from: SocketAddr,
        to: SocketAddr,
    ) -> std::io::Result<TcpStream> {
        match self {
            Self::Host(side) => side.host.connect_outer(from, to).await,
            Self::Gateway(_) | Self::Namespace { .. } => ttls_intercept::connect_from(from, to).await,
        }
    }

    fn unmatched_clear(&self) -> bool {
        match self {
            Self::Gateway(gateway) => gateway.unmatched_clear,
            Self::Host(side) => side.unmatched_clear,
            Self::Namespace { .. } => false,
        }
    }
}

async fn within<T>(bound: Duration, wait: impl Future<Output = std::io::Result<T>>) -> std::io::Result<T> {
    tokio::time::timeout(bound, wait)
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

impl fmt::Display for InnerSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(gateway) => write!(f, "{}", gateway.target),
            Self::Host(side) => f.write_str(&side.name),
            Self::Namespace { port, .. } => write!(f, "port {port} of the program"),
        }
    }
}

/// Serves one inbound connection to its end and logs its outcome.
///
/// `installed` is the generation that maps it, held to its end: whatever is installed meanwhile is for others.
pub(crate) async fn inbound(
    agent: Arc<Agent>,
    installed: Arc<Installed>,
    interception: Inbound,
    watch: Watch,
) {
    let Inbound { peer, local, .. } = interception;
    let origin = Origin {
        map: Map::Primary,
        interceptor: interception.side.name(),
        direction: Direction::Inbound,
    };
    let mut outcome = agent.table.register(origin, peer, local);
    let Ok(_permit) = agent.sessions.clone().try_acquire_owned() else {
        ttls_intercept::reset(&interception.outer);
        return outcome.log(&Ended::Refused("too many sessions at the same time".to_owned()));
    };
    let owner = identity::of_listener(&interception.side, local, installed.policy()).await;
    let asked = Connection {
        direction: Direction::Inbound,
        local,
        remote: peer,
        user: owner.user.as_deref(),
        job: owner.job.as_deref(),
    };
    outcome.owner(&owner);
    outcome.asked(installed.generation());
    let connection = outcome.connection().clone();
    // The end of the agent waits for the record too.
    let until_logged = watch.clone();
    let ended = tokio::select! {
        ended = decided(&agent, &installed, interception, &asked, watch, &mut outcome) => ended,
        // Both legs go as they are: a control connection ends, a tunnel is reset on both sides.
        () = connection.dropped() => Ended::Dropped,
    };
    outcome.log(&ended);
    drop(until_logged);
}

/// Serves one connection as the policy says. What can come of it is on the heap, because a session would else have the room
/// for all of it at the same time.
async fn decided(
    agent: &Arc<Agent>,
    installed: &Arc<Installed>,
    interception: Inbound,
    asked: &Connection<'_>,
    watch: Watch,
    outcome: &mut Outcome,
) -> Ended {
    let mapping = match Mapping::of(installed.policy(), asked) {
        Ok(mapping) => mapping,
        Err(undecided) => return refused(&interception, undecided),
    };
    let Inbound {
        local,
        peer,
        ref side,
        ..
    } = interception;
    let follows = agent
        .secondaries
        .of_listener(side, local, peer, mapping.own)
        .await;
    let unmatched_clear = agent.settings.unmatched_clear || side.unmatched_clear();
    match mapping.course(follows, unmatched_clear, outcome) {
        Course::Follow(primary) => {
            let (installed, actions) = (&primary.installed, &primary.actions);
            let following = carried(agent, installed, interception, actions, &primary.scope, outcome);
            Box::pin(following).await
        }
        Course::Secure(actions) => secured(agent, installed, interception, &actions, watch, outcome).await,
        Course::Clear => Box::pin(clear(agent, interception, outcome)).await,
        Course::Refuse(ended) => refused(&interception, ended),
    }
}

/// The peer must not take it for the end of something.
fn refused(interception: &Inbound, ended: Ended) -> Ended {
    ttls_intercept::reset(&interception.outer);
    ended
}

async fn secured(
    agent: &Arc<Agent>,
    installed: &Arc<Installed>,
    interception: Inbound,
    actions: &Arc<ActionSet>,
    watch: Watch,
    outcome: &mut Outcome,
) -> Ended {
    let Some(environment) = installed.environment(actions) else {
        let why = format!("environment {} was not built", actions.environment);
        return refused(&interception, Ended::Refused(why));
    };
    if let Some(parms) = &actions.ftp {
        let scope = environment.session();
        let session = for_server::serve(agent, interception, actions, &parms.value, scope, watch, outcome);
        return Box::pin(session).await;
    }
    let scope = Scope::new(&environment, actions, interception.peer);
    Box::pin(carried(agent, installed, interception, actions, &scope, outcome)).await
}

/// In clear until the application asks for TLS, or under TLS from its first byte.
async fn carried(
    agent: &Arc<Agent>,
    installed: &Arc<Installed>,
    interception: Inbound,
    actions: &Arc<ActionSet>,
    scope: &Scope,
    outcome: &mut Outcome,
) -> Ended {
    let Inbound {
        outer,
        peer,
        local,
        side,
    } = interception;
    let (limits, map) = (&agent.settings.limits, &agent.secondaries);
    let target = side.target(local);
    let no_application = |error| Ended::NoApplication(format!("{target}: {error}"));
    let controlled = actions.application_controlled.value;
    if !controlled && !scope.is_secondary() {
        outcome.handshake();
        let outer = match scope.start_tunnel(outer).await {
            Ok(outer) => outer,
            Err(error) => return outcome.handshake_failed(&error),
        };
        outcome.secured(outer.info());
        return match side.connect(peer, target, limits.connect).await {
            Ok(inner) => {
                let _leading = map.lead(installed, actions, scope, &inner, outcome);
                relay::tunnel(inner, outer, limits, outcome).await
            }
            Err(error) => no_application(error),
        };
    }
    // Nothing that happens before the relay ends may look like the end of a file.
    let inner = match side.connect_data(peer, target, limits.connect, ready(())).await {
        Ok(inner) => inner,
        Err(error) => {
            ttls_intercept::reset(&outer);
            return no_application(error);
        }
    };
    let _leading = map.lead(installed, actions, scope, &inner, outcome);
    if controlled {
        return application::serve(inner, outer, actions, scope, limits, outcome).await;
    }
    // The application has the connection already: it may tell the peer to go on only when it has it, and before that
    // ask what applies to it.
    outcome.inner(&inner);
    outcome.handshake();
    match scope.start_tunnel(outer).await {
        Ok(outer) => {
            outcome.secured(outer.info());
            relay::tunnel(inner, outer, limits, outcome).await
        }
        Err(error) => outcome.handshake_failed(&error),
    }
}

async fn clear(agent: &Arc<Agent>, interception: Inbound, outcome: &mut Outcome) -> Ended {
    let Inbound {
        outer,
        peer,
        local,
        side,
    } = interception;
    let _noted = side.clear_session(peer, local);
    match side
        .connect(peer, side.target(local), agent.settings.limits.connect)
        .await
    {
        Ok(inner) => relay::tunnel(inner, outer, &agent.settings.limits, outcome).await,
        Err(error) => {
            ttls_intercept::reset(&outer);
            Ended::NoApplication(format!("{}: {error}", side.target(local)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_inner_side_of_a_tunnel_sends_without_delay() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        let side = InnerSide::Gateway(Arc::new(Gateway {
            name: "gateway".to_owned(),
            listen: target,
            target,
            direction: Direction::Inbound,
            public_addr: None,
            unmatched_clear: false,
        }));
        let bound = Duration::from_secs(10);
        let inner = side.connect_data(target, target, bound, ready(())).await.unwrap();
        assert!(inner.nodelay().unwrap());
    }
}
