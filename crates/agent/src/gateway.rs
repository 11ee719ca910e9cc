//! Serving the gateway interceptor: plain listen -> target pairs from `TTLSGateway` statements.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal as system_signal};

use crate::agent::{Agent, AgentError};
use crate::drain::Drain;
use crate::entrances::Front;
use crate::host::Hosts;
use crate::phase::Phase;
use crate::reload::{Cause, Reloader, uncontrolled};
use crate::signal;

/// How long cutting connections may take.
const CUT: Duration = Duration::from_secs(5);

/// Opens every gateway of the policy and serves until `stop` is ready or another agent has taken over, then drains.
/// SIGHUP and changes of the policy are heeded meanwhile.
///
/// # Errors
/// No gateway in the policy, or one that cannot listen; nothing is served then.
pub async fn serve_gateways(agent: Arc<Agent>, stop: impl Future<Output = ()>) -> Result<(), AgentError> {
    if agent.settings.run_as.is_some() && !agent.installed().policy().intercepts().is_empty() {
        return Err(AgentError::NothingToDo(
            "--user: TTLSIntercept needs CAP_NET_ADMIN as long as the agent runs; start it as the user, with that \
             capability (systemd: User=, AmbientCapabilities=)"
                .to_owned(),
        ));
    }
    let channel = signal::open(&agent, signal::Serves::Gateways)?;
    let drain = Drain::new();
    let hosts = Arc::new(Hosts::open(&agent, &drain).await?);
    let reloader = Reloader::open(agent.clone(), Front::Gateways, drain.weak())?.with_hosts(hosts.clone());
    let _channel = channel.map(|channel| channel.start(&agent));
    let upkeep = [
        tokio::spawn(reloader.run()),
        tokio::spawn(reload_at_hangup(agent.clone())),
    ];
    // Two agents cannot share rules on the host, nor the signaling channel that applications depend on.
    let depends = uncontrolled(agent.installed().policy()).next().is_some();
    agent.succession.serving(hosts.is_empty() && !depends).await;
    agent.phases.enter(Phase::Serving);
    tokio::select! {
        () = stop => agent.succession.close(),
        () = agent.succession.retired() => {}
    }
    agent.phases.enter(Phase::Stopping);
    tracing::info!("stopping: no new connections, running transfers may finish");
    for task in upkeep {
        task.abort();
    }
    if !drain.drain(agent.settings.limits.drain).await {
        tracing::warn!("stopping: connections still open at the bound are cut");
        // While the rules stand: without them the next bytes of a program would go to its peer itself, in clear.
        if !agent.table.cut(CUT).await {
            tracing::error!("stopping: not all connections could be cut");
        }
    }
    agent.shards.stop().await;
    hosts.close(agent.installed().policy()).await;
    Ok(())
}

async fn reload_at_hangup(agent: Arc<Agent>) {
    let mut hangup = match system_signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::warn!(%error, "SIGHUP ends the agent instead of reloading its policy");
            return;
        }
    };
    while hangup.recv().await.is_some() {
        agent.phases.enter(Phase::Reloading);
        agent.reload(Cause::Hangup, false).await;
        agent.phases.enter(Phase::Serving);
    }
}
