//! The demo of `ttls`: a plain FTP daemon that knows no TLS, wrapped and checked, with nothing needed but Rust.
//!
//! One binary plays three parts, each in a process of its own: the demo (what the user started), the FTP daemon
//! (`__daemon`) and the `ttls` program (`__ttls`). The daemon is never part of the `ttls` binary.
#![forbid(unsafe_code)]

mod check;
mod child;
mod daemon;
mod demo;
mod hints;
mod lifeline;
mod options;
mod policy_text;
mod ports;
mod program;
mod shell;
mod stage;
mod stop;
mod tell;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    let first = args.next();
    match first.as_ref().and_then(|part| part.to_str()) {
        Some(daemon::PART) => daemon::play(),
        Some(program::PART) => program::play(args),
        _ => demo::play(&options::parse()),
    }
}
