//! The options of the demo.

use clap::Parser;

/// Wrap a plain FTP daemon with ttls, check it over TLS and leave it up to be tried.
///
/// Starts an FTP daemon that knows no TLS in a temporary folder, makes a key ring and a policy, puts `ttls agent` in
/// front of it on free loopback ports, and checks itself: login, listing, upload and download over explicit and
/// implicit FTPS. Then it prints the curl and lftp lines to try and stays up until Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "ttls-demo", version)]
#[command(after_help = "Exit status: 0 everything went well, 1 something did not, 2 wrong usage.")]
pub(crate) struct Options {
    /// Exit after the self-check.
    #[arg(long)]
    pub(crate) check: bool,
    /// Keep the temporary folder (policy, key ring, logs, files) at the end.
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Reads the command line; wrong usage and `--help` end the process here.
pub(crate) fn parse() -> Options {
    Options::parse()
}
