//! Accepting inbound connections, whichever interceptor listens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::agent::Agent;
use crate::drain::Watch;
use crate::installed::Installed;
use crate::outbound_gateway::{for_clients, serve as serve_client};
use crate::session::{Inbound, inbound};

/// Serves the listener on `address` until the agent stops or a generation without it is installed; then `closing`
/// has the last generation with it, for the connections that the kernel has taken already.
pub(crate) async fn accept(
    agent: Arc<Agent>,
    listener: Arc<TcpListener>,
    address: SocketAddr,
    mut closing: watch::Receiver<Option<Arc<Installed>>>,
    mut watch: Watch,
) {
    let last = loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            last = closed(&mut closing) => break last,
            () = watch.closed() => return,
        };
        let accepted = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                accept_failed(&error).await;
                continue;
            }
        };
        let installed = agent.installed();
        if installed.side(address).is_some() {
            serve(&agent, installed, address, accepted, &watch);
        } else {
            // It came between the exchange of the generations and the word to close.
            let last = closed(&mut closing).await;
            serve(&agent, last.clone(), address, accepted, &watch);
            break last;
        }
    };
    while let Ok(accepted) = ttls_intercept::listen::accept_waiting(&listener) {
        serve(&agent, last.clone(), address, accepted, &watch);
    }
}

/// The last generation that listens here, when there is another one.
async fn closed(closing: &mut watch::Receiver<Option<Arc<Installed>>>) -> Arc<Installed> {
    let last = closing.wait_for(Option::is_some).await.map(|last| last.clone());
    match last {
        Ok(Some(last)) => last,
        // Nobody can install another one any more: the agent is stopping.
        Ok(None) | Err(_) => std::future::pending().await,
    }
}

fn serve(
    agent: &Arc<Agent>,
    installed: Arc<Installed>,
    address: SocketAddr,
    (outer, peer): (TcpStream, SocketAddr),
    watch: &Watch,
) {
    let Some(side) = installed.side(address) else {
        return;
    };
    if let Some(gateway) = for_clients(&side) {
        let (agent, gateway, watch) = (agent.clone(), gateway.clone(), watch.clone());
        agent.clone().shards.serve(outer, move |outer| {
            serve_client(agent, installed, gateway, outer, peer, watch)
        });
        return;
    }
    match Inbound::new(outer, peer, side) {
        Ok(interception) => {
            serve_inbound(agent, installed, interception, watch.clone());
        }
        Err(error) => tracing::debug!(%peer, %error, "connection gone before it was looked at"),
    }
}

/// Gives a connection to one of the threads that sessions live on.
pub(crate) fn serve_inbound(
    agent: &Arc<Agent>,
    installed: Arc<Installed>,
    interception: Inbound,
    watch: Watch,
) {
    let Inbound {
        outer,
        peer,
        local,
        side,
    } = interception;
    let serving = agent.clone();
    agent.shards.serve(outer, move |outer| {
        let interception = Inbound {
            outer,
            peer,
            local,
            side,
        };
        inbound(serving, installed, interception, watch)
    });
}

/// Running out of descriptors must not become a busy loop.
pub(crate) async fn accept_failed(error: &std::io::Error) {
    tracing::warn!(%error, "accept failed");
    tokio::time::sleep(Duration::from_millis(100)).await;
}
