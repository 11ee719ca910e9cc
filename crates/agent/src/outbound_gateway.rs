//! Gateways with `Direction Outbound`: local clients connect to them instead of to their partner.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use ttls_policy::{Direction, Gateway};

use crate::agent::Agent;
use crate::drain::Watch;
use crate::installed::Installed;
use crate::outbound::outbound;
use crate::program_side::{Outbound, ProgramSide};
use crate::session::InnerSide;

/// The gateway, if clients are on its listening side.
pub(crate) fn for_clients(side: &InnerSide) -> Option<&Arc<Gateway>> {
    match side {
        InnerSide::Gateway(gateway) if gateway.direction == Direction::Outbound => Some(gateway),
        _ => None,
    }
}

/// Serves one connection of a client to a gateway.
pub(crate) async fn serve(
    agent: Arc<Agent>,
    installed: Arc<Installed>,
    gateway: Arc<Gateway>,
    inner: TcpStream,
    program: SocketAddr,
    watch: Watch,
) {
    let seen = match inner.set_nodelay(true).and_then(|()| inner.local_addr()) {
        Ok(seen) => seen,
        Err(error) => return tracing::debug!(%program, %error, "connection gone before it was looked at"),
    };
    let connection = Outbound {
        inner,
        program,
        seen,
        server: gateway.target,
        side: ProgramSide::Gateway(gateway),
    };
    outbound(agent, installed, connection, watch).await;
}
