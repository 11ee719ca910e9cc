//! Looking for the next answer for a moment before a thread of sessions sleeps.
//!
//! Where client and daemon are near, a command, a reply or a handshake's next flight comes within microseconds, and most
//! of the time of a small file is that of putting processors to sleep and waking them, on virtual machines above all. So
//! a thread that has just sent something to someone who answers that fast looks again and again, and gives the processor
//! to whoever wants it between two looks. On a busy machine it finds that others had it meanwhile, and sleeps instead.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::thread::{self, LocalKey};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long it looks.
const NEAR: Duration = Duration::from_micros(400);

/// How soon an answer must have come for the next one to be [expected](answer_is_near); with the time that waking takes.
pub(crate) const WAS_NEAR: Duration = Duration::from_micros(500);

/// Whoever gets its processor back after so long had lent it to others.
const OTHERS_RAN: Duration = Duration::from_micros(20);

/// How long a thread that shares its processor does not look.
const REST: Duration = Duration::from_millis(50);

thread_local! {
    /// Wakes the task of [`looking`], where this thread has one.
    static WANTED: Cell<Option<Arc<Notify>>> = const { Cell::new(None) };
    static UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
    static RESTS_UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
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
    if !passed(&UNTIL, Instant::now()) {
        answer_is_near();
    }
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
        loop {
            wanted.notified().await;
            let mut shared = false;
            loop {
                let before = Instant::now();
                if passed(&UNTIL, before) {
                    break;
                }
                thread::yield_now();
                let others_ran = before.elapsed() > OTHERS_RAN;
                let until = UNTIL.get();
                // The reactor has its turn, and whatever it finds something for.
                tokio::task::yield_now().await;
                // Where that was the answer, it was what the others ran for.
                shared |= others_ran && UNTIL.get() == until;
            }
            if sharing.note(shared) {
                RESTS_UNTIL.set(Some(Instant::now() + REST));
            }
        }
    }
}

/// Whether the processor is shared, as seen the last eight times.
#[derive(Default)]
struct Sharing(u8);

impl Sharing {
    /// Once now and then is the scheduler's choice among idle processors.
    const MUCH: u32 = 4;

    /// Notes one more; whether it is time for a rest, after which nothing of before counts.
    fn note(&mut self, shared: bool) -> bool {
        self.0 = self.0 << 1 | u8::from(shared);
        let rest = self.0.count_ones() >= Self::MUCH;
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
    fn a_thread_rests_where_others_have_its_processor_much_of_the_time() {
        let mut sharing = Sharing::default();
        let seldom = (0..80).any(|time| sharing.note(time % 3 == 0));
        assert!(!seldom);
        let mut sharing = Sharing::default();
        for shared in [true, true, false, true] {
            assert!(!sharing.note(shared));
        }
        assert!(sharing.note(true));
        assert!(!sharing.note(true), "it tries again");
    }

    #[test]
    fn a_thread_looks_until_nothing_has_come_for_a_moment() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.spawn(looking());
        let start = Instant::now();
        runtime.block_on(async {
            // The task gets to its wait.
            tokio::task::yield_now().await;
            answer_is_near();
            while start.elapsed() < 3 * NEAR {
                more_is_near();
                tokio::task::yield_now().await;
            }
            assert!(!passed(&UNTIL, Instant::now()));
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
