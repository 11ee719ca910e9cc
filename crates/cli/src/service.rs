//! The service manager: readiness, reloads and the watchdog by `sd_notify`, listeners by socket activation. Without a
//! service manager nothing happens.

use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use ttls_agent::{Agent, Phase};

/// Takes the listeners that the service manager has opened: they serve where the policy listens on their addresses.
pub(crate) fn inherit_listeners() -> anyhow::Result<()> {
    let mut passed = ListenFd::from_env();
    for index in 0..passed.len() {
        if let Some(listener) = passed.take_tcp_listener(index)? {
            ttls_intercept::listen::inherit(listener);
        }
    }
    Ok(())
}

/// Tells the service manager of the agent's phases and that it is alive. Needs a tokio runtime.
pub(crate) fn tell(agent: &Agent) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    agent.on_phase(Box::new(|phase| match phase {
        Phase::Starting => {}
        Phase::Serving => say(&[NotifyState::Ready, NotifyState::Status("serving")]),
        Phase::Reloading => match NotifyState::monotonic_usec_now() {
            Ok(now) => say(&[
                NotifyState::Reloading,
                now,
                NotifyState::Status("reloading the policy"),
            ]),
            Err(error) => tracing::warn!(%error, "the service manager is not told of the reload"),
        },
        Phase::Stopping => say(&[
            NotifyState::Stopping,
            NotifyState::Status("running transfers may finish"),
        ]),
    }));
    if let Some(limit) = sd_notify::watchdog_enabled() {
        tokio::spawn(watchdog(limit));
    }
}

/// A reactor that does not come round any more is what the watchdog is for.
async fn watchdog(limit: Duration) {
    let mut ticks = tokio::time::interval(limit / 2);
    loop {
        ticks.tick().await;
        // A service manager that does not listen holds up nothing but this task.
        let said = tokio::task::spawn_blocking(|| say(&[NotifyState::Watchdog]));
        // It ends early only with the runtime.
        let _ = said.await;
    }
}

fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}
