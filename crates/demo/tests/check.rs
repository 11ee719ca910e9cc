//! The demo as its user meets it: the built binary, from outside.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// The last line before the demo waits for Ctrl-C.
const UP: &str = "Ctrl-C ends everything.";
/// Bound of everything that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

fn demo(temporary: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ttls-demo"));
    command
        .args(options)
        .env("TMPDIR", temporary)
        .stdin(Stdio::null());
    command
}

fn temporary() -> TempDir {
    tempfile::tempdir().expect("a test machine has a temporary folder")
}

fn check(temporary: &Path, options: &[&str]) -> (Output, String) {
    let output = demo(temporary, options).output().expect("the demo was built");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, told)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is ours");
    entries
        .map(|entry| entry.expect("the folder is ours").path())
        .collect()
}

/// The ids that the demo told: "(process 123)".
fn processes(told: &str) -> Vec<u32> {
    told.split("(process ")
        .skip(1)
        .filter_map(|rest| rest.split(')').next()?.parse().ok())
        .collect()
}

fn running(id: u32) -> bool {
    // A process that ended and was not waited for yet is not running.
    fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "not after {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts a demo that stays up, and what it told until then.
fn staying(temporary: &Path) -> (Child, String) {
    let mut child = demo(temporary, &[])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the demo was built");
    let output = child.stdout.take().expect("it is piped");
    let mut told = String::new();
    for line in BufReader::new(output).lines() {
        let line = line.expect("the demo tells in UTF-8");
        told.push_str(&line);
        told.push('\n');
        if line == UP {
            return (child, told);
        }
    }
    panic!("the demo did not get up ({:?}):\n{told}", child.wait());
}

#[test]
fn the_check_passes_and_tells_what_was_negotiated() {
    let temporary = temporary();
    let (output, told) = check(temporary.path(), &["--check"]);
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{told}\n{problems}", output.status);

    let ok = |words: &[&str]| {
        told.lines()
            .any(|line| line.trim_start().starts_with("ok") && words.iter().all(|word| line.contains(word)))
    };
    assert!(ok(&["AUTH TLS", "502"]), "the daemon knows no TLS\n{told}");
    assert!(ok(&["in clear", "\"5"]), "a clear login is refused\n{told}");
    for title in [
        "explicit FTPS, TLS 1.3",
        "implicit FTPS, TLS 1.3",
        "explicit FTPS, TLS 1.2",
    ] {
        assert!(told.contains(title), "{title}\n{told}");
    }
    for protocol in ["TLSv1.3", "TLSv1.2"] {
        assert!(ok(&["login", protocol, "full handshake"]), "{protocol}\n{told}");
        for step in ["list", "upload", "download"] {
            assert!(
                ok(&[step, protocol, "session resumed"]),
                "{step} {protocol}\n{told}"
            );
        }
    }
    assert!(!told.contains("Ctrl-C"), "it does not stay up\n{told}");
    assert_eq!(
        entries(temporary.path()),
        Vec::<PathBuf>::new(),
        "nothing is left"
    );
    assert!(
        processes(&told).into_iter().all(|id| !running(id)),
        "no process is left\n{told}"
    );
}

#[test]
fn keep_leaves_the_policy_the_ring_and_the_logs() {
    let temporary = temporary();
    let (output, told) = check(temporary.path(), &["--check", "--keep"]);
    assert!(output.status.success(), "{told}");
    let folders = entries(temporary.path());
    let [folder] = folders.as_slice() else {
        panic!("one folder is kept: {folders:?}")
    };
    assert!(told.contains(&format!("Kept: {}", folder.display())), "{told}");
    for kept in [
        "ftp.policy",
        "keyrings/demo",
        "daemon.log",
        "ttls.log",
        "files/welcome.txt",
    ] {
        assert!(folder.join(kept).exists(), "{kept}");
    }
}

#[test]
fn ctrl_c_ends_everything_and_is_no_failure() {
    let temporary = temporary();
    let (mut child, told) = staying(temporary.path());
    let parts = processes(&told);
    assert_eq!(
        parts.len(),
        2,
        "the daemon and ttls are processes of their own\n{told}"
    );
    assert!(parts.iter().all(|&id| running(id)), "{told}");
    assert!(
        told.contains("curl --cacert ") && told.contains("lftp -u "),
        "{told}"
    );

    let id = i32::try_from(child.id()).expect("process ids are small");
    kill(Pid::from_raw(id), Signal::SIGINT).expect("it is our child");
    let status = child.wait().expect("it is our child");
    assert!(status.success(), "{status}");
    assert!(parts.into_iter().all(|id| !running(id)), "no process is left");
    assert_eq!(
        entries(temporary.path()),
        Vec::<PathBuf>::new(),
        "nothing is left"
    );
}

#[test]
fn the_parts_end_with_the_demo_even_if_it_is_killed() {
    let temporary = temporary();
    let (mut child, told) = staying(temporary.path());
    child.kill().expect("it is our child");
    child.wait().expect("it is our child");
    for id in processes(&told) {
        wait_until("a part ends", || !running(id));
    }
}

#[test]
fn a_part_that_ends_by_itself_is_a_failure_that_is_told() {
    let temporary = temporary();
    let mut command = demo(temporary.path(), &[]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the demo was built");
    let output = child.stdout.take().expect("it is piped");
    let told: Vec<String> = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .take_while(|l| l != UP)
        .collect();
    let daemon = processes(&told.join("\n"))[0];
    kill(
        Pid::from_raw(i32::try_from(daemon).expect("process ids are small")),
        Signal::SIGKILL,
    )
    .expect("it is our child's child");
    let output = child.wait_with_output().expect("it is our child");
    assert_eq!(output.status.code(), Some(1));
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(
        problem.contains("the FTP daemon ended (signal: 9 (SIGKILL))"),
        "{problem}"
    );
    assert_eq!(
        entries(temporary.path()),
        Vec::<PathBuf>::new(),
        "nothing is left"
    );
}

#[test]
fn help_says_what_the_options_do() {
    let temporary = temporary();
    let (output, told) = check(temporary.path(), &["--help"]);
    assert!(output.status.success());
    assert!(
        ["--check", "--keep", "Exit status"]
            .iter()
            .all(|word| told.contains(word)),
        "{told}"
    );
}
