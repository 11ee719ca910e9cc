//! The helper's place behind others: nearly all that it makes is wanted later, so no wake-up of it is worth interrupting
//! a daemon or a client that runs.

use std::io;

use nix::errno::Errno;
use nix::libc;

/// Has the calling thread wait for a processor where it would interrupt who has one (`SCHED_BATCH`); whether it does now.
/// Only an ordinary thread is changed: whoever has another policy was given it for a reason.
pub(crate) fn stay() -> bool {
    // SAFETY: it takes a number and gives one.
    let policy = unsafe { libc::sched_getscheduler(0) };
    policy == libc::SCHED_OTHER && set(libc::SCHED_BATCH).is_ok()
}

/// Takes [`stay`] back. Makes one system call and allocates nothing.
pub(crate) fn leave() -> io::Result<()> {
    set(libc::SCHED_OTHER)
}

/// Both policies keep the nice value and have no priority beside it.
fn set(policy: libc::c_int) -> io::Result<()> {
    let none = libc::sched_param { sched_priority: 0 };
    // SAFETY: the kernel reads one `sched_param`, which outlives the call.
    let result = unsafe { libc::sched_setscheduler(0, policy, &raw const none) };
    Errno::result(result)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_stays_behind_and_leaves() {
        // SAFETY: it takes a number and gives one.
        let policy = || unsafe { libc::sched_getscheduler(0) };
        // On a thread of its own, as the policy is one's.
        std::thread::spawn(move || {
            let before = policy();
            if stay() {
                assert_eq!((before, policy()), (libc::SCHED_OTHER, libc::SCHED_BATCH));
                assert!(!stay(), "it does already");
                leave().unwrap();
            }
            assert_eq!(policy(), before);
        })
        .join()
        .unwrap();
    }
}
