//! The processes below the helper: waiting for them, signalling them, killing them all.

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What [`reap`] found.
pub(crate) enum Reaped {
    /// A child ended, with the status as `wait` gives it.
    Ended(i32, i32),
    /// Children are there, none has ended.
    None,
    /// No child is left.
    NoChildren,
}

/// Waits for one child that has ended, without blocking.
pub(crate) fn reap() -> Reaped {
    let mut status = 0;
    // Not `nix::sys::wait`: it has no value for real-time signals and would lose the child that one of them
    // killed. SAFETY: `status` is a valid place for the status.
    match unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) } {
        0 => Reaped::None,
        pid if pid > 0 => Reaped::Ended(pid, status),
        _ => match Errno::last() {
            Errno::EINTR => reap(),
            _ => Reaped::NoChildren,
        },
    }
}

/// Whether the kernel tells who the descendants are; without that none could be killed.
pub(crate) fn can_be_listed() -> bool {
    fs::read_to_string("/proc/thread-self/children").is_ok()
}

/// Sends a signal to one process.
pub(crate) fn signal(pid: i32, number: i32) {
    if let Ok(signal) = Signal::try_from(number) {
        // Gone already, or a set-user-ID program that this user may not signal, as from a shell.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// Sends a signal to every process below this one.
pub(crate) fn signal_all(number: i32) {
    for pid in all() {
        signal(pid, number);
    }
}

/// Kills every process below this one and waits for the end of all, for a bounded time.
///
/// In rounds, because they may be starting others meanwhile: orphans become children of this subreaper,
/// so none can leave the tree.
pub(crate) fn kill_all(bound: Duration) {
    let end = Instant::now() + bound;
    while Instant::now() < end {
        signal_all(libc::SIGKILL);
        loop {
            match reap() {
                Reaped::Ended(..) => {}
                Reaped::None => break,
                Reaped::NoChildren => return,
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The process ids of all descendants, parents before children.
fn all() -> Vec<i32> {
    let mut found = children_of("self");
    let mut seen: HashSet<i32> = found.iter().copied().collect();
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        found.extend(
            children_of(&pid.to_string())
                .into_iter()
                .filter(|child| seen.insert(*child)),
        );
        next += 1;
    }
    found
}

/// Children belong to the thread that made them, so every thread is asked. A process that is gone has none.
fn children_of(process: &str) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
        return Vec::new();
    };
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|pid| pid.parse().ok())
                .collect::<Vec<i32>>()
        })
        .collect()
}
