//! Connections that programs of a host open themselves.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;

use crate::agent::Agent;
use crate::drain::Watch;
use crate::host::HostSide;
use crate::outbound::{outbound, register};
use crate::outcome::Ended;
use crate::program_side::{Outbound, ProgramSide};

/// Serves one connection of a local program: an announced data connection goes to its session, any other is mapped.
pub(crate) async fn caught(
    agent: Arc<Agent>,
    side: Arc<HostSide>,
    inner: TcpStream,
    program: SocketAddr,
    watch: Watch,
) {
    // No end before its time must look like the end of a file.
    ttls_intercept::reset(&inner);
    let Ok(destination) = inner.local_addr() else {
        return;
    };
    let inner = match side.expectations.fulfil(destination, inner) {
        Ok(()) => return,
        Err(inner) => inner,
    };
    let announced = side.is_data_port(program) || side.expectations.is_controlled(destination);
    let connection = Outbound {
        inner,
        program,
        seen: destination,
        server: destination,
        side: ProgramSide::Host(side),
    };
    if announced {
        let why = "a data connection that was not announced on its control connection";
        return register(&agent, &connection).log(&Ended::Refused(why.to_owned()));
    }
    let installed = agent.installed();
    outbound(agent, installed, connection, watch).await;
}
