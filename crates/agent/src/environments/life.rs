//! The life of an environment, as messages tell it: it begins when a policy with it is installed, and ends with the last
//! generation and connection that have it.

use std::sync::{Arc, Mutex, PoisonError};

use ttls_policy::ActionSet;

use crate::messages::environment;

/// Tells of the end when it is dropped, if it has told of the beginning.
#[derive(Debug, Default)]
pub(super) struct Life(Mutex<Option<Told>>);

#[derive(Debug)]
struct Told {
    /// The first action set that is mapped to it.
    actions: Arc<ActionSet>,
    /// `Trace` bits of all of them.
    trace: u8,
}

impl Life {
    /// A policy is installed in which these action sets are mapped to the environment.
    pub(super) fn serves(&self, sets: &[&Arc<ActionSet>]) {
        let Some(first) = sets.first() else {
            return;
        };
        let trace = sets.iter().fold(0, |bits, set| bits | set.trace.value);
        let told = Told {
            actions: (*first).clone(),
            trace,
        };
        // A panic elsewhere leaves the word whole.
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.replace(told).is_none() {
            environment::created(first, trace);
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let told = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(told) = told {
            environment::closed(&told.actions, told.trace);
        }
    }
}
