//! Graceful stop: a trigger, watchers that see it, and a count of what still runs.
//!
//! There are two ways to an end. Where the agent is told to stop, sessions hear of it and end when they can. Where the
//! program has gone, its sessions hear nothing: the program's end reaches each of them as the end of its connection,
//! behind the last bytes, and a word from here would only race with it.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

/// Stops the agent: no new connections, running transfers finish within a bound.
#[derive(Debug)]
pub struct Drain {
    trigger: watch::Sender<Stage>,
    watch: Watch,
    ended: mpsc::Receiver<()>,
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Open,
    /// Nothing new begins.
    Closed,
    /// What runs is to end, too.
    Stopping,
}

/// What a session holds: it sees the stop, and its existence delays the end.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    stage: watch::Receiver<Stage>,
    running: mpsc::Sender<()>,
}

impl Drain {
    /// A drain that has not been triggered.
    pub fn new() -> Self {
        let (trigger, stage) = watch::channel(Stage::Open);
        let (running, ended) = mpsc::channel(1);
        Self {
            trigger,
            watch: Watch { stage, running },
            ended,
        }
    }

    /// For what must end before the agent does.
    pub(crate) fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// For what goes on as long as the agent does: it delays no end itself.
    pub(crate) fn weak(&self) -> WeakWatch {
        WeakWatch {
            stage: self.watch.stage.clone(),
            running: self.watch.running.downgrade(),
        }
    }

    /// Triggers the stop and waits until every session ended or `bound` is over; true if all ended.
    pub async fn drain(self, bound: Duration) -> bool {
        self.end(Stage::Stopping, bound).await
    }

    /// Lets nothing new begin and waits until every session has ended by itself or `bound` is over; true if all ended.
    pub(crate) async fn run_out(self, bound: Duration) -> bool {
        self.end(Stage::Closed, bound).await
    }

    async fn end(self, stage: Stage, bound: Duration) -> bool {
        let Self {
            trigger,
            watch,
            mut ended,
        } = self;
        drop(watch);
        trigger.send_replace(stage);
        tokio::time::timeout(bound, ended.recv()).await.is_ok()
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}

/// A watch that does not count until it is upgraded.
#[derive(Debug, Clone)]
pub(crate) struct WeakWatch {
    stage: watch::Receiver<Stage>,
    running: mpsc::WeakSender<()>,
}

impl WeakWatch {
    /// Returns when nothing new may begin.
    pub(crate) async fn closed(&mut self) {
        reached(&mut self.stage, Stage::Closed).await;
    }

    /// A watch that counts; none when everything has ended.
    pub(crate) fn upgrade(&self) -> Option<Watch> {
        Some(Watch {
            stage: self.stage.clone(),
            running: self.running.upgrade()?,
        })
    }
}

impl Watch {
    /// Returns when nothing new may begin.
    pub(crate) async fn closed(&mut self) {
        reached(&mut self.stage, Stage::Closed).await;
    }

    /// Returns when what runs is to end.
    pub(crate) async fn stopping(&mut self) {
        reached(&mut self.stage, Stage::Stopping).await;
    }
}

async fn reached(stage: &mut watch::Receiver<Stage>, wanted: Stage) {
    // An error means that the trigger is gone, which is the end too.
    let _ = stage.wait_for(|stage| *stage >= wanted).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_drain_waits_for_what_runs_and_no_longer() {
        let drain = Drain::new();
        let mut watch = drain.weak().upgrade().unwrap();
        let session = tokio::spawn(async move {
            watch.stopping().await;
            tokio::time::sleep(Duration::from_secs(3)).await;
        });
        let start = tokio::time::Instant::now();
        assert!(drain.drain(Duration::from_secs(30)).await);
        assert_eq!(start.elapsed().as_secs(), 3);
        session.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn sessions_of_a_program_that_is_gone_are_not_told_to_stop() {
        let drain = Drain::new();
        let (mut listener, mut watch) = (drain.weak(), drain.weak().upgrade().unwrap());
        let session = tokio::spawn(async move {
            listener.closed().await;
            let end = Duration::from_secs(3);
            tokio::time::timeout(end, watch.stopping()).await.is_ok()
        });
        let start = tokio::time::Instant::now();
        assert!(drain.run_out(Duration::from_secs(30)).await);
        assert_eq!(start.elapsed().as_secs(), 3);
        assert!(!session.await.unwrap(), "it was told");
    }

    #[tokio::test(start_paused = true)]
    async fn sessions_that_outlive_their_program_by_the_bound_are_told_to_stop() {
        let drain = Drain::new();
        let mut watch = drain.weak().upgrade().unwrap();
        let session = tokio::spawn(async move { watch.stopping().await });
        assert!(!drain.run_out(Duration::from_secs(2)).await);
        session.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_gives_up_at_its_bound() {
        let drain = Drain::new();
        let _held = drain.weak().upgrade();
        assert!(!drain.drain(Duration::from_secs(2)).await);
    }
}
