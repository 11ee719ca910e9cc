//! What operators are told.

use serde::{Deserialize, Serialize};

use super::Shown;
use super::shown::seconds;
use crate::agent::Agent;
use crate::reload::{Reload, ReloadCounts};
use crate::status::Row;

/// An answer: `{"error":"..."}`, `{"status":{...}}` ...
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The request was not performed, and why.
    Error(String),
    /// It was, and what there is to say of it.
    Done(String),
    /// The agent and its connections.
    Status(Box<Status>),
    /// One connection.
    Connection(Box<Row>),
    /// So many listening sockets come behind this line.
    TakeOver {
        /// How many.
        listeners: usize,
    },
    /// What came of a reload.
    Reload(Box<Reload>),
    /// An installed policy.
    Shown(Box<Shown>),
}

/// The agent and its connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Version of the agent's program.
    pub version: String,
    /// The agent's process.
    pub pid: u32,
    /// The user that it runs as.
    pub uid: u32,
    /// How far it is confined, where it was told to be.
    pub confined: Option<String>,
    /// How long it has been running.
    pub seconds: f64,
    /// The generation of the policy that new connections get.
    pub generation: u64,
    /// When it was installed, in seconds since 1970.
    pub installed: u64,
    /// Replaced generations that still have connections, and how many.
    pub stale: Vec<(u64, usize)>,
    /// The last reload that was worth a word.
    pub last_reload: Option<Reload>,
    /// How many reloads there were.
    pub reloads: ReloadCounts,
    /// Live connections by their ids.
    pub connections: Vec<Row>,
}

impl Answer {
    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::Error(why.into())
    }
}

impl Status {
    pub(super) fn of(agent: &Agent) -> Self {
        let installed = agent.installed();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uid: nix::unistd::geteuid().as_raw(),
            confined: agent.confined.get().cloned(),
            seconds: agent.started.elapsed().as_secs_f64(),
            generation: installed.generation(),
            installed: seconds(installed.since()),
            stale: agent
                .stale()
                .iter()
                .map(|stale| (stale.generation, stale.connections))
                .collect(),
            last_reload: agent.last_reload().map(|reload| Reload::clone(&reload)),
            reloads: agent.reload_counts(),
            connections: agent
                .table
                .all()
                .iter()
                .map(|connection| Row::of(connection))
                .collect(),
        }
    }
}
