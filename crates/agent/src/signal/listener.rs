//! The channel's listening socket.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use tokio::task::JoinHandle;
use ttls_intercept::packets::PacketListener;
use ttls_signal::PATH_VARIABLE;

use super::client;
use super::users::Users;
use crate::accept::accept_failed;
use crate::admin::{make_folder, runtime_folder};
use crate::agent::{Agent, AgentError};
use crate::reload::uncontrolled;
use crate::table::Table;

/// The socket; its path is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct ControlSocket {
    listener: PacketListener,
    place: Place,
}

/// Serves clients until it is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    task: JoinHandle<()>,
    _place: Place,
}

/// Whose connections the channel is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serves {
    Gateways,
    /// The program in the private namespace; it is told the path.
    Program,
}

#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// Held as long as the agent runs: what a dead one has left behind is told by it.
    _lock: Flock<File>,
}

/// Opens the channel of an agent. An agent without one serves too, where its policy needs none.
pub(crate) fn open(agent: &Agent, serves: Serves) -> Result<Option<ControlSocket>, AgentError> {
    let (path, opened) = match &agent.settings.control {
        Some(path) => (path.clone(), ControlSocket::bind(path)),
        None => {
            let folder = runtime_folder();
            let path = folder.join(match serves {
                Serves::Gateways => "control".to_owned(),
                Serves::Program => format!("run-{}", std::process::id()),
            });
            let opened = make_folder(&folder)
                .map_err(io::Error::other)
                .and_then(|()| ControlSocket::bind(&path));
            (path, opened)
        }
    };
    match opened {
        Ok(socket) => {
            tracing::info!(path = %path.display(), "signaling channel open");
            agent.signaling.store(true, Ordering::Release);
            Ok(Some(socket))
        }
        Err(error) => {
            tracing::warn!(
                path = %path.display(),
                %error,
                "no signaling channel: applications cannot see or control their TLS; say --control PATH"
            );
            match uncontrolled(agent.installed().policy()).next() {
                Some(rule) => Err(AgentError::NoController { rule }),
                None => Ok(None),
            }
        }
    }
}

impl ControlSocket {
    /// Everybody may connect: who holds the socket of a connection may control it, whatever the user.
    fn bind(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(lock_path(&path))?;
        let lock = Flock::lock(lock, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
            Errno::EWOULDBLOCK => io::Error::new(io::ErrorKind::AddrInUse, "another agent serves it"),
            errno => errno.into(),
        })?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = PacketListener::bind(&path)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o666))?;
        let place = Place { path, _lock: lock };
        Ok(Self { listener, place })
    }

    /// The variable that tells a program where the channel is.
    pub(crate) fn variable(&self) -> (&'static str, OsString) {
        (PATH_VARIABLE, self.place.path.clone().into())
    }

    /// Serves clients from now on.
    pub(crate) fn start(self, agent: &Agent) -> Serving {
        Serving {
            task: tokio::spawn(serve(self.listener, agent.table.clone())),
            _place: self.place,
        }
    }
}

async fn serve(listener: PacketListener, table: Arc<Table>) {
    let users = Arc::new(Users::default());
    loop {
        match listener.accept().await {
            Ok(stream) => {
                tokio::spawn(client::serve(stream, table.clone(), users.clone()));
            }
            Err(error) => accept_failed(&error).await,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Nobody can be told, and the next agent replaces what is left.
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_file(lock_path(&self.path));
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
