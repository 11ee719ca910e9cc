//! Graceful stop: a trigger, watchers that see it, and a count of what still runs.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

/// Stops the agent: no new connections, running transfers finish within a bound.
#[derive(Debug)]
pub struct Drain {
    trigger: watch::Sender<bool>,
    watch: Watch,
    ended: mpsc::Receiver<()>,
}

/// What a session holds: it sees the stop, and its existence delays the end.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    stopping: watch::Receiver<bool>,
    running: mpsc::Sender<()>,
}

impl Drain {
    /// A drain that has not been triggered.
    pub fn new() -> Self {
        let (trigger, stopping) = watch::channel(false);
        let (running, ended) = mpsc::channel(1);
        Self {
            trigger,
            watch: Watch { stopping, running },
            ended,
        }
    }

    /// For what goes on as long as the agent does: it delays no end itself.
    pub(crate) fn weak(&self) -> WeakWatch {
        WeakWatch {
            stopping: self.watch.stopping.clone(),
            running: self.watch.running.downgrade(),
        }
    }

    /// Triggers the stop and waits until every session ended or `bound` is over; true if all ended.
    pub async fn drain(self, bound: Duration) -> bool {
        let Self {
            trigger,
            watch,
            mut ended,
        } = self;
        drop(watch);
        trigger.send_replace(true);
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
    stopping: watch::Receiver<bool>,
    running: mpsc::WeakSender<()>,
}

impl WeakWatch {
    /// Returns when the agent is stopping.
    pub(crate) async fn stopping(&mut self) {
        // An error means that the trigger is gone, which is the end too.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }

    /// A watch that counts; none when everything has ended.
    pub(crate) fn upgrade(&self) -> Option<Watch> {
        Some(Watch {
            stopping: self.stopping.clone(),
            running: self.running.upgrade()?,
        })
    }
}

impl Watch {
    /// Returns when the agent is stopping.
    pub(crate) async fn stopping(&mut self) {
        // An error means that the trigger is gone, which is the end too.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }
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
    async fn a_drain_gives_up_at_its_bound() {
        let drain = Drain::new();
        let _held = drain.weak().upgrade();
        assert!(!drain.drain(Duration::from_secs(2)).await);
    }
}
