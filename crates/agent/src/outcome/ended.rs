//! How and why a connection ended.

use std::fmt;

use ttls_tls::HandshakeError;

/// How and why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// In order, by either side.
    Complete,
    /// The policy did not let it through.
    Refused(String),
    /// The TLS handshake did not succeed.
    HandshakeFailed {
        /// Return code of AT-TLS (5003, 402 ...).
        code: u32,
        /// What happened.
        why: String,
    },
    /// The application could not be reached.
    NoApplication(String),
    /// The peer could not be reached, or never came.
    NoPeer(String),
    /// The peer ended its data without close_notify.
    Truncated,
    /// The FTP controller closed it.
    Violation(ttls_ftp::CloseReason),
    /// The peer's connection broke.
    Broken(String),
    /// The application's connection broke.
    ApplicationBroke(String),
    /// ABOR, or the end of the control connection.
    Aborted,
    /// A bound was reached.
    TimedOut(&'static str),
    /// An operator dropped it (`ttls drop`).
    Dropped,
    /// The agent was stopped.
    Stopped,
}

impl Ended {
    /// A word for logs and metrics.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Refused(_) => "refused",
            Self::HandshakeFailed { .. } => "handshake-failed",
            Self::NoApplication(_) => "no-application",
            Self::NoPeer(_) => "no-peer",
            Self::Truncated => "truncated",
            Self::Violation(_) => "violation",
            Self::Broken(_) | Self::ApplicationBroke(_) => "broken",
            Self::Aborted => "aborted",
            Self::TimedOut(_) => "timed-out",
            Self::Dropped => "dropped",
            Self::Stopped => "stopped",
        }
    }

    /// The return code of AT-TLS; 0 where nothing went wrong with TLS or its connection.
    pub(crate) fn return_code(&self) -> u32 {
        match self {
            Self::HandshakeFailed { code, .. } => *code,
            // The partner's end came without a word of TLS.
            Self::Truncated => 420,
            Self::Broken(_) => 406,
            Self::Refused(_)
            | Self::NoApplication(_)
            | Self::NoPeer(_)
            | Self::Violation(_)
            | Self::ApplicationBroke(_)
            | Self::Aborted
            | Self::TimedOut(_)
            | Self::Complete
            | Self::Dropped
            | Self::Stopped => 0,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("ended in order"),
            Self::Refused(why)
            | Self::HandshakeFailed { why, .. }
            | Self::NoApplication(why)
            | Self::NoPeer(why)
            | Self::Broken(why)
            | Self::ApplicationBroke(why) => f.write_str(why),
            Self::Truncated => f.write_str("the peer ended without close_notify"),
            Self::Violation(reason) => write!(f, "{reason:?}"),
            Self::TimedOut(what) => write!(f, "no progress: {what}"),
            Self::Aborted => f.write_str("ABOR, or the end of its control connection"),
            Self::Dropped => f.write_str("an operator dropped it"),
            Self::Stopped => f.write_str("the agent stopped it"),
        }
    }
}

impl From<&HandshakeError> for Ended {
    fn from(error: &HandshakeError) -> Self {
        Self::HandshakeFailed {
            code: error.return_code(),
            why: error.to_string(),
        }
    }
}
