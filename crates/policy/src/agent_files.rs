//! The agent's own files: a main file (pagent.conf) leads to an image file, and both to policy files.

mod chain;
mod line;
mod reader;

use std::time::Duration;

pub(crate) use chain::follow;

/// What the agent's own files say about the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentFile {
    /// Name of the `TcpImage` (or `PEPInstance`) that is served; `None` where there is none.
    pub image: Option<String>,
    /// `FLUSH`: objects that a new policy no longer has are deleted. `NOFLUSH`: they are kept.
    pub flush: bool,
    /// `PURGE`: the policy goes when the agent ends. `NOPURGE`: it stays, which here means that what the rules of a host
    /// cover stays closed; see [`crate::Policy::keeps_at_stop`].
    pub purge: bool,
    /// How often the files are looked at.
    pub refresh: Duration,
    /// `LogLevel`: SYSERR 1, OBJERR 2, PROTERR 4, WARNING 8, EVENT 16, ACTION 32, INFO 64, ACNTING 128, TRACE 256.
    pub log_level: u16,
}

impl Default for AgentFile {
    fn default() -> Self {
        Self {
            image: None,
            flush: true,
            purge: false,
            refresh: Duration::from_secs(1800),
            log_level: 31,
        }
    }
}
