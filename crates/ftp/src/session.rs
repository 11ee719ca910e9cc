//! What an FTP session remembers between commands.

use crate::{DataId, DataResult};

/// Data protection level (RFC 4217 section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// PROT C.
    Clear,
    /// PROT P.
    Private,
}

/// Facts that AUTH resets (RFC 4217 section 11: as REIN does).
#[derive(Debug)]
pub(crate) struct Session {
    /// Level that the next transfer uses.
    pub(crate) protection: Protection,
    /// PBSZ was accepted, or need not be sent.
    pub(crate) pbsz: bool,
    /// EPSV ALL was accepted (RFC 2428 section 4).
    pub(crate) epsv_all: bool,
    /// Word of the first command in clear whose effect would outlast AUTH: a daemon that knows no TLS keeps REST, CWD
    /// or a login.
    pub(crate) in_clear: Option<String>,
    /// Name of the last USER, not yet logged in.
    pub(crate) pending_user: Option<String>,
    /// Name that is logged in.
    pub(crate) user: Option<String>,
}

impl Session {
    /// A session at its beginning. `Private` implies PBSZ: AUTH SSL, AUTH TLS-P, implicit TLS.
    pub(crate) fn new(protection: Protection) -> Self {
        Self {
            protection,
            pbsz: protection == Protection::Private,
            epsv_all: false,
            in_clear: None,
            pending_user: None,
            user: None,
        }
    }
}

/// The data connection of one expectation, as the controller sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leg {
    /// Announced; the transfer has not begun.
    Waiting(DataId),
    /// The agent was told to relay.
    Open(DataId),
    /// The agent reported the end.
    Ended(DataResult),
}
