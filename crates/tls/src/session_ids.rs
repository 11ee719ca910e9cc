//! Sessions by id, TLS 1.2 only: in TLS 1.3 tickets go first.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::{ServerSessionMemoryCache, StoresServerSessions};

/// TLS 1.2 sessions remembered by id for one control connection: clients that take no tickets (curl below TLS 1.3)
/// resume by it. The control connection's own is the one that counts.
const SESSION_IDS: usize = 8;

/// The sessions of one control connection and its data connections.
#[derive(Debug)]
pub(crate) struct SessionIds {
    kept: Mutex<Arc<ServerSessionMemoryCache>>,
}

impl SessionIds {
    pub(crate) fn new() -> Self {
        Self {
            kept: Mutex::new(ServerSessionMemoryCache::new(SESSION_IDS)),
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        let fresh = ServerSessionMemoryCache::new(SESSION_IDS);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    fn now(&self) -> Arc<ServerSessionMemoryCache> {
        Arc::clone(&self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl StoresServerSessions for SessionIds {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.now().put(key, value)
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.now().get(key)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.now().take(key)
    }

    fn can_cache(&self) -> bool {
        self.now().can_cache()
    }
}
