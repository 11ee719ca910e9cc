//! The place of the threads that sessions live on before the daemons and clients that they wait for.
//!
//! Such a thread works for microseconds, and whenever it does, a program on each side of it waits. Behind a daemon that
//! hashes passwords it would wait for a whole slice, several times per log-in. TCP itself, whose part it takes, has its
//! processor at once.

use rustix::process::{getpriority_process, setpriority_process};

/// About three times the weight of an ordinary thread: enough to go first, not to keep others from what they need.
const NICE: i32 = -5;

/// Gives the calling thread that place, where the system lets it: to root, with `CAP_SYS_NICE`, or within `RLIMIT_NICE`.
/// Whoever started ttls with a nice value of its own has decided it.
pub(crate) fn take() {
    // For the kernel, as for this function, the calling thread alone.
    if getpriority_process(None) == Ok(0) && setpriority_process(None, NICE).is_err() {
        tracing::debug!("sessions have the same right to a processor as all programs: no CAP_SYS_NICE");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_precedence_unless_somebody_else_has_decided_it() {
        // On a thread of its own, as the value is one's.
        std::thread::spawn(|| {
            let before = getpriority_process(None).unwrap();
            take();
            let after = getpriority_process(None).unwrap();
            let allowed = setpriority_process(None, NICE).is_ok();
            let wanted = if before == 0 && allowed { NICE } else { before };
            assert_eq!(after, wanted);
            setpriority_process(None, 7).unwrap();
            take();
            assert_eq!(getpriority_process(None).unwrap(), 7);
        })
        .join()
        .unwrap();
    }
}
