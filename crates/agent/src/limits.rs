//! Every wait of the agent has a bound; these are the ones that policy does not set.

use std::time::Duration;

/// Bounds on waits. The defaults are documented in the manual of `ttls agent`.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connecting to the application (or, for active data connections, to the client). Default 10 s.
    pub connect: Duration,
    /// A control connection on which nothing happens. Default 1 h.
    pub control_idle: Duration,
    /// A relay that moves no byte in either direction. Default 1 h.
    pub relay_idle: Duration,
    /// From the connection to the end of the first handshake, where TLS is required. Default 120 s.
    pub secure: Duration,
    /// A write that the other side does not take. Default 60 s.
    pub write: Duration,
    /// From an announced data connection to its arrival. Default 120 s.
    pub data_arrival: Duration,
    /// From our close_notify to the peer's end, while what it still sends is discarded. Default 5 s.
    pub linger: Duration,
    /// Running transfers at a graceful stop. Default 30 s.
    pub drain: Duration,
    /// Sessions at the same time; more are refused. Default 10,000.
    pub sessions: usize,
    /// Data connections at the same time that only wait for their peer's end; more are closed at once. Default 1,024.
    pub lingering: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            control_idle: Duration::from_secs(3600),
            relay_idle: Duration::from_secs(3600),
            secure: Duration::from_secs(120),
            write: Duration::from_secs(60),
            data_arrival: Duration::from_secs(120),
            linger: Duration::from_secs(5),
            drain: Duration::from_secs(30),
            sessions: 10_000,
            lingering: 1_024,
        }
    }
}

/// Prepares the process itself: as many descriptors as it may have, and no core dump with keys in it.
///
/// Called after the program's namespace was made, so that the program inherits none of it.
pub fn harden() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
        && let Err(error) = setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
    {
        tracing::warn!(%error, soft, "the limit of open files stays low");
    }
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        tracing::warn!(%error, "core dumps cannot be switched off");
    }
}
