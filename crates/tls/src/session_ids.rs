//! Sessions by id, TLS 1.2 only: in TLS 1.3 tickets go first.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::server::StoresServerSessions;

use crate::places::{Place, Places};

/// TLS 1.2 sessions remembered by id for one control connection: clients that take no tickets (curl below TLS 1.3)
/// resume by it. The control connection's own is the one that counts.
const SESSION_IDS: usize = 8;

/// What the sessions of an environment have in common.
#[derive(Debug)]
pub(crate) struct IdLimits {
    /// `GSK_V3_SESSION_TIMEOUT`; `None`: as long as the control connection.
    life: Option<Duration>,
    /// `GSK_V3_SIDCACHE_SIZE`.
    places: Arc<Places>,
}

impl IdLimits {
    pub(crate) fn new(life: Option<Duration>, most: Option<usize>) -> Self {
        Self {
            life,
            places: Places::new(most),
        }
    }
}

/// The sessions of one control connection and its data connections.
pub(crate) struct SessionIds {
    limits: Arc<IdLimits>,
    /// Newest last.
    kept: Mutex<VecDeque<Session>>,
}

struct Session {
    id: Vec<u8>,
    value: Vec<u8>,
    since: Instant,
    _place: Place,
}

impl SessionIds {
    pub(crate) fn new(limits: Arc<IdLimits>) -> Self {
        Self {
            limits,
            kept: Mutex::default(),
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.kept().clear();
    }

    /// Where the environment has no place left, what other control connections have stays, and this is not kept.
    fn put_at(&self, now: Instant, id: Vec<u8>, value: Vec<u8>) -> bool {
        if self.limits.life == Some(Duration::ZERO) {
            return false;
        }
        let mut kept = self.kept();
        kept.retain(|session| session.id != id && !self.is_over(session, now));
        if kept.len() == SESSION_IDS {
            kept.pop_front();
        }
        let Some(place) = self.limits.places.take() else {
            return false;
        };
        kept.push_back(Session {
            id,
            value,
            since: now,
            _place: place,
        });
        true
    }

    fn get_at(&self, now: Instant, id: &[u8]) -> Option<Vec<u8>> {
        let kept = self.kept();
        let session = kept.iter().find(|session| session.id == id)?;
        (!self.is_over(session, now)).then(|| session.value.clone())
    }

    fn is_over(&self, session: &Session, now: Instant) -> bool {
        let age = now.saturating_duration_since(session.since);
        self.limits.life.is_some_and(|life| age >= life)
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Session>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoresServerSessions for SessionIds {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.put_at(Instant::now(), key, value)
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.get_at(Instant::now(), key)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        let value = self.get(key);
        self.kept().retain(|session| session.id != key);
        value
    }

    fn can_cache(&self) -> bool {
        self.limits.life != Some(Duration::ZERO)
    }
}

impl fmt::Debug for SessionIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionIds").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(life: Option<Duration>, most: Option<usize>) -> SessionIds {
        SessionIds::new(Arc::new(IdLimits::new(life, most)))
    }

    #[test]
    fn a_session_is_kept_for_its_life() {
        let life = Duration::from_secs(60);
        let (now, ids) = (Instant::now(), ids(Some(life), None));
        assert!(ids.put_at(now, vec![1], vec![2]));
        assert_eq!(ids.get_at(now + life / 2, &[1]), Some(vec![2]));
        assert_eq!(ids.get_at(now + life, &[1]), None);
        let uncoded = self::ids(None, None);
        assert!(uncoded.put_at(now, vec![1], vec![2]));
        assert_eq!(uncoded.get_at(now + life * 1_000_000, &[1]), Some(vec![2]));
    }

    #[test]
    fn a_life_of_nothing_keeps_nothing() {
        let ids = ids(Some(Duration::ZERO), None);
        assert!(!ids.can_cache());
        assert!(!ids.put(vec![1], vec![2]));
    }

    #[test]
    fn beyond_the_eighth_the_oldest_goes() {
        let ids = ids(None, None);
        for id in 0..9 {
            assert!(ids.put(vec![id], vec![id]));
        }
        assert_eq!(ids.get(&[0]), None);
        assert_eq!((ids.get(&[1]), ids.take(&[8])), (Some(vec![1]), Some(vec![8])));
        assert_eq!(ids.get(&[8]), None);
    }

    #[test]
    fn control_connections_share_the_places_of_their_environment() {
        let limits = Arc::new(IdLimits::new(None, Some(1)));
        let (one, other) = (
            SessionIds::new(Arc::clone(&limits)),
            SessionIds::new(Arc::clone(&limits)),
        );
        assert!(one.put(vec![1], vec![1]));
        assert!(!other.put(vec![2], vec![2]));
        assert_eq!(one.get(&[1]), Some(vec![1]));
        drop(one);
        assert!(other.put(vec![2], vec![2]));
    }
}
