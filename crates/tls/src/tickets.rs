//! Session tickets that belong to one control connection.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::ProducesTickets;

use crate::forgotten::{Forgotten, ForgottenFull};

/// Length of a session id, in bytes.
const ID_LENGTH: usize = 16;

/// Random id of a control connection's session scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId([u8; ID_LENGTH]);

impl SessionId {
    pub(crate) fn random() -> Self {
        Self(rand::random())
    }
}

/// Whose tickets are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepts {
    /// Those of any session scope of the environment: control connections, so that log-ins resume.
    Any,
    /// Those of the own session scope: data connections.
    Own,
}

/// The session that the tickets of a scope stand for, until it is forgotten.
pub(crate) struct Identity {
    ids: Mutex<Ids>,
    /// Of the environment.
    forgotten: Arc<Forgotten>,
}

struct Ids {
    own: SessionId,
    /// The scope whose ticket the control connection has resumed: the same session.
    resumed: Option<SessionId>,
}

impl Identity {
    pub(crate) fn new(forgotten: Arc<Forgotten>) -> Self {
        let own = SessionId::random();
        Self {
            ids: Mutex::new(Ids { own, resumed: None }),
            forgotten,
        }
    }

    /// Says how the handshake of the control connection ended: a ticket that was offered is not always used.
    pub(crate) fn decide(&self, resumed: bool) {
        if !resumed {
            self.ids().resumed = None;
        }
    }

    /// No ticket of this session opens any more; the next ones are of another.
    pub(crate) fn forget(&self) -> Result<(), ForgottenFull> {
        let mut ids = self.ids();
        self.forgotten
            .add([Some(ids.own), ids.resumed].into_iter().flatten())?;
        *ids = Ids {
            own: SessionId::random(),
            resumed: None,
        };
        Ok(())
    }

    fn ids(&self) -> std::sync::MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The environment's ticketer with the session scope's id in front of every plaintext.
///
/// The id is inside the authenticated encryption, so a client can neither read nor forge it. This binds TLS 1.2 and
/// TLS 1.3 alike, where rustls hands out resumption data for TLS 1.3 only.
pub(crate) struct ScopedTicketer {
    shared: Arc<dyn ProducesTickets>,
    identity: Arc<Identity>,
    accepts: Accepts,
}

impl ScopedTicketer {
    pub(crate) fn new(shared: Arc<dyn ProducesTickets>, identity: Arc<Identity>, accepts: Accepts) -> Self {
        Self {
            shared,
            identity,
            accepts,
        }
    }
}

impl ProducesTickets for ScopedTicketer {
    fn enabled(&self) -> bool {
        self.shared.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.shared.lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let own = self.identity.ids().own;
        self.shared.encrypt(&[&own.0, plain].concat())
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let mut plain = self.shared.decrypt(cipher)?;
        let id = SessionId(*plain.first_chunk::<ID_LENGTH>()?);
        let mut ids = self.identity.ids();
        if self.identity.forgotten.has(&id) {
            return None;
        }
        match self.accepts {
            Accepts::Own if id != ids.own => return None,
            Accepts::Own => {}
            Accepts::Any => ids.resumed = Some(id),
        }
        drop(ids);
        plain.drain(..ID_LENGTH);
        Some(plain)
    }
}

impl fmt::Debug for ScopedTicketer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTicketer")
            .field("accepts", &self.accepts)
            .finish_non_exhaustive()
    }
}
