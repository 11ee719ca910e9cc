//! The plain FTP daemon: libunftp over a folder, with no certificate given to it, so that it offers no TLS at all.

use std::env;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use async_trait::async_trait;
use libunftp::ServerBuilder;
use libunftp::options::ActivePassiveMode;
use unftp_core::auth::{AuthenticationError, Authenticator, Credentials, Principal};
use unftp_sbe_fs::Filesystem;

use crate::lifeline;

/// First argument of the process that plays the daemon; what else it needs is in its environment.
pub(crate) const PART: &str = "__daemon";
/// Environment: address and port to listen on.
pub(crate) const LISTEN: &str = "TTLS_DEMO_LISTEN";
/// Environment: the folder that clients see as `/`.
pub(crate) const ROOT: &str = "TTLS_DEMO_ROOT";
/// Environment: the one user.
pub(crate) const USER: &str = "TTLS_DEMO_USER";
/// Environment: the user's password (an argument would show in `ps`).
pub(crate) const PASSWORD: &str = "TTLS_DEMO_PASSWORD";

/// Runs the daemon until its lifeline closes.
pub(crate) fn play() -> ExitCode {
    lifeline::hold();
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ftp daemon: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<()> {
    let listen = variable(LISTEN)?;
    let root = PathBuf::from(variable(ROOT)?);
    let login = OneUser {
        user: variable(USER)?,
        password: variable(PASSWORD)?,
    };
    log::set_logger(&Log).context("a logger is already set")?;
    log::set_max_level(log::LevelFilter::Info);

    let server = ServerBuilder::with_authenticator(Box::new(move || open(&root)), Arc::new(login))
        .greeting("Plain FTP daemon, no TLS known here")
        .active_passive_mode(ActivePassiveMode::ActiveAndPassive)
        .build()
        .context("cannot set up the FTP daemon")?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime of the FTP daemon")?
        .block_on(server.listen(listen.as_str()))
        .with_context(|| format!("cannot listen on {listen}"))
}

fn variable(name: &str) -> Result<String> {
    env::var(name)
        .with_context(|| format!("{name} is not set: this part is started by the demo, not by hand"))
}

/// The daemon opens its root anew for each session. There is no way to refuse one session, and no use in going on.
fn open(root: &PathBuf) -> Filesystem {
    Filesystem::new(root).unwrap_or_else(|error| {
        eprintln!("ftp daemon: cannot open {}: {error}", root.display());
        std::process::exit(1)
    })
}

/// Knows one user and one password.
struct OneUser {
    user: String,
    password: String,
}

#[async_trait]
impl Authenticator for OneUser {
    async fn authenticate(
        &self,
        user: &str,
        offered: &Credentials,
    ) -> Result<Principal, AuthenticationError> {
        if user != self.user {
            return Err(AuthenticationError::BadUser);
        }
        if offered.password.as_deref() != Some(self.password.as_str()) {
            return Err(AuthenticationError::BadPassword);
        }
        Ok(Principal {
            username: user.to_owned(),
        })
    }
}

impl fmt::Debug for OneUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneUser")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// The daemon's own log, to standard error.
struct Log;

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Info
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let _unwritable = writeln!(std::io::stderr(), "{:<5} {}", record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_one_user_with_its_password_gets_in() {
        let login = OneUser {
            user: "demo".into(),
            password: "right".into(),
        };
        assert!(login.authenticate("demo", &"right".into()).await.is_ok());
        assert!(login.authenticate("demo", &"wrong".into()).await.is_err());
        assert!(login.authenticate("anonymous", &"right".into()).await.is_err());
    }

    #[test]
    fn the_password_does_not_show_in_debug_output() {
        let login = OneUser {
            user: "demo".into(),
            password: "s3cret".into(),
        };
        assert!(!format!("{login:?}").contains("s3cret"));
    }
}
