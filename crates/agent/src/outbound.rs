//! Connections that the program in a private namespace opens itself.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use ttls_intercept::{CaughtConnection, Namespace};
use ttls_policy::{ActionSet, Connection, Direction, HandshakeRole};
use ttls_tls::ServerIdentity;

use crate::agent::Agent;
use crate::application;
use crate::connection::{Map, Origin};
use crate::drain::Watch;
use crate::expectations::Expectations;
use crate::ftp::for_client;
use crate::identity;
use crate::installed::Installed;
use crate::mapping::{Course, Mapping};
use crate::outcome::{Ended, Outcome};
use crate::program_side::{Outbound, ProgramSide};
use crate::relay;
use crate::scope::Scope;
use crate::secondary::Follows;

/// Serves one caught outbound connection: an announced data connection goes to its session, any other is mapped.
pub(crate) async fn caught(
    agent: Arc<Agent>,
    namespace: Namespace,
    expectations: Arc<Expectations>,
    caught: CaughtConnection,
    watch: Watch,
) {
    let CaughtConnection {
        stream,
        program,
        destination,
    } = caught;
    // An expected connection that is dropped on its way must not look like the end of a file.
    ttls_intercept::reset(&stream);
    let inner = match expectations.fulfil(destination, stream) {
        Ok(()) => return,
        Err(inner) => inner,
    };
    let side = ProgramSide::Namespace {
        namespace,
        expectations: expectations.clone(),
    };
    let connection = Outbound {
        inner,
        program,
        seen: destination,
        server: destination,
        side,
    };
    if expectations.is_controlled(destination) {
        let outcome = register(&agent, &connection);
        let why = "a data connection that was not announced on its control connection";
        return outcome.log(&Ended::Refused(why.to_owned()));
    }
    let installed = agent.installed();
    outbound(agent, installed, connection, watch).await;
}

/// Serves one connection that a program opened to its end and logs its outcome.
///
/// `installed` is held to that end: whatever is installed meanwhile is for others.
pub(crate) async fn outbound(
    agent: Arc<Agent>,
    installed: Arc<Installed>,
    connection: Outbound,
    watch: Watch,
) {
    // Until it is known to end in order.
    ttls_intercept::reset(&connection.inner);
    let mut outcome = register(&agent, &connection);
    let Ok(_permit) = agent.sessions.clone().try_acquire_owned() else {
        return outcome.log(&Ended::Refused("too many sessions at the same time".to_owned()));
    };
    let Outbound {
        program,
        seen,
        server,
        ref side,
        ..
    } = connection;
    let owner = identity::of_program(side, program, seen, installed.policy()).await;
    let asked = Connection {
        direction: Direction::Outbound,
        local: program,
        remote: server,
        user: owner.user.as_deref(),
        job: owner.job.as_deref(),
    };
    outcome.owner(&owner);
    outcome.asked(installed.generation());
    let row = outcome.connection().clone();
    // The end of the agent waits for the record too.
    let until_logged = watch.clone();
    let ended = tokio::select! {
        ended = decided(&agent, &installed, connection, &asked, watch, &mut outcome) => ended,
        () = row.dropped() => Ended::Dropped,
    };
    outcome.log(&ended);
    drop(until_logged);
}

pub(crate) fn register(agent: &Agent, connection: &Outbound) -> Outcome {
    let origin = Origin {
        map: Map::Primary,
        interceptor: connection.side.name(),
        direction: Direction::Outbound,
    };
    agent
        .table
        .register(origin, connection.server, connection.program)
}

/// Serves one connection as the policy says.
async fn decided(
    agent: &Arc<Agent>,
    installed: &Arc<Installed>,
    connection: Outbound,
    asked: &Connection<'_>,
    watch: Watch,
    outcome: &mut Outcome,
) -> Ended {
    let mapping = match Mapping::of(installed.policy(), asked) {
        Ok(mapping) => mapping,
        Err(undecided) => return undecided,
    };
    let Outbound {
        program,
        seen,
        server,
        ref side,
        ..
    } = connection;
    let secondaries = &agent.secondaries;
    let mut follows = secondaries
        .of_program(side, program, seen, server, mapping.own)
        .await;
    // What stays inside is no connection to the peer of the primary one.
    let inside = match follows {
        Follows::Primary(_) | Follows::Unknown if !mapping.has_tls() => {
            inside(side, server, agent.settings.limits.connect).await
        }
        Follows::Primary(_) | Follows::Unknown | Follows::Nobody => None,
    };
    if inside.is_some() {
        follows = Follows::Nobody;
    }
    match mapping.course(follows, side.unmatched_clear(), outcome) {
        Course::Follow(primary) => {
            let (installed, actions) = (&primary.installed, &primary.actions);
            let following = carried(agent, installed, connection, actions, &primary.scope, outcome);
            Box::pin(following).await
        }
        Course::Secure(actions) => secured(agent, installed, connection, &actions, watch, outcome).await,
        Course::Clear => Box::pin(clear(agent, connection, inside, outcome)).await,
        Course::Refuse(ended) => ended,
    }
}

async fn secured(
    agent: &Arc<Agent>,
    installed: &Arc<Installed>,
    connection: Outbound,
    actions: &Arc<ActionSet>,
    watch: Watch,
    outcome: &mut Outcome,
) -> Ended {
    if actions.role.value != HandshakeRole::Client {
        return Ended::Refused(
            "its rule has a server's HandshakeRole, and the program opened it; write HandshakeRole Client"
                .to_owned(),
        );
    }
    let Some(environment) = installed.environment(actions) else {
        return Ended::Refused(format!("environment {} was not built", actions.environment));
    };
    if let Some(parms) = &actions.ftp {
        let scope = environment.client_session(ServerIdentity {
            address: connection.server.ip(),
            name: None,
        });
        let session = for_client::serve(agent, connection, actions, &parms.value, scope, watch, outcome);
        return Box::pin(session).await;
    }
    let scope = Scope::new(&environment, actions, connection.server);
    Box::pin(carried(agent, installed, connection, actions, &scope, outcome)).await
}

/// In clear until the application asks for TLS, or under TLS from its first byte.
async fn carried(
    agent: &Arc<Agent>,
    installed: &Arc<Installed>,
    connection: Outbound,
    actions: &Arc<ActionSet>,
    scope: &Scope,
    outcome: &mut Outcome,
) -> Ended {
    let Outbound {
        inner,
        program,
        server,
        side,
        ..
    } = connection;
    let limits = &agent.settings.limits;
    let outer = match side.dial(program, server, limits.connect).await {
        Ok(outer) => outer,
        Err(error) => return Ended::NoPeer(format!("{server}: {error}")),
    };
    let _leading = agent.secondaries.lead(installed, actions, scope, &inner, outcome);
    if actions.application_controlled.value {
        return application::serve(inner, outer, actions, scope, limits, outcome).await;
    }
    // The program has the connection already, and may ask what applies to it.
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

/// A loopback destination with a listener inside stays inside; everything else is the usual world.
async fn clear(
    agent: &Arc<Agent>,
    connection: Outbound,
    found_inside: Option<TcpStream>,
    outcome: &mut Outcome,
) -> Ended {
    let Outbound {
        inner,
        program,
        server,
        side,
        ..
    } = connection;
    let limits = &agent.settings.limits;
    let listener = match found_inside {
        Some(stream) => Some(stream),
        None => inside(&side, server, limits.connect).await,
    };
    let connected = match listener {
        Some(stream) => Ok(stream),
        None => side.dial(program, server, limits.connect).await,
    };
    match connected {
        Ok(outer) => relay::tunnel(inner, outer, limits, outcome).await,
        Err(error) => Ended::NoPeer(format!("{server}: {error}")),
    }
}

async fn inside(side: &ProgramSide, destination: SocketAddr, bound: Duration) -> Option<TcpStream> {
    let ProgramSide::Namespace { namespace, .. } = side else {
        return None;
    };
    if !destination.ip().is_loopback() {
        return None;
    }
    let connected = tokio::time::timeout(bound, namespace.connect_inside(destination)).await;
    let stream = connected.ok()?.ok()?;
    ttls_intercept::end_in_order(&stream);
    Some(stream)
}
