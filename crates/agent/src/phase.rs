//! Where an agent is in its life: what readiness probes and the service manager are told.

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

/// A phase of an agent's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing listens yet.
    Starting,
    /// New connections are served.
    Serving,
    /// The same, while the policy is read again because the service manager or an operator asked by SIGHUP.
    Reloading,
    /// No new connections; running transfers may finish.
    Stopping,
}

/// Hears of every phase as it begins.
pub type PhaseListener = Box<dyn Fn(Phase) + Send + Sync>;

/// The phase, and who hears of the next.
pub(crate) struct Phases {
    now: Mutex<Phase>,
    listener: OnceLock<PhaseListener>,
}

impl Default for Phases {
    fn default() -> Self {
        Self {
            now: Mutex::new(Phase::Starting),
            listener: OnceLock::new(),
        }
    }
}

impl Phases {
    pub(crate) fn enter(&self, phase: Phase) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = phase;
        if let Some(listener) = self.listener.get() {
            listener(phase);
        }
    }

    pub(crate) fn now(&self) -> Phase {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets who hears; the first one stays.
    pub(crate) fn tell(&self, listener: PhaseListener) {
        // An agent has one service manager.
        let _ = self.listener.set(listener);
    }
}

impl fmt::Debug for Phases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Phases").field(&self.now()).finish()
    }
}
