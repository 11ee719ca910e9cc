//! Taking the place of another agent, and giving up one's own, without a connection being refused.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::admin::{HandOverError, Predecessor};

/// What an agent has from the one before it and gives to the one behind it.
#[derive(Debug)]
pub(crate) struct Succession {
    inherited: Mutex<Vec<StdListener>>,
    predecessor: Mutex<Option<Predecessor>>,
    listening: Mutex<Vec<Weak<TcpListener>>>,
    stage: watch::Sender<Stage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing can be handed over: the program behind the listeners belongs to this process, or it stops.
    Closed,
    /// It serves, and has more than listeners: rules on the host, or applications that control their own connections.
    Fixed,
    /// Whoever asks gets the listeners.
    Open,
    /// Another agent serves.
    Retired,
}

impl Succession {
    pub(crate) fn new() -> Self {
        Self {
            inherited: Mutex::default(),
            predecessor: Mutex::default(),
            listening: Mutex::default(),
            stage: watch::Sender::new(Stage::Closed),
        }
    }

    /// Has the listeners of a predecessor used, and the predecessor retire when this agent serves.
    pub(crate) fn follow(&self, mut predecessor: Predecessor) -> Result<usize, HandOverError> {
        let listeners = predecessor.listeners()?;
        let count = listeners.len();
        *locked(&self.inherited) = listeners;
        *locked(&self.predecessor) = Some(predecessor);
        Ok(count)
    }

    /// The inherited listener on an address, if there is one.
    pub(crate) fn inherited(&self, address: SocketAddr) -> Option<StdListener> {
        let mut inherited = locked(&self.inherited);
        let at = inherited
            .iter()
            .position(|listener| listener.local_addr().is_ok_and(|local| local == address))?;
        Some(inherited.swap_remove(at))
    }

    /// This agent serves: the predecessor may go, and so may the listeners that nobody wants. `whole`: the listeners
    /// are all that a successor needs.
    pub(crate) async fn serving(&self, whole: bool) {
        locked(&self.inherited).clear();
        self.stage
            .send_replace(if whole { Stage::Open } else { Stage::Fixed });
        let Some(predecessor) = locked(&self.predecessor).take() else {
            return;
        };
        match tokio::task::spawn_blocking(|| predecessor.retire()).await {
            Ok(Ok(())) => tracing::info!("took over; the agent before drains"),
            Ok(Err(error)) => tracing::error!(%error, "the agent before may still serve beside this one"),
            Err(error) => tracing::error!(%error, "the agent before may still serve beside this one"),
        }
    }

    /// Lists an open listener.
    pub(crate) fn listens(&self, listener: &Arc<TcpListener>) {
        let mut listening = locked(&self.listening);
        listening.retain(|listener| listener.strong_count() > 0);
        listening.push(Arc::downgrade(listener));
    }

    /// The open listeners.
    pub(crate) fn listeners(&self) -> Vec<Arc<TcpListener>> {
        locked(&self.listening).iter().filter_map(Weak::upgrade).collect()
    }

    /// Listeners can be handed over.
    pub(crate) fn is_open(&self) -> bool {
        *self.stage.borrow() == Stage::Open
    }

    /// Another agent serves: stop. False where that cannot be.
    pub(crate) fn retire(&self) -> bool {
        self.stage.send_if_modified(|stage| {
            let open = *stage == Stage::Open;
            if open {
                *stage = Stage::Retired;
            }
            open
        })
    }

    /// The agent stops for another reason.
    pub(crate) fn close(&self) {
        self.stage.send_replace(Stage::Closed);
    }

    /// Returns when this agent serves.
    pub(crate) async fn opened(&self) {
        // The sender is our own.
        let _ = self
            .stage
            .subscribe()
            .wait_for(|stage| matches!(stage, Stage::Open | Stage::Fixed))
            .await;
    }

    /// Returns when another agent has taken over.
    pub(crate) async fn retired(&self) {
        // The sender is our own.
        let _ = self
            .stage
            .subscribe()
            .wait_for(|stage| *stage == Stage::Retired)
            .await;
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
