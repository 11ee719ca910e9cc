//! What a command says about its run.

use std::time::Duration;

use serde::Serialize;

/// One run's figures.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// Wall-clock time.
    pub(crate) seconds: f64,
    /// Payload moved.
    pub(crate) bytes: u64,
    /// Files, log-ins or handshakes.
    pub(crate) count: u64,
    /// TLS sessions of data connections, log-ins or tunnels that were resumed.
    pub(crate) resumed: u64,
}

impl Report {
    pub(crate) fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.count += other.count;
        self.resumed += other.resumed;
    }

    pub(crate) fn took(mut self, time: Duration) -> Self {
        self.seconds = time.as_secs_f64();
        self
    }
}
