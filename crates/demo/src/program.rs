//! The `ttls` program, carried as a library and played in a process of its own.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::lifeline;

/// First argument of the process that plays the program; its own arguments follow.
pub(crate) const PART: &str = "__ttls";

/// Runs `ttls ARGS`.
pub(crate) fn play(args: impl Iterator<Item = OsString>) -> ExitCode {
    lifeline::hold();
    let args: Vec<OsString> = std::iter::once(OsString::from("ttls")).chain(args).collect();
    ttls::main_with(args)
}
