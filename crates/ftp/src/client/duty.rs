//! On whose behalf a controller acts.

use super::{ClientConfig, Link};

/// Whose TLS the controller takes care of.
#[derive(Debug)]
pub(crate) enum Duty {
    /// The server's, for a daemon that knows no TLS: the client's side is secured when the client asks.
    Server,
    /// The client's, for a program that knows no TLS: the server's side is secured before anything else.
    Client(Box<Client>),
}

/// The state that a controller has on a client's behalf.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) config: ClientConfig,
    pub(crate) link: Link,
    /// The server wants a login before PBSZ and PROT.
    pub(crate) protection_pending: bool,
    /// CCC was tried after login.
    pub(crate) ccc_done: bool,
}

impl Client {
    pub(crate) fn new(mut config: ClientConfig) -> Self {
        // Servers refuse CCC where TLS is implicit.
        config.ccc_after_login &= config.implicit.is_none();
        Self {
            config,
            link: Link::Clear,
            protection_pending: false,
            ccc_done: false,
        }
    }

    /// Something is left to do between the server's 230 and the client's sight of it.
    pub(crate) fn waits_for_login(&self) -> bool {
        matches!(self.link, Link::Secure)
            && (self.protection_pending || (self.config.ccc_after_login && !self.ccc_done))
    }
}

impl Duty {
    /// The state on a client's behalf, if it is that.
    pub(crate) fn client(&self) -> Option<&Client> {
        match self {
            Duty::Server => None,
            Duty::Client(client) => Some(client),
        }
    }

    /// The same, to be changed.
    pub(crate) fn client_mut(&mut self) -> Option<&mut Client> {
        match self {
            Duty::Server => None,
            Duty::Client(client) => Some(client),
        }
    }
}
