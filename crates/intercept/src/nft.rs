//! Running the `nft` program.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Loads a script in one transaction into the network namespace of the calling thread; else says why not.
pub(crate) fn load(script: &str) -> Result<(), String> {
    run(&["-f", "-"], script).map(drop)
}

/// A table as it stands there: its chains and rules, without what changes by itself.
pub(crate) fn list(table: &str) -> Result<String, String> {
    run(&["-s", "-t", "list", "table", "inet", table], "")
}

fn run(arguments: &[&str], script: &str) -> Result<String, String> {
    let nft = find().ok_or("the program nft is not installed; install the nftables package")?;
    let run = || {
        let mut child = Command::new(&nft)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(script.as_bytes())?;
        }
        child.wait_with_output()
    };
    let output = run().map_err(|error: io::Error| format!("{}: {error}", nft.display()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no reason given");
    Err(format!(
        "{} says: {first}; the kernel must have nf_tables with nft_tproxy and nft_socket",
        nft.display()
    ))
}

/// Ordinary users often lack the system's administration folders in `PATH`.
fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("nft"))
        .find(|program| program.is_file())
}
