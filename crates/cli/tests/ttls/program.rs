//! Starting the program.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program in this folder until it ends.
pub(crate) fn ttls(folder: &Path, arguments: &[&str]) -> Output {
    ttls_reading(folder, arguments, "")
}

/// Likewise, with this text as its standard input.
pub(crate) fn ttls_reading(folder: &Path, arguments: &[&str], input: &str) -> Output {
    ttls_reading_bytes(folder, arguments, input.as_bytes())
}

/// Likewise, with these bytes.
pub(crate) fn ttls_reading_bytes(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ttls"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("TTLS_POLICY")
        .env_remove("TTLS_KEYRINGS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Commands that do not read their input may be gone already.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

/// What it printed.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it said.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
