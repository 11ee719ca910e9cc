//! The policy agent: it takes interceptions, asks the policy, secures the outer side and relays.
//!
//! A session is one task and one readable function (`session.rs`); FTP sessions perform the effects of the
//! controller in `ttls-ftp`; data connections reach the agent through the expectation that they fulfil.
#![forbid(unsafe_code)]

mod accept;
pub mod admin;
mod agent;
mod application;
mod client_data;
mod confine;
mod connection;
mod data;
mod data_connection;
mod drain;
mod eager;
mod entrances;
mod environments;
mod expectations;
mod flow;
mod ftp;
mod gateway;
mod host;
mod host_outbound;
mod identity;
mod installed;
mod limits;
mod listeners;
mod mapping;
mod messages;
pub mod metrics;
mod outbound;
mod outbound_gateway;
mod outcome;
mod payload;
mod phase;
mod policy_store;
mod precedence;
mod program;
mod program_side;
mod publish;
mod relay;
mod reload;
mod run_as;
mod scope;
mod secondary;
mod session;
mod shards;
mod signal;
mod status;
mod succession;
mod table;

pub use agent::{Agent, AgentError, Settings};
pub use confine::try_confinement;
pub use drain::Drain;
pub use gateway::serve_gateways;
pub use host::{HostRules, host_rules};
pub use installed::{Installed, Stale};
pub use limits::{Limits, harden};
pub use payload::{PayloadTrace, PayloadTraceError};
pub use phase::{Phase, PhaseListener};
pub use policy_store::{LoadedPolicy, load_policy};
pub use program::{Program, run_program};
pub use publish::Publish;
pub use reload::{Cause, Check, Problem, Reload, ReloadCounts, Reloaded, Source};
pub use run_as::{RunAs, RunAsError};
pub use status::Row;
