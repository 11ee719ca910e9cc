//! The parameters of an action set that restrict what TLS negotiates.

use std::time::Duration;

use crate::session_parms::SessionParms;
use crate::sourced::{Origin, Sourced};

/// What handshakes may use, and what peers must have. Without a value the engine's own choice holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TlsParms {
    /// Groups of TLS 1.2 in order of preference, as IANA numbers, of those that this engine has: `ClientECurves` for
    /// clients, `ServerKexECurves` for servers.
    pub groups12: Sourced<Option<Vec<u16>>>,
    /// Groups of TLS 1.3, likewise: `ClientKeyShareGroups` and behind them `ClientECurves`, `ServerKeyShareGroups`.
    pub groups13: Sourced<Option<Vec<u16>>>,
    /// `SignaturePairs`: signature schemes of handshakes, ours and the peer's, of those that this engine has.
    pub signatures: Sourced<Option<Vec<u16>>>,
    /// `PeerMinRsaKeySize`, in bits.
    pub min_rsa: Sourced<u16>,
    /// `PeerMinECCKeySize`, in bits.
    pub min_ecc: Sourced<u16>,
    /// `ClientExtendedMasterSecret Required`, `ServerExtendedMasterSecret Required`, as the role is (TLS 1.2).
    pub ems_required: Sourced<bool>,
    /// `ResetCipherTimer`: after this time the next write brings new keys (TLS 1.3).
    pub reset_cipher: Sourced<Option<Duration>>,
    /// `GSK_SESSION_TICKET_SERVER_ENABLE`, `GSK_SESSION_TICKET_CLIENT_ENABLE`, as the role is (TLS 1.3).
    pub tickets: Sourced<bool>,
    /// `GSK_SESSION_TICKET_SERVER_COUNT`: tickets sent after a handshake of a control connection or tunnel.
    pub ticket_count: Sourced<Option<usize>>,
    /// How long and how many sessions can be resumed.
    pub sessions: SessionParms,
}

impl Default for TlsParms {
    fn default() -> Self {
        Self {
            groups12: uncoded(None),
            groups13: uncoded(None),
            signatures: uncoded(None),
            min_rsa: uncoded(1024),
            min_ecc: uncoded(192),
            ems_required: uncoded(false),
            reset_cipher: uncoded(None),
            tickets: uncoded(true),
            ticket_count: uncoded(None),
            sessions: SessionParms::default(),
        }
    }
}

fn uncoded<T>(value: T) -> Sourced<T> {
    Sourced {
        value,
        origin: Origin::Default,
    }
}
