//! What operators ask for.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Answer, Hooks, Status, shown};
use crate::agent::Agent;
use crate::connection::ConnId;
use crate::reload::{Cause, Reload};
use crate::status::Row;

/// A request: `{"ask":"drop","conn":"0000002A"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "ask",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Request {
    /// The agent and its connections.
    Status,
    /// One connection.
    Connection {
        /// Its id.
        conn: String,
    },
    /// End one connection as failed.
    Drop {
        /// Its id.
        conn: String,
    },
    /// Read the policy again and install it if it has changed and has no errors.
    Reload {
        /// Only say what would come of it.
        #[serde(default)]
        dry_run: bool,
    },
    /// Show the installed policy.
    Show {
        /// A generation that still has connections [default: the one that new connections get].
        #[serde(default)]
        generation: Option<u64>,
        /// As one JSON object, not for people.
        #[serde(default)]
        json: bool,
    },
    /// Pass the listening sockets to the one who asks, and go on.
    TakeOver,
    /// Accept nothing more, and end when the connections have ended.
    Retire,
    /// Which filter the log has; with a filter: set it.
    LogLevel {
        /// As `--log` takes it.
        filter: Option<String>,
    },
}

impl Request {
    pub(super) async fn perform(self, agent: &Arc<Agent>, hooks: &Hooks) -> Answer {
        match self {
            Self::Status => Answer::Status(Box::new(Status::of(agent))),
            Self::Connection { conn } => match find(agent, &conn) {
                Ok(connection) => Answer::Connection(Box::new(Row::of(&connection))),
                Err(why) => Answer::Error(why),
            },
            Self::Drop { conn } => match find(agent, &conn) {
                Ok(connection) => {
                    connection.drop_it();
                    tracing::info!(conn = %connection.id, "an operator drops the connection");
                    Answer::Done(format!("connection {} is being dropped", connection.id))
                }
                Err(why) => Answer::Error(why),
            },
            Self::Reload { dry_run } => match agent.reload(Cause::Operator, dry_run).await {
                Some(reload) => Answer::Reload(Box::new(Reload::clone(&reload))),
                None => Answer::refused("the agent is stopping"),
            },
            Self::Show { generation, json } => {
                shown::show(agent, hooks.render.clone(), generation, json).await
            }
            Self::TakeOver => Answer::refused("the listening sockets go with the answer only"),
            Self::Retire if agent.succession.retire() => {
                tracing::info!("another agent has taken over");
                Answer::Done("draining".to_owned())
            }
            Self::Retire => Answer::refused("nobody can take this agent's place now"),
            Self::LogLevel { filter } => match (hooks.log_level)(filter.as_deref()) {
                Ok(filter) => Answer::Done(filter),
                Err(why) => Answer::Error(why),
            },
        }
    }
}

fn find(agent: &Agent, conn: &str) -> Result<Arc<crate::connection::Connection>, String> {
    let id = u32::from_str_radix(conn, 16)
        .map_err(|_| format!("`{conn}` is no connection: an id is up to eight hexadecimal digits"))?;
    agent
        .table
        .get(ConnId(id))
        .ok_or_else(|| format!("there is no connection {} (any more)", ConnId(id)))
}
