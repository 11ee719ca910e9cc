//! Sessions that an application has had forgotten: tickets cannot be taken back, so they are remembered as void.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::scope_id::ScopeId;

/// So much longer than a ticket lives is its session remembered.
const MARGIN: Duration = Duration::from_secs(60 * 60);

/// Sessions remembered by one environment.
const REMEMBERED: usize = 65_536;

/// Too many sessions were forgotten within the life of a ticket; this one was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{REMEMBERED} TLS sessions were made non-resumable within the life of a ticket, and more are not remembered; this one stays resumable"
)]
pub struct ForgottenFull;

/// The void sessions of an environment.
pub(crate) struct Forgotten {
    retention: Duration,
    since: Mutex<HashMap<ScopeId, Instant>>,
}

impl Forgotten {
    /// For tickets that live so long.
    pub(crate) fn new(life: Duration) -> Self {
        Self {
            retention: life + MARGIN,
            since: Mutex::default(),
        }
    }

    /// All of them or none.
    pub(crate) fn add(&self, ids: impl Iterator<Item = ScopeId>) -> Result<(), ForgottenFull> {
        let ids: Vec<_> = ids.collect();
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.len() + ids.len() > REMEMBERED {
            since.retain(|_, since| since.elapsed() < self.retention);
            if since.len() + ids.len() > REMEMBERED {
                return Err(ForgottenFull);
            }
        }
        let now = Instant::now();
        since.extend(ids.into_iter().map(|id| (id, now)));
        Ok(())
    }

    pub(crate) fn has(&self, id: &ScopeId) -> bool {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        since.contains_key(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_stays_so_and_beyond_the_bound_nothing_is() {
        let forgotten = Forgotten::new(Duration::from_secs(60));
        let first = ScopeId::random();
        forgotten.add([first].into_iter()).expect("room");
        for _ in 1..REMEMBERED {
            forgotten.add([ScopeId::random()].into_iter()).expect("room");
        }
        let last = ScopeId::random();
        assert_eq!(forgotten.add([last].into_iter()), Err(ForgottenFull));
        assert!(forgotten.has(&first) && !forgotten.has(&last));
    }
}
