//! A light load generator for FTP with TLS and for TLS tunnels.
//!
//! It spends as little processor time as it can, so that the server side shows. Each command prints one line of JSON
//! ([`report::Report`]). Certificates are not checked: it measures and protects nothing.

#![forbid(unsafe_code)]

mod args;
mod big;
mod control;
mod files;
mod idle;
mod logins;
mod origin;
mod report;
mod secure;
mod tunnel;
mod wire;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let report = match arguments.command {
        Command::Retr(big) => big::retrieve(&big)?,
        Command::Stor(big) => big::store(&big)?,
        Command::Get(files) => files::get(&files)?,
        Command::Put(files) => files::put(&files)?,
        Command::Logins(rate) => logins::log_in_and_out(&rate)?,
        Command::Idle(idle) => return idle::hold(&idle),
        Command::TunnelGet(tunnel) => tunnel::get(&tunnel)?,
        Command::TunnelPut(tunnel) => tunnel::put(&tunnel)?,
        Command::Handshakes(rate) => logins::handshakes(&rate)?,
        Command::Origin(origin) => return origin::serve(&origin),
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}
