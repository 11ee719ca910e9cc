//! The parameters of an action set that say how long and how many TLS sessions can be resumed.

use std::time::Duration;

use crate::sourced::{Origin, Sourced};

/// `TTLSGskAdvancedParms`, as far as it is about sessions. Without a value the engine's own choice holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionParms {
    /// `GSK_V3_SESSION_TIMEOUT`: how long a TLS 1.2 session can be resumed; zero: never.
    pub tls12_life: Sourced<Option<Duration>>,
    /// `GSK_V3_SIDCACHE_SIZE`: TLS 1.2 sessions kept at once; 0: none is resumed.
    pub tls12_kept: Sourced<Option<usize>>,
    /// `GSK_SESSION_TICKET_SERVER_TIMEOUT`: how long a server takes a TLS 1.3 ticket; zero: never.
    pub ticket_life: Sourced<Option<Duration>>,
    /// `GSK_SESSION_TICKET_SERVER_KEY_REFRESH`: how long a server encrypts tickets with the same key. Never zero.
    pub ticket_key_life: Sourced<Option<Duration>>,
    /// `GSK_SESSION_TICKET_CLIENT_MAXCACHED`: TLS 1.3 tickets that a client keeps at once.
    pub tickets_kept: Sourced<Option<usize>>,
}

impl Default for SessionParms {
    fn default() -> Self {
        Self {
            tls12_life: uncoded(),
            tls12_kept: uncoded(),
            ticket_life: uncoded(),
            ticket_key_life: uncoded(),
            tickets_kept: uncoded(),
        }
    }
}

fn uncoded<T>() -> Sourced<Option<T>> {
    Sourced {
        value: None,
        origin: Origin::Default,
    }
}
