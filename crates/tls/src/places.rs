//! A bound on how much of a kind is kept at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The places of an environment, shared by its connections.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    taken: AtomicUsize,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Places>);

impl Places {
    /// So many; `None` is without a bound of their own.
    pub(crate) fn new(most: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            most: most.unwrap_or(usize::MAX),
            taken: AtomicUsize::new(0),
        })
    }

    /// `None` where all are taken.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Place> {
        let more = |taken: usize| (taken < self.most).then(|| taken + 1);
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
            .then(|| Place(Arc::clone(self)))
    }

    /// One more could be taken now.
    pub(crate) fn has_room(&self) -> bool {
        self.taken.load(Ordering::Relaxed) < self.most
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_dropped() {
        let places = Places::new(Some(2));
        let first = places.take().expect("free");
        let second = places.take().expect("free");
        assert!(places.take().is_none() && !places.has_room());
        drop(first);
        assert!(places.has_room() && places.take().is_some());
        drop(second);
        assert!(Places::new(Some(0)).take().is_none());
        assert!(Places::new(None).take().is_some());
    }
}
