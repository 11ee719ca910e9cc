//! Entries on their way to whoever takes the log. Nobody who logs waits for it, and what does not fit is counted.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Bytes of entries that may wait: some thousand lines.
const BOUND: usize = 1024 * 1024;

/// How long entries gather behind those just written: on a busy host most find the thread awake then, and whoever logs
/// wakes nobody.
const GATHER: Duration = Duration::from_millis(10);

/// Takes entries and may block for as long as it likes.
pub(super) trait Sink: Send {
    /// Writes one entry. There is nobody to tell that logging fails.
    fn write(&mut self, entry: &[u8]);

    /// Writes several.
    fn write_all(&mut self, entries: &VecDeque<Vec<u8>>) {
        for entry in entries {
            self.write(entry);
        }
    }
}

/// Entries that wait for their sink.
#[derive(Clone)]
pub(super) struct Queue(Arc<Shared>);

struct Shared {
    bound: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Until there is a thread for it, whoever logs writes.
    sink: Option<Box<dyn Sink>>,
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The thread writes entries that do not wait any more, or lets others gather.
    busy: bool,
    /// Somebody waits until everything is written.
    flushing: bool,
    /// Entries for which there was no room, and of which nobody was told yet.
    lost: u64,
}

impl Queue {
    /// Entries go straight to the sink, and whoever logs waits for it, until [`Self::detach`].
    pub(super) fn new(sink: impl Sink + 'static) -> Self {
        Self::bounded(BOUND, Box::new(sink))
    }

    fn bounded(bound: usize, sink: Box<dyn Sink>) -> Self {
        let state = State {
            sink: Some(sink),
            ..State::default()
        };
        Self(Arc::new(Shared {
            bound,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }))
    }

    /// From now on a thread writes, and nobody else waits for the sink. `tell` hears, on that thread, how many entries were
    /// lost, once the sink takes some again.
    ///
    /// # Errors
    /// There can be no thread; whoever logs goes on waiting then.
    pub(super) fn detach(&self, tell: impl Fn(u64) + Send + 'static) -> io::Result<()> {
        let shared = self.0.clone();
        let sink = self.state().sink.take();
        let Some(sink) = sink else {
            return Ok(());
        };
        let builder = thread::Builder::new().name("log".to_owned());
        builder.spawn(move || shared.serve(sink, &tell)).map(drop)
    }

    /// Adds an entry, or counts it where there is no room for it.
    pub(super) fn push(&self, entry: Vec<u8>) {
        let mut state = self.state();
        if let Some(sink) = &mut state.sink {
            sink.write(&entry);
            return;
        }
        if state.bytes + entry.len() > self.0.bound && !state.waiting.is_empty() {
            state.lost += 1;
            return;
        }
        state.bytes += entry.len();
        state.waiting.push_back(entry);
        let asleep = !state.busy;
        drop(state);
        if asleep {
            self.0.changed.notify_all();
        }
    }

    /// Waits until everything is written, for at most so long.
    pub(super) fn flush(&self, bound: Duration) {
        let mut state = self.state();
        state.flushing = true;
        self.0.changed.notify_all();
        let unwritten = |state: &mut State| state.busy || !state.waiting.is_empty();
        // What is not written by then is lost with the process.
        drop(self.0.changed.wait_timeout_while(state, bound, unwritten));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A sink that panics has written its entry or not; the queue is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what comes, for ever.
    fn serve(&self, mut sink: Box<dyn Sink>, tell: &dyn Fn(u64)) {
        loop {
            sink.write_all(&self.next());
            let lost = self.lost();
            if lost > 0 {
                tell(lost);
            }
            self.gather();
        }
    }

    /// Waits for entries.
    fn next(&self) -> VecDeque<Vec<u8>> {
        let mut state = self.state();
        while state.waiting.is_empty() {
            if std::mem::take(&mut state.busy) {
                state.flushing = false;
                self.changed.notify_all();
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.bytes = 0;
        state.busy = true;
        std::mem::take(&mut state.waiting)
    }

    fn gather(&self) {
        let in_no_hurry = |state: &mut State| !state.flushing;
        drop(self.changed.wait_timeout_while(self.state(), GATHER, in_no_hurry));
    }

    /// What is to be told now: as soon as there is room for the word about it.
    fn lost(&self) -> u64 {
        let mut state = self.state();
        if state.bytes > self.bound / 2 {
            return 0;
        }
        std::mem::take(&mut state.lost)
    }
}

/// One entry per write, as the formatter of lines does it.
impl io::Write for Queue {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        self.push(entry.to_vec());
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Queue {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// Says what it is given, and takes it when it is let.
    struct Stuck {
        given: Sender<String>,
        go_on: Receiver<()>,
    }

    impl Sink for Stuck {
        fn write(&mut self, entry: &[u8]) {
            self.given
                .send(String::from_utf8_lossy(entry).into_owned())
                .unwrap();
            // The test is over: nothing is held up any more.
            let _ = self.go_on.recv();
        }
    }

    #[test]
    fn a_sink_that_does_not_take_stops_nobody_and_what_it_misses_is_told() {
        let (given, taken) = channel();
        let (let_go, go_on) = channel();
        let queue = Queue::bounded(100, Box::new(Stuck { given, go_on }));
        let told = queue.clone();
        queue
            .detach(move |lost| told.push(format!("{lost} lost").into_bytes()))
            .unwrap();
        queue.push(b"first".to_vec());
        assert_eq!(taken.recv_timeout(LONG).unwrap(), "first");
        // The sink holds this one; ten times ten bytes have room behind it.
        for number in 0..17 {
            queue.push(format!("entry {number:04}").into_bytes());
        }
        queue.flush(Duration::from_millis(10));
        for _ in 0..20 {
            let_go.send(()).unwrap();
        }
        let rest: Vec<String> = (0..11).map(|_| taken.recv_timeout(LONG).unwrap()).collect();
        let numbers: Vec<String> = (0..10).map(|number| format!("entry {number:04}")).collect();
        assert_eq!(rest[..10], numbers);
        assert_eq!(rest[10], "7 lost");
        queue.flush(LONG);
        assert!(taken.try_recv().is_err(), "told once");
    }

    #[test]
    fn a_flush_does_not_wait_for_entries_to_gather() {
        let (given, taken) = channel();
        let (let_go, go_on) = channel();
        drop(let_go);
        let queue = Queue::new(Stuck { given, go_on });
        queue.detach(|_| ()).unwrap();
        for round in 0..3 {
            for number in 0..10 {
                queue.push(format!("{round} {number}").into_bytes());
            }
            queue.flush(LONG);
            let written: Vec<String> = taken.try_iter().collect();
            let pushed: Vec<String> = (0..10).map(|number| format!("{round} {number}")).collect();
            assert_eq!(written, pushed);
        }
    }

    #[test]
    fn before_there_is_a_thread_nothing_waits() {
        let (given, taken) = channel();
        let (let_go, go_on) = channel();
        let queue = Queue::new(Stuck { given, go_on });
        let_go.send(()).unwrap();
        queue.push(b"early".to_vec());
        assert_eq!(taken.try_recv().unwrap(), "early");
    }
}
