//! Where the control connection stands between clear and TLS.

use crate::codec::late_alert::LateAlert;
use crate::codec::line::{LineReader, QUEUE};
use crate::session::Protection;

/// The state of the control connection; what can be read in a state is owned by it, and is gone with it.
#[derive(Debug)]
pub(crate) enum Channel {
    /// Implicit, `AUTO`: whether the client speaks first is not known yet. Nothing was sent.
    Detecting,
    /// Implicit, z/OS model: the greeting goes out in clear, the client's first bytes must be a ClientHello.
    AwaitingHello,
    /// In clear, AUTH not yet done.
    Clear(LineReader),
    /// TLS is being started; data protection begins at this level when it is up.
    Starting(Protection),
    /// Under TLS.
    Secure(LineReader),
    /// CCC was accepted, TLS is being stopped.
    Stopping,
    /// In clear after CCC.
    Cleared(LateAlert, LineReader),
    /// The session is over.
    Closed,
}

impl Channel {
    /// Neither side's bytes are interpreted until the agent reports.
    pub(crate) fn is_changing(&self) -> bool {
        matches!(
            self,
            Channel::Detecting | Channel::Starting(_) | Channel::Stopping
        )
    }

    /// TLS is up.
    pub(crate) fn is_secure(&self) -> bool {
        matches!(self, Channel::Secure(_))
    }

    /// There is room for more bytes of the client.
    pub(crate) fn wants_bytes(&self) -> bool {
        match self {
            Channel::Detecting | Channel::AwaitingHello => true,
            Channel::Clear(lines) | Channel::Secure(lines) | Channel::Cleared(_, lines) => {
                lines.held() < QUEUE
            }
            Channel::Starting(_) | Channel::Stopping | Channel::Closed => false,
        }
    }

    /// The reader of command lines, in the states that have one.
    pub(crate) fn lines(&mut self) -> Option<&mut LineReader> {
        match self {
            Channel::Clear(lines) | Channel::Secure(lines) | Channel::Cleared(_, lines) => Some(lines),
            _ => None,
        }
    }

    /// A complete command line waits for its turn.
    pub(crate) fn has_line(&self) -> bool {
        match self {
            Channel::Clear(lines) | Channel::Secure(lines) | Channel::Cleared(_, lines) => lines.has_line(),
            _ => false,
        }
    }

    /// Bytes of command lines not yet taken.
    pub(crate) fn buffered(&self) -> usize {
        match self {
            Channel::Clear(lines) | Channel::Secure(lines) | Channel::Cleared(_, lines) => lines.held(),
            _ => 0,
        }
    }
}
