//! Payload that passes in one direction: counted, and looked at where the policy asks for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use ttls_tls::Piece;

use crate::connection::Connection;
use crate::messages;
use crate::payload::Conversation;

/// One direction of a connection.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    bytes: AtomicU64,
    tap: OnceLock<Tap>,
}

/// Who looks at the payload.
#[derive(Debug)]
pub(crate) struct Tap {
    pub(crate) connection: Weak<Connection>,
    pub(crate) way: Way,
    /// Where the policy lets it be seen.
    pub(crate) shown: Option<Arc<Conversation>>,
}

/// Which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the peer to the application.
    Received,
    /// From the application to the peer.
    Sent,
}

impl Flow {
    /// These bytes have passed.
    pub(crate) fn pass(&self, bytes: &[u8]) {
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if let Some(tap) = self.tap.get() {
            tap.look(bytes);
        }
    }

    /// These have passed.
    pub(crate) fn pass_all(&self, piece: &Piece) {
        self.bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
        if let Some(tap) = self.tap.get() {
            piece.slices(0).iter().for_each(|part| tap.look(part));
        }
    }

    /// Bytes until now.
    pub(crate) fn total(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// From now on the tap sees what passes; the first one stays.
    pub(crate) fn tap(&self, tap: Tap) {
        // A connection is mapped once.
        let _ = self.tap.set(tap);
    }
}

impl Tap {
    fn look(&self, bytes: &[u8]) {
        let Some(connection) = self.connection.upgrade() else {
            return;
        };
        let what = match self.way {
            Way::Received => "Receive",
            Way::Sent => "Send",
        };
        messages::data(&connection, what, bytes.len());
        if let Some(conversation) = &self.shown {
            let facts = connection.facts();
            let ends = (facts.peer, facts.local);
            drop(facts);
            conversation.record(self.way, ends, bytes);
        }
    }
}
