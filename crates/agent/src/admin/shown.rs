//! The installed policy, for operators.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use ttls_policy::{Policy, SourceText, hide_secrets};

use super::Answer;
use crate::agent::Agent;
use crate::installed::Installed;

/// Shows a compiled policy without its passwords: as one JSON object, or for people.
pub type Render = Arc<dyn Fn(&Policy, bool) -> String + Send + Sync>;

/// A policy that the agent has installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Version of the agent's program.
    pub version: String,
    /// The agent's process.
    pub pid: u32,
    /// The generation that is shown.
    pub generation: u64,
    /// When it was installed, in seconds since 1970.
    pub installed: u64,
    /// New connections get it; of the others only those that they have.
    pub current: bool,
    /// Replaced generations that still have connections, oldest first.
    pub stale: Vec<StaleGeneration>,
    /// The texts that it was compiled from, included ones last; `********` stands for what follows a keyword for
    /// passwords.
    pub sources: Vec<ShownSource>,
    /// The policy as `ttls show FILE` shows it, in the asked shape.
    pub policy: String,
}

/// A replaced generation that still has connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleGeneration {
    /// Its number.
    pub generation: u64,
    /// When it was installed, in seconds since 1970.
    pub installed: u64,
    /// Primary connections that were mapped with it and have not ended.
    pub connections: usize,
}

/// A text of a policy without its passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownSource {
    /// Its file.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// Shows the installed policy, or a stale one by its generation.
pub(super) async fn show(agent: &Arc<Agent>, render: Render, generation: Option<u64>, json: bool) -> Answer {
    let current = agent.installed();
    let stale: Vec<StaleGeneration> = agent
        .stale()
        .iter()
        .map(|stale| StaleGeneration {
            generation: stale.generation,
            installed: seconds(stale.since),
            connections: stale.connections,
        })
        .collect();
    let asked = match generation {
        Some(number) if number != current.generation() => agent.generations.replaced(number),
        _ => Some(current.clone()),
    };
    let Some(asked) = asked else {
        return Answer::refused(format!(
            "no connection has generation {} (any more); {} is installed",
            generation.unwrap_or_default(),
            current.generation()
        ));
    };
    let current = asked.generation() == current.generation();
    // A policy may have many thousand rules.
    let shown = tokio::task::spawn_blocking(move || Shown {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        generation: asked.generation(),
        installed: seconds(asked.since()),
        current,
        stale,
        sources: sources(&asked),
        policy: render(asked.policy(), json),
    });
    match shown.await {
        Ok(shown) => Answer::Shown(Box::new(shown)),
        Err(error) => Answer::refused(format!("the policy cannot be shown: {error}")),
    }
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn sources(installed: &Installed) -> Vec<ShownSource> {
    let hidden = |source: &SourceText| ShownSource {
        name: source.name.clone(),
        text: source
            .text
            .lines()
            .map(|line| format!("{}\n", hide_secrets(line)))
            .collect(),
    };
    installed.sources().iter().map(hidden).collect()
}
