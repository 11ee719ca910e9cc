//! Opening the admin socket of an agent.

use std::path::Path;
use std::sync::Arc;

use ttls_agent::admin::{AdminSocket, Hooks, LogLevel, serve_admin};
use ttls_agent::{Agent, RunAs};

use crate::show;

/// What `--admin` says for: none.
const OFF: &str = "off";

/// Opens the socket and answers on it from now on. One that was asked for must be had; the usual one may be missing.
pub(crate) fn open(
    said: Option<&Path>,
    kind: &str,
    agent: &Arc<Agent>,
    log_level: LogLevel,
    takes_over: bool,
    run_as: Option<&RunAs>,
) -> anyhow::Result<()> {
    let socket = match said {
        Some(path) if path.as_os_str() == OFF => return Ok(()),
        Some(path) if takes_over => AdminSocket::replacing(path)?,
        Some(path) => AdminSocket::at(path)?,
        None => match AdminSocket::in_runtime_folder(kind) {
            Ok(socket) => socket,
            Err(error) => {
                tracing::warn!(%error, "no admin socket: `ttls status` will not find this agent");
                return Ok(());
            }
        },
    };
    if let Some(user) = run_as {
        user.give(socket.path())?;
    }
    tracing::debug!(path = %socket.path().display(), "admin socket open");
    let hooks = Hooks {
        log_level,
        render: Arc::new(show::render),
    };
    tokio::spawn(serve_admin(agent.clone(), socket, hooks));
    Ok(())
}
