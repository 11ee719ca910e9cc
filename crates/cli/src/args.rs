//! The command line. Help, man pages and completions are generated from these types.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use ttls_agent::Publish;
use ttls_agent::metrics::MetricsPlace;

mod operate;

pub use operate::{Check, Drop, LogLevel, Reload, Show, Status, Which};

/// Transparent TLS, decided by policy, for programs that know nothing of TLS
#[derive(Debug, Parser)]
#[command(
    name = "ttls",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
#[command(after_help = "Examples:
  ttls keyring new ftpd --host ftp.example.com
  ttls lint /etc/ttls/ftp.ttls
  ttls run --policy /etc/ttls/ftp.ttls -- vsftpd /etc/vsftpd.conf
  ttls agent --policy /etc/ttls/gateway.ttls

Exit codes: 0 done, 1 findings (lint, keyring check) or no rule (match), 2 unusable input or failed start; `ttls run` returns the
exit code of the program, 128 + N where signal N ended it, 126 or 127 where it cannot be executed or found.")]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a program in a private network namespace and secure its connections by policy
    Run(Run),
    /// Serve the gateways of a policy in the foreground
    Agent(Agent),
    /// Check policy files without installing them
    Lint(Lint),
    /// Write policy files in the canonical layout and spelling
    Fmt(Fmt),
    /// Serve an editor with findings, hover texts, completion, navigation and fixes (LSP, standard input and output)
    Lsp,
    /// Explain a finding, or a statement or parameter of the policy language
    Explain {
        /// Number (TTLS301), name (shadowed-rule) or keyword (SecondaryMap), in any case
        #[arg(value_name = "CODE|NAME|KEYWORD")]
        word: String,
    },
    /// Say which rule of a policy a connection gets, and why
    Match(Match),
    /// Show the policy of a running agent, or of files: rules in matching order, and what each turns on with where it
    /// comes from
    Show(Show),
    /// Look at what host interceptors put on a host
    #[command(subcommand)]
    Host(Host),
    /// Show the connections of a running agent, or everything about one
    Status(Status),
    /// Have a running agent read its policy again
    Reload(Reload),
    /// End a connection of a running agent as failed
    Drop(Drop),
    /// Show or change what a running agent logs
    LogLevel(LogLevel),
    /// Say what this host lacks, by trying it
    Check(Check),
    /// Make, list and check key rings
    #[command(subcommand)]
    Keyring(Keyring),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a folder
    Man {
        /// The folder, made when missing
        folder: PathBuf,
    },
}

/// Options that both interceptors take.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// Policy file in the AT-TLS language
    #[arg(short, long, env = "TTLS_POLICY", value_name = "FILE")]
    pub policy: PathBuf,
    /// Folder of the key rings [default: /etc/ttls/keyrings for root, else ~/.config/ttls/keyrings]
    #[arg(long, env = "TTLS_KEYRINGS", value_name = "FOLDER")]
    pub keyrings: Option<PathBuf>,
    /// What happens to inbound connections that no rule covers
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub unmatched: Unmatched,
    /// Socket of the signaling channel, over which applications see and control their TLS; `ttls run` names it to its program in
    /// TTLS_CONTROL [default: /run/ttls/control, of `ttls run` /run/ttls/run-PID; in the user's runtime folder where it is not root]
    #[arg(long, env = "TTLS_CONTROL", value_name = "PATH")]
    pub control: Option<PathBuf>,
    /// Seconds that running transfers may take at a graceful stop (SIGTERM)
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub drain: u64,
    /// Seconds after which an idle connection is closed
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub idle: u64,
    /// What to log: off, error, warn, info, debug, trace, or a filter such as info,ttls_agent=debug
    #[arg(long, env = "TTLS_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// Unix socket on which `ttls status` and other verbs reach this agent, or off [default: one of its own in
    /// /run/ttls, for users other than root in $XDG_RUNTIME_DIR/ttls or /tmp/ttls-UID]
    #[arg(long, env = "TTLS_ADMIN", value_name = "PATH")]
    pub admin: Option<PathBuf>,
    /// Serve /metrics (OpenMetrics), /healthz and /readyz here over HTTP: ADDRESS:PORT or unix:PATH
    #[arg(long, env = "TTLS_METRICS", value_name = "PLACE")]
    pub metrics: Option<MetricsPlace>,
    /// Folder for payload traces: connections whose policy says both `CtraceClearText On` and bit 32 of Trace are written
    /// there, decrypted, as packets of a pcapng file [default: none are written]
    #[arg(long, value_name = "FOLDER")]
    pub payload_trace: Option<PathBuf>,
    /// How and where to log
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// `--unmatched`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unmatched {
    /// They are refused and logged
    Refuse,
    /// They pass in clear
    Clear,
}

/// `--log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Standard error, one line of text each
    Text,
    /// Standard error, one JSON object each
    Json,
    /// The journal, each field a field of its own
    Journald,
    /// The syslog daemon, facility daemon; auth for the messages of policies that say `SyslogFacility Auth`
    Syslog,
}

/// `ttls run`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The program sees its peers' true addresses and ports, and nothing of it is on the network: only published
ports lead to it. No change on the host, no root (published ports below 1024 apart). Needs the nft program.

Examples:
  ttls run --policy ftp.ttls -- vsftpd /etc/vsftpd.conf
  ttls run --policy ftp.ttls --publish 192.0.2.10:21:21 --publish 192.0.2.10:990:21 -- proftpd -n
  ttls run --policy ftp.ttls --publish 2121:2121 -- python3 -m pyftpdlib -p 2121"
)]
pub struct Run {
    /// Options of every interceptor
    #[command(flatten)]
    pub common: Common,
    /// Listen on port OUTER (of ADDR, else of every address) and connect to the program's port INNER; policy
    /// rules see OUTER. Repeatable [default: the ports of the policy's inbound rules; the TLSPORT leads to the
    /// program's control port]
    #[arg(long, value_name = "[ADDR:]OUTER:INNER")]
    pub publish: Vec<Publish>,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// `ttls agent`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The agent serves until SIGTERM or SIGINT; then it takes no new connections and lets running transfers finish.

Examples:
  ttls agent --policy gateway.ttls
  ttls agent --policy gateway.ttls --keyrings ./keyrings --log debug
  ttls agent --policy gateway.ttls --take-over
  ttls agent --policy gateway.ttls --user ttls --confine"
)]
pub struct Agent {
    /// Options of every interceptor
    #[command(flatten)]
    pub common: Common,
    /// Take the place of the agent that runs, on the same --admin socket where one is said: its listening sockets are
    /// used, no connection attempt is refused, and it ends when its connections have ended. Where none runs, start as ever
    #[arg(long)]
    pub take_over: bool,
    /// Open sockets and key rings as root, then run as this user for good: policy and key rings must be readable for it, and
    /// ports below 1024 that a reload adds cannot be opened. Not with TTLSIntercept, which needs a capability
    #[arg(long, value_name = "NAME", conflicts_with = "take_over")]
    pub user: Option<String>,
    /// Confine the agent by Landlock, where the kernel has it, to its policy files and key rings, what stands beside them,
    /// and the folders of its sockets and traces. Not with TTLSIntercept, which runs nft
    #[arg(long)]
    pub confine: bool,
}

/// `ttls lint`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "`# ttls: allow(NAME) reason` accepts findings: behind something on its line, or on the line above a statement or
parameter for all of it. `ttls explain NAME` says more about a finding. Exit codes: 0 no findings at or above --deny,
1 findings, 2 a file cannot be read.

Examples:
  ttls lint /etc/ttls/ftp.ttls
  ttls lint --deny warning policies/
  ttls lint --format sarif policies/ > lint.sarif
  ttls lint --keyrings --expiry-days 60 /etc/ttls/ftp.ttls
  ttls lint --diff --unsafe-fixes /etc/ttls/ftp.ttls
  make-policy | ttls lint -"
)]
pub struct Lint {
    /// Policy files, folders with *.ttls files, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub files: Vec<PathBuf>,
    /// The lowest level that makes the exit code 1
    #[arg(long, value_name = "LEVEL", default_value = "error")]
    pub deny: Deny,
    /// The shape of the findings
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: LintFormat,
    /// Look into the key rings too (of FOLDER): labels, keys, chains, host names and the end of certificates
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, require_equals = true)]
    pub keyrings: Option<Option<PathBuf>>,
    /// Report certificates that end within so many days
    #[arg(long, value_name = "DAYS", default_value_t = 30, requires = "keyrings")]
    pub expiry_days: u32,
    /// Report also what z/OS would not take, or would take differently
    #[arg(long)]
    pub portable: bool,
    /// Fix what can be fixed safely, in the files; the fixed text of standard input goes to standard output
    #[arg(long, group = "fixing")]
    pub fix: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long, group = "fixing")]
    pub diff: bool,
    /// Fix also where the policy does something else then, or where what was meant is a guess
    #[arg(long, requires = "fixing")]
    pub unsafe_fixes: bool,
}

/// `ttls fmt`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Comments stay, and so does the meaning. A file whose braces do not match is left alone. Exit codes: 0 formatted (with
--check and --diff: nothing to change), 1 something would change, 2 unusable input.

Examples:
  ttls fmt /etc/ttls
  ttls fmt --check policies/*.ttls
  make-policy | ttls fmt - > ftp.ttls"
)]
pub struct Fmt {
    /// Policy files, folders with *.ttls files, or - from standard input to standard output
    #[arg(required = true, value_name = "PATH")]
    pub files: Vec<PathBuf>,
    /// List the files that would change, and change nothing
    #[arg(long, conflicts_with = "diff")]
    pub check: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub diff: bool,
}

/// `--format` of `ttls lint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// Source lines, carets and help
    Human,
    /// One line each: file:line:column, level, code, name and message
    Concise,
    /// One JSON object each, on a line
    Json,
    /// One SARIF 2.1.0 log
    Sarif,
    /// Annotations of GitHub workflows
    Github,
}

/// `ttls match`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Addresses and ports are those of the network side. Exit codes: 0 a rule matches, 1 none does, 2 the policy
has errors or cannot be read.

Examples:
  ttls match --policy ftp.ttls --direction inbound --local 192.0.2.10:21 --remote 203.0.113.9:40000
  ttls match -p ftp.ttls --direction outbound --local [::1]:40000 --remote [::1]:21 --user ann
  ttls match -p ftp.ttls --direction inbound --local 192.0.2.10:21 --remote 203.0.113.9:40000 --at 2026-11-22T23:00"
)]
pub struct Match {
    /// Policy file in the AT-TLS language
    #[arg(short, long, env = "TTLS_POLICY", value_name = "FILE")]
    pub policy: PathBuf,
    /// Who opens the connection: the peer (inbound) or the program (outbound)
    #[arg(long, value_name = "WHO")]
    pub direction: Direction,
    /// The program's end
    #[arg(long, value_name = "ADDR:PORT")]
    pub local: SocketAddr,
    /// The peer's end
    #[arg(long, value_name = "ADDR:PORT")]
    pub remote: SocketAddr,
    /// User that the program runs under
    #[arg(long)]
    pub user: Option<String>,
    /// Job name of the program
    #[arg(long)]
    pub job: Option<String>,
    /// When the connection is made, such as 2026-11-22T08:30, 2026-11-22T08:30+01:00 or
    /// 2026-11-22T08:30[Europe/Berlin]; for rules with IpTimeCondition [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub at: Option<Zoned>,
    /// Answer as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// An instant, with the zone that local times of the policy mean.
fn instant(text: &str) -> Result<Zoned, String> {
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Ok(zoned);
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp.to_zoned(TimeZone::system()));
    }
    let shown = text.parse::<DateTime>().map_err(
        |_| "write it as 2026-11-22T08:30, 2026-11-22T08:30+01:00 or 2026-11-22T08:30[Europe/Berlin]",
    )?;
    shown
        .to_zoned(TimeZone::system())
        .map_err(|error| error.to_string())
}

/// `--direction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Direction {
    /// The peer connects
    Inbound,
    /// The program connects
    Outbound,
}

/// `--deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Policies that would not be installed
    Error,
    /// And what is probably wrong
    Warning,
    /// And everything worth a word
    Note,
}

/// `ttls host`.
#[derive(Debug, Subcommand)]
pub enum Host {
    /// Print the nftables rules and routing rules of a policy's TTLSIntercept statements, each explained
    #[command(after_help = "Nothing is changed, and no privilege is needed.

Examples:
  ttls host show --policy /etc/ttls/host.ttls")]
    Show {
        /// Policy file in the AT-TLS language
        #[arg(short, long, env = "TTLS_POLICY", value_name = "FILE")]
        policy: PathBuf,
    },
}

/// `ttls keyring`.
#[derive(Debug, Subcommand)]
pub enum Keyring {
    /// Make a key ring with a fresh key and certificate
    New(NewRing),
    /// List the key rings
    List {
        /// Folder of the key rings
        #[arg(long, env = "TTLS_KEYRINGS", value_name = "FOLDER")]
        keyrings: Option<PathBuf>,
    },
    /// Check key rings: labels, keys, validity, file modes
    Check {
        /// Names of rings [default: all]
        names: Vec<String>,
        /// Folder of the key rings
        #[arg(long, env = "TTLS_KEYRINGS", value_name = "FOLDER")]
        keyrings: Option<PathBuf>,
    },
}

/// `ttls keyring new`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  ttls keyring new ftpd --host ftp.example.com --host 192.0.2.10
  ttls keyring new ftpd --keyrings ./keyrings --host localhost --key rsa2048 --days 90")]
pub struct NewRing {
    /// Name of the ring, as the policy's Keyring says it (also USER/NAME)
    pub name: String,
    /// DNS name or IP address of the server; repeatable
    #[arg(long = "host", value_name = "HOST", required = true)]
    pub hosts: Vec<String>,
    /// Label of the certificate
    #[arg(long, default_value = "server")]
    pub label: String,
    /// Kind of key
    #[arg(long, value_name = "KIND", default_value = "ecdsa-p256")]
    pub key: KeyKind,
    /// Days of validity
    #[arg(long, default_value_t = 365)]
    pub days: u32,
    /// Sign the certificate with its own key instead of a new authority's
    #[arg(long)]
    pub self_signed: bool,
    /// Folder of the key rings
    #[arg(long, env = "TTLS_KEYRINGS", value_name = "FOLDER")]
    pub keyrings: Option<PathBuf>,
}

/// `--key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyKind {
    /// ECDSA with P-256: fast, known to every client since 2012
    EcdsaP256,
    /// RSA with 2048 bits, for clients that know nothing newer
    Rsa2048,
    /// RSA with 3072 bits
    Rsa3072,
}
