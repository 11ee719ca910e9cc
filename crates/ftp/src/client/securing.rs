//! What is settled with the server while the client waits.

use crate::codec::reply::Reply;
use crate::session::Protection;

/// A dialogue with the server that the client does not see; at its end the client gets the reply it waits for.
#[derive(Debug)]
pub(crate) struct Securing {
    pub(crate) step: Step,
    /// The greeting, or the reply to a login: what the client gets when all is settled.
    pub(crate) held: Option<Reply>,
}

/// What the server's next reply answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// TLS is implicit, `AUTO`: whether the server greets in clear is not known yet.
    Detecting,
    /// Nothing: it is the greeting.
    Greeting,
    /// HOST.
    Host,
    /// AUTH TLS.
    AuthTls,
    /// AUTH SSL.
    AuthSsl,
    /// Nothing: the handshake is under way.
    Handshake,
    /// PBSZ 0.
    Pbsz,
    /// PROT with this level.
    Prot(Protection),
    /// CCC.
    Ccc,
    /// Nothing: TLS is being stopped.
    Stopping,
    /// NOOP, the first words in clear.
    Noop,
}

impl Securing {
    /// At the start of a connection.
    pub(crate) fn at(step: Step) -> Self {
        Self { step, held: None }
    }
}
