//! Payload traces: what applications and their peers said to each other, decrypted, as packets in a pcapng file.
//!
//! A policy alone cannot ask for one: besides bit 32 of `Trace` and `CtraceClearText On` the agent must have been started
//! with a folder for it.

mod file;
mod packet;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::connection::ConnId;
use crate::flow::Way;
pub use file::{PayloadTrace, PayloadTraceError};
use packet::{LARGEST, Segment};

/// The two directions of one connection in a trace.
#[derive(Debug)]
pub(crate) struct Conversation {
    trace: Arc<PayloadTrace>,
    /// Told with each packet.
    name: String,
    /// Sequence numbers: of the peer, of the application.
    next: Mutex<(u32, u32)>,
}

impl Conversation {
    pub(crate) fn new(trace: Arc<PayloadTrace>, id: ConnId, rule: &str) -> Self {
        Self {
            trace,
            name: format!("CONNID {id} RULE {rule}"),
            next: Mutex::new((1, 1)),
        }
    }

    /// Bytes that have passed between the ends: the peer's and the application's.
    pub(crate) fn record(&self, way: Way, (peer, local): (SocketAddr, SocketAddr), bytes: &[u8]) {
        for piece in bytes.chunks(LARGEST) {
            // A panic elsewhere leaves the numbers whole. A piece is shorter than 2^16.
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let length = piece.len() as u32;
            let segment = match way {
                Way::Received => {
                    let (sequence, acknowledged) = *next;
                    next.0 = sequence.wrapping_add(length);
                    Segment {
                        from: peer,
                        to: local,
                        sequence,
                        acknowledged,
                        payload: piece,
                    }
                }
                Way::Sent => {
                    let (acknowledged, sequence) = *next;
                    next.1 = sequence.wrapping_add(length);
                    Segment {
                        from: local,
                        to: peer,
                        sequence,
                        acknowledged,
                        payload: piece,
                    }
                }
            };
            self.trace.write(&segment.packet(), &self.name);
        }
    }
}
