//! Policies on the command line: reading them, showing what would change, replacing them.

mod diff;
mod inputs;
mod write;

pub(crate) use diff::diff;
pub(crate) use inputs::{Input, inputs, is_stdin};
pub(crate) use write::replace;
