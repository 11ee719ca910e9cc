//! Where the server's side of a control connection stands between clear and TLS.

use crate::codec::late_alert::LateAlert;

/// The state of the connection to the server. Its reader is made new with each state.
#[derive(Debug)]
pub(crate) enum Link {
    /// In clear, TLS not yet tried, or refused where policy lets that pass.
    Clear,
    /// TLS is being started.
    Starting,
    /// Under TLS.
    Secure,
    /// CCC was accepted, TLS is being stopped.
    Stopping,
    /// In clear after CCC.
    Cleared(LateAlert),
}

impl Link {
    /// The server's bytes are not interpreted until the agent reports.
    pub(crate) fn is_changing(&self) -> bool {
        matches!(self, Link::Starting | Link::Stopping)
    }

    /// Login and commands are, or were, protected.
    pub(crate) fn was_secured(&self) -> bool {
        matches!(self, Link::Secure | Link::Stopping | Link::Cleared(_))
    }
}
