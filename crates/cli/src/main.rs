//! The `ttls` program.
use std::process::ExitCode;

fn main() -> ExitCode {
    ttls::main_with(std::env::args_os())
}
