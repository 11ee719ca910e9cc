//! The `ttls` program as a library, so that the demo can carry it.
#![forbid(unsafe_code)]

mod admin;
mod agent;
pub mod args;
mod check;
mod explain;
mod files;
mod fmt;
mod generate;
mod host;
mod keyring;
mod lint;
mod logging;
mod lsp;
mod match_;
mod metrics;
mod operate;
mod output;
mod policy;
mod run;
mod service;
mod show;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// Exit code for wrong usage, unreadable input or a start that failed.
pub const EXIT_UNUSABLE: u8 = 2;

/// Runs `ttls` with the given arguments (the program's name first).
pub fn main_with(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if args
        .get(1)
        .is_some_and(|first| first == ttls_intercept::HELPER_ARGUMENT)
    {
        return ttls_intercept::helper_main(args);
    }
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // Nothing can be said where even the terminal cannot be written.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(EXIT_UNUSABLE));
        }
    };
    let done = match args.command {
        Command::Run(run) => run::run(run),
        Command::Agent(agent) => agent::agent(&agent),
        Command::Lint(lint) => lint::lint(&lint),
        Command::Fmt(fmt) => fmt::fmt(&fmt),
        Command::Lsp => lsp::lsp(),
        Command::Explain { word } => explain::explain(&word),
        Command::Match(args) => match_::match_(&args),
        Command::Show(args) => show::show(&args),
        Command::Host(command) => host::host(&command),
        Command::Status(status) => operate::status(&status),
        Command::Reload(reload) => operate::reload(&reload),
        Command::Drop(drop) => operate::drop(&drop),
        Command::LogLevel(level) => operate::log_level(&level),
        Command::Check(args) => check::check(&args),
        Command::Keyring(command) => keyring::keyring(command),
        Command::Completions { shell } => generate::completions(shell),
        Command::Man { folder } => generate::man(&folder),
    };
    done.unwrap_or_else(|error| {
        eprintln!("ttls: {error:#}");
        ExitCode::from(EXIT_UNUSABLE)
    })
}
