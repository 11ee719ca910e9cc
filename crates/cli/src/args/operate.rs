//! Verbs for operators of a running agent.

use std::path::PathBuf;

/// Which agent is meant.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// Admin socket of the agent [default: the only one in /run/ttls, for users other than root in
    /// $XDG_RUNTIME_DIR/ttls or /tmp/ttls-UID]
    #[arg(long, env = "TTLS_ADMIN", value_name = "PATH")]
    pub admin: Option<PathBuf>,
}

/// `ttls status`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Columns: CONN id, MAP p (primary) or the id that a secondary connection is mapped onto, STATE Secure,
In_Progress or Not_Secure, RECEIVED bytes from the peer, SENT bytes to it. Exit codes: 0 done, 1 there is no such
connection, 2 no agent answers.

Examples:
  ttls status
  ttls status 0000002A
  ttls status --watch 2
  ttls status --json | jq '.connections[].rule'"
)]
pub struct Status {
    /// Everything about one connection
    pub conn: Option<String>,
    /// Which agent
    #[command(flatten)]
    pub which: Which,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Show it again every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2")]
    pub watch: Option<f64>,
}

/// `ttls show`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The shape is that of pasearch -t. Passwords are not shown. Without FILE the policy of the running agent is shown,
with its generation, its files, and the replaced generations that still have connections. Exit codes: 0 shown, 1 there is
no such generation, 2 a policy has errors or cannot be read, or no agent answers.

Examples:
  ttls show
  ttls show --generation 3
  ttls show --sources
  ttls show /etc/ttls/ftp.ttls
  ttls show --json /etc/ttls/ftp.ttls | jq '.rules[].name'"
)]
pub struct Show {
    /// Policy files [default: what the running agent has installed]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Which agent
    #[command(flatten)]
    pub which: Which,
    /// A replaced policy of the agent that still has connections
    #[arg(long, value_name = "NUMBER", conflicts_with = "files")]
    pub generation: Option<u64>,
    /// The texts that the agent's policy was compiled from, instead of what came of them
    #[arg(long, conflicts_with = "files")]
    pub sources: bool,
    /// One JSON object each, on a line; that of an agent has `agent` too, with its generation, files and texts
    #[arg(long)]
    pub json: bool,
}

/// `ttls drop`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Both sides see the connection fail: no file looks complete that is not. Exit codes: 0 done, 1 there is no such
connection, 2 no agent answers.

Examples:
  ttls drop 0000002A"
)]
pub struct Drop {
    /// Its id, as `ttls status` shows it
    pub conn: String,
    /// Which agent
    #[command(flatten)]
    pub which: Which,
}

/// `ttls log-level`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  ttls log-level
  ttls log-level debug
  ttls log-level info,ttls_agent=trace")]
pub struct LogLevel {
    /// The new filter, as --log takes it [default: show the one that holds]
    pub filter: Option<String>,
    /// Which agent
    #[command(flatten)]
    pub which: Which,
}

/// `ttls reload`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The agent watches its files and reloads by itself; this is for those who want to hear what comes of it, or to
know before. Everything is read, compiled and checked, key rings are opened, new listeners are bound; errors leave
everything as it was. Exit codes: 0 installed or nothing to do, 1 errors, 2 no agent answers.

Examples:
  ttls reload --dry-run
  ttls reload"
)]
pub struct Reload {
    /// Only say what would come of it
    #[arg(long)]
    pub dry_run: bool,
    /// Which agent
    #[command(flatten)]
    pub which: Which,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

/// `ttls check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each line is something that was done and undone again. Run it as the user that the agent runs as. Exit codes:
0 nothing is lacking, 1 something is.

Examples:
  ttls check
  sudo -u ttls ttls check --keyrings /etc/ttls/keyrings"
)]
pub struct Check {
    /// Folder of the key rings
    #[arg(long, env = "TTLS_KEYRINGS", value_name = "FOLDER")]
    pub keyrings: Option<PathBuf>,
}
