//! Whether privileges are gone, in every thread of the process.

use std::fs;
use std::io::{self, ErrorKind};

use nix::errno::Errno;
use nix::unistd::{Gid, Uid};

/// Every thread is this user's and this group's, in each of the four ways, and has no capability.
///
/// # Errors
/// One is not, or the system does not say so.
pub(super) fn all_threads_are(uid: Uid, gid: Gid) -> io::Result<()> {
    for thread in fs::read_dir("/proc/self/task")? {
        let status = match fs::read_to_string(thread?.path().join("status")) {
            Ok(status) => status,
            Err(error) if has_ended(&error) => continue,
            Err(error) => return Err(error),
        };
        if let Some(kept) = kept(&status, uid, gid) {
            return Err(io::Error::other(format!(
                "a thread of the process has kept privileges ({kept}); start the agent without secure bits"
            )));
        }
    }
    Ok(())
}

/// The first thing that the status of a thread (proc_pid_status(5)) should not say, or should.
fn kept(status: &str, uid: Uid, gid: Gid) -> Option<String> {
    let wanted = [
        ("Uid:", vec![uid.to_string(); 4]),
        ("Gid:", vec![gid.to_string(); 4]),
        ("CapPrm:", vec!["0000000000000000".to_owned()]),
        ("CapEff:", vec!["0000000000000000".to_owned()]),
        ("CapAmb:", vec!["0000000000000000".to_owned()]),
    ];
    wanted.into_iter().find_map(|(name, values)| {
        let line = status.lines().find(|line| line.starts_with(name));
        let holds = line.is_some_and(|line| line.split_whitespace().skip(1).eq(&values));
        (!holds).then(|| line.unwrap_or(name).replace('\t', " "))
    })
}

fn has_ended(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(Errno::ESRCH as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tttls\nUid:\t7\t7\t7\t7\nGid:\t8\t8\t8\t8\nCapInh:\t0000000000000000\n\
         CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n";

    fn told(status: &str) -> Option<String> {
        kept(status, Uid::from_raw(7), Gid::from_raw(8))
    }

    #[test]
    fn an_ordinary_thread_has_kept_nothing() {
        assert_eq!(told(STATUS), None);
    }

    #[test]
    fn a_saved_user_a_group_a_capability_and_silence_are_noticed() {
        for (from, to) in [
            ("Uid:\t7\t7\t7\t7", "Uid:\t7\t7\t0\t7"),
            ("Gid:\t8\t8\t8\t8", "Gid:\t8\t8\t8\t0"),
            ("CapPrm:\t0000000000000000", "CapPrm:\t0000000000000400"),
            ("CapEff:\t0", "CapEff:\t1"),
            ("CapAmb:\t0", "CapAmb:\t1"),
            ("CapPrm:\t0000000000000000\n", ""),
        ] {
            assert!(told(&STATUS.replacen(from, to, 1)).is_some(), "{to}");
        }
    }

    #[test]
    fn threads_of_others_are_noticed() {
        // No test runs as this one.
        let nobody_at_all = (Uid::from_raw(4_000_000_000), Gid::from_raw(4_000_000_000));
        assert!(all_threads_are(nobody_at_all.0, nobody_at_all.1).is_err());
    }
}
