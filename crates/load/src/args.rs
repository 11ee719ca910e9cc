//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Download one big file
    Retr(Big),
    /// Upload one big file of zeros
    Stor(Big),
    /// Download many small files, f0 to fN, on one control connection
    Get(Files),
    /// Upload many small files, f0 to fN, on one control connection
    Put(Files),
    /// Connect, AUTH TLS, USER, PASS, QUIT, again and again
    Logins(Rate),
    /// Hold logged-in control sessions until standard input ends; says "ready" when all stand
    Idle(Idle),
    /// Receive through a TLS tunnel
    TunnelGet(Tunnel),
    /// Send through a TLS tunnel
    TunnelPut(Tunnel),
    /// Connect through a TLS tunnel, read one byte, close, again and again
    Handshakes(Rate),
    /// Serve in clear what stands behind a tunnel: a source, a sink and a port that says one byte
    Origin(Origin),
}

/// How to reach the server.
#[derive(Debug, Clone, Args)]
pub(crate) struct Server {
    #[arg(long)]
    pub(crate) server: SocketAddr,
    /// FTP: the user's name
    #[arg(long, default_value = "")]
    pub(crate) user: String,
    /// FTP: the password
    #[arg(long, default_value = "")]
    pub(crate) password: String,
    /// TLS version; without it everything is in clear
    #[arg(long)]
    pub(crate) tls: Option<Version>,
    /// Bits of AES-GCM
    #[arg(long, default_value = "128")]
    pub(crate) aes: Aes,
    /// No session is resumed
    #[arg(long)]
    pub(crate) no_resumption: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Version {
    #[value(name = "1.2")]
    Tls12,
    #[value(name = "1.3")]
    Tls13,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Aes {
    #[value(name = "128")]
    Aes128,
    #[value(name = "256")]
    Aes256,
}

#[derive(Debug, Args)]
pub(crate) struct Big {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Name of the file
    #[arg(long)]
    pub(crate) file: String,
    /// How much to upload, or what each download must have, in bytes
    #[arg(long)]
    pub(crate) bytes: u64,
    /// Sessions at the same time; an upload of session N goes to FILE.N
    #[arg(long, default_value_t = 1)]
    pub(crate) parallel: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Files {
    #[command(flatten)]
    pub(crate) server: Server,
    #[arg(long)]
    pub(crate) count: usize,
    /// Size of each, in bytes
    #[arg(long, default_value_t = 4096)]
    pub(crate) size: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Rate {
    #[command(flatten)]
    pub(crate) server: Server,
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    #[arg(long, default_value_t = 4)]
    pub(crate) clients: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Idle {
    #[command(flatten)]
    pub(crate) server: Server,
    #[arg(long)]
    pub(crate) count: usize,
    /// Tunnels instead of FTP sessions
    #[arg(long)]
    pub(crate) tunnel: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tunnel {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Per connection
    #[arg(long)]
    pub(crate) bytes: u64,
    #[arg(long, default_value_t = 1)]
    pub(crate) parallel: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Origin {
    /// Sends what `--file` holds, again and again
    #[arg(long)]
    pub(crate) source: SocketAddr,
    /// Receives
    #[arg(long)]
    pub(crate) sink: SocketAddr,
    /// Says one byte and waits for the end
    #[arg(long)]
    pub(crate) byte: SocketAddr,
    #[arg(long)]
    pub(crate) file: PathBuf,
}
