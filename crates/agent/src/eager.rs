//! Looking for the next answer for a moment before a thread of sessions sleeps.
//!
//! Where client and daemon are near, a command, a reply or a handshake's next flight comes within microseconds, and most
//! of the time of a small file is that of putting processors to sleep and waking them, on virtual machines above all. So
//! a thread that has just sent something to someone who answers that fast looks again and again, and gives the processor
//! to whoever wants it between two looks. On a busy machine it finds that others had it meanwhile, and sleeps instead.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread::{self, LocalKey};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long it looks.
const NEAR: Duration = Duration::from_micros(400);

/// How soon an answer must have come for the next one to be [expected](answer_is_near); with the time that waking takes.
pub(crate) const WAS_NEAR: Duration = Duration::from_micros(500);

/// Whoever gets its processor back after so long had lent it to others.
const OTHERS_RAN: Duration = Duration::from_micros(20);

/// A timer of the thread that looks, which is earlier than all that its sessions set meanwhile: the runtime writes to its
/// own eventfd for each timer that is earlier than all others, and finds it there in the next turn.
const EARLIEST: Duration = Duration::from_millis(100);

/// How long a thread that shares its processor does not look.
const REST: Duration = Duration::from_millis(50);

thread_local! {
    /// Wakes the task of [`looking`], where this thread has one.
    static WANTED: Cell<Option<Arc<Notify>>> = const { Cell::new(None) };
    static UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
    static RESTS_UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Whether something [came] since the last look.
    static CAME: Cell<bool> = const { Cell::new(false) };
}

/// An answer is expected within [`NEAR`].
pub(crate) fn answer_is_near() {
    let now = Instant::now();
    if passed(&RESTS_UNTIL, now) {
        UNTIL.set(Some(now + NEAR));
        let wanted = WANTED.take();
        if let Some(wanted) = &wanted {
            wanted.notify_one();
        }
        WANTED.set(wanted);
    }
}

/// What was near has come, and more of it will: goes on looking, where this thread does.
pub(crate) fn more_is_near() {
    came();
    if !passed(&UNTIL, Instant::now()) {
        answer_is_near();
    }
}

/// Something has come that the thread may have looked for.
pub(crate) fn came() {
    CAME.set(true);
}

fn passed(time: &'static LocalKey<Cell<Option<Instant>>>, now: Instant) -> bool {
    time.get().is_none_or(|time| time <= now)
}

/// The task that keeps its thread from sleeping; to be spawned, once, on a runtime of one thread, from that thread.
pub(crate) fn looking() -> impl Future<Output = ()> + Send {
    let wanted = Arc::new(Notify::new());
    WANTED.set(Some(wanted.clone()));
    async move {
        let mut sharing = Sharing::default();
        let mut earliest = pin!(tokio::time::sleep(EARLIEST));
        let mut earliest_at = Instant::now();
        loop {
            wanted.notified().await;
            loop {
                let before = Instant::now();
                if passed(&UNTIL, before) {
                    break;
                }
                if earliest_at <= before {
                    earliest_at = before + EARLIEST;
                    earliest.as_mut().reset(earliest_at.into());
                    poll_fn(|cx| {
                        // Sets it; nobody waits for it.
                        let _ = earliest.as_mut().poll(cx);
                        Poll::Ready(())
                    })
                    .await;
                }
                thread::yield_now();
                let others_ran = before.elapsed() > OTHERS_RAN;
                // The reactor has its turn, and whatever it finds something for.
                tokio::task::yield_now().await;
                if CAME.replace(false) {
                    sharing.found();
                } else if others_ran && sharing.lent() {
                    let now = Instant::now();
                    RESTS_UNTIL.set(Some(now + REST));
                    UNTIL.set(Some(now));
                }
            }
        }
    }
}

/// How often others had the processor between two looks and nothing came of it, against how often something came.
#[derive(Debug, Default)]
struct Sharing(u32);

impl Sharing {
    /// What is looked for may take several processes, one after the other.
    const FOR_EACH: u32 = 2;

    /// More than a busy moment.
    const MUCH: u32 = 8;

    fn found(&mut self) {
        self.0 = self.0.saturating_sub(Self::FOR_EACH);
    }

    /// Whether it is time for a rest, after which nothing of before counts.
    fn lent(&mut self) -> bool {
        self.0 += 1;
        let rest = self.0 >= Self::MUCH;
        if rest {
            self.0 = 0;
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_rests_where_others_have_its_processor_and_nothing_comes_of_it() {
        let mut sharing = Sharing::default();
        let rests = (0..80).any(|time| {
            if time % 3 == 0 {
                sharing.found();
            }
            sharing.lent()
        });
        assert!(rests);
        let mut sharing = Sharing::default();
        let rests = (0..80).any(|time| {
            if time % 2 == 0 {
                sharing.found();
            }
            sharing.lent()
        });
        assert!(!rests, "two processes of one daemon");
        let mut sharing = Sharing::default();
        for _ in 1..Sharing::MUCH {
            assert!(!sharing.lent());
        }
        assert!(sharing.lent());
        assert!(!sharing.lent(), "it tries again");
    }

    #[test]
    fn a_thread_looks_until_nothing_has_come_for_a_moment() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.spawn(looking());
        runtime.block_on(async {
            // The task gets to its wait.
            tokio::task::yield_now().await;
            let mut tries = 0;
            let looks = loop {
                answer_is_near();
                let start = Instant::now();
                let (mut last, mut longest) = (start, Duration::ZERO);
                while start.elapsed() < 3 * NEAR {
                    more_is_near();
                    tokio::task::yield_now().await;
                    longest = longest.max(last.elapsed());
                    last = Instant::now();
                }
                let looks = !passed(&UNTIL, Instant::now());
                // Where this thread itself had to wait for a processor, it says nothing.
                if longest.max(last.elapsed()) < NEAR / 2 {
                    break looks;
                }
                tries += 1;
                assert!(tries < 1_000, "no processor for a millisecond");
                tokio::time::sleep(REST).await;
            };
            assert!(looks);
            tokio::time::sleep(5 * NEAR).await;
            assert!(passed(&UNTIL, Instant::now()));
            more_is_near();
            assert!(
                passed(&UNTIL, Instant::now()),
                "only an answer that is expected begins it"
            );
        });
    }
}
