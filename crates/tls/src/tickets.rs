//! Session tickets that belong to one control connection.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::server::ProducesTickets;

use crate::forgotten::{Forgotten, ForgottenFull};
use crate::scope_id::{ID_LENGTH, ScopeId};
use crate::session_life::{Reach, SessionLife};
use crate::ticket_keys::{NoKey, TicketKey, TicketKeys};

/// Ticket keys that a session scope remembers. With the engine's own pace of new keys that is longer than a TLS 1.3 ticket
/// may live.
const REMEMBERED_KEYS: usize = 32;

/// What the tickets of an environment have in common. By itself it makes and opens those of tunnels.
#[derive(Debug)]
pub(crate) struct Tickets {
    keys: TicketKeys,
    life: SessionLife,
}

impl Tickets {
    /// With a first key; `key_life` is how long one encrypts.
    pub(crate) fn new(life: SessionLife, key_life: Option<Duration>) -> Result<Self, NoKey> {
        let keys = TicketKeys::new(Instant::now(), key_life, life.longest())?;
        Ok(Self { keys, life })
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.life.announced(Reach::Beyond)
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        if !self.life.is_resumable(plain) {
            return None;
        }
        let (ticket, _) = self.keys.seal(Instant::now(), plain)?;
        Some(ticket)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let opened = self.keys.open(Instant::now(), cipher, &[])?;
        self.life
            .permits(&opened.content, opened.age, Reach::Beyond)
            .then_some(opened.content)
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
    own: ScopeId,
    /// The scope whose ticket the control connection has resumed: the same session.
    resumed: Option<ScopeId>,
    /// What its tickets were encrypted with: it opens them when the environment has long had other keys.
    keys: Vec<Arc<TicketKey>>,
}

impl Identity {
    pub(crate) fn new(forgotten: Arc<Forgotten>) -> Self {
        Self {
            ids: Mutex::new(Ids::new()),
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
        *ids = Ids::new();
        Ok(())
    }

    fn ids(&self) -> std::sync::MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ids {
    fn new() -> Self {
        Self {
            own: ScopeId::random(),
            resumed: None,
            keys: Vec::new(),
        }
    }

    fn remember(&mut self, key: Arc<TicketKey>) {
        if self.keys.iter().any(|known| Arc::ptr_eq(known, &key)) {
            return;
        }
        if self.keys.len() == REMEMBERED_KEYS {
            // The first one stays: it encrypted the tickets of the handshake, which many clients use to the end.
            self.keys.remove(1);
        }
        self.keys.push(key);
    }
}

/// The environment's tickets with the session scope's id in front of every plaintext.
///
/// The id is inside the authenticated encryption, so a client can neither read nor forge it. This binds TLS 1.2 and
/// TLS 1.3 alike, where rustls hands out resumption data for TLS 1.3 only.
pub(crate) struct ScopedTicketer {
    shared: Arc<Tickets>,
    identity: Arc<Identity>,
    accepts: Accepts,
}

impl ScopedTicketer {
    pub(crate) fn new(shared: Arc<Tickets>, identity: Arc<Identity>, accepts: Accepts) -> Self {
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
        self.shared.life.announced(Reach::Inside)
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.encrypt_at(Instant::now(), plain)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.decrypt_at(Instant::now(), cipher)
    }
}

impl ScopedTicketer {
    fn encrypt_at(&self, now: Instant, plain: &[u8]) -> Option<Vec<u8>> {
        if !self.shared.life.is_resumable(plain) {
            return None;
        }
        let mut ids = self.identity.ids();
        let content = [&ids.own.0, plain].concat();
        let (ticket, key) = self.shared.keys.seal(now, &content)?;
        ids.remember(key);
        Some(ticket)
    }

    fn decrypt_at(&self, now: Instant, cipher: &[u8]) -> Option<Vec<u8>> {
        let mut ids = self.identity.ids();
        let opened = self.shared.keys.open(now, cipher, &ids.keys)?;
        let mut plain = opened.content;
        let id = ScopeId(*plain.first_chunk::<ID_LENGTH>()?);
        if self.identity.forgotten.has(&id) {
            return None;
        }
        let reach = match self.accepts {
            Accepts::Own => Reach::Inside,
            Accepts::Any => Reach::Beyond,
        };
        if !self.shared.life.permits(&plain[ID_LENGTH..], opened.age, reach) {
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

#[cfg(test)]
mod tests {
    use ttls_policy::SessionParms;

    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    /// What a TLS 1.3 session starts with.
    const SESSION: &[u8] = &[0, 3, 4, 0x13, 1];

    /// The control connection and the data connections of a session scope, and a log-in in another one.
    fn ticketers(parms: &SessionParms) -> [ScopedTicketer; 3] {
        let life = SessionLife::of(parms);
        let shared = Arc::new(Tickets::new(life, parms.ticket_key_life.value).expect("keys"));
        let forgotten = Arc::new(Forgotten::new(life.longest()));
        let [mine, other] = [(); 2].map(|()| Arc::new(Identity::new(Arc::clone(&forgotten))));
        [
            (&mine, Accepts::Any),
            (&mine, Accepts::Own),
            (&other, Accepts::Any),
        ]
        .map(|(identity, accepts)| ScopedTicketer::new(Arc::clone(&shared), Arc::clone(identity), accepts))
    }

    #[test]
    fn a_data_connection_resumes_a_session_of_days_and_a_log_in_one_of_hours() {
        let [control, data, log_in] = ticketers(&SessionParms::default());
        let start = Instant::now();
        let ticket = control.encrypt_at(start, SESSION).expect("a ticket");
        for hour in 1..24 * 14 {
            let now = start + HOUR * hour;
            // Keys change while tickets are made.
            log_in.encrypt_at(now, SESSION).expect("a ticket");
            data.encrypt_at(now, SESSION).expect("a ticket");
            assert_eq!(data.decrypt_at(now, &ticket).as_deref(), Some(SESSION), "{hour}");
            assert_eq!(log_in.decrypt_at(now, &ticket).is_some(), hour < 12, "{hour}");
        }
    }

    #[test]
    fn a_life_that_the_policy_codes_holds_for_data_connections_too() {
        let mut parms = SessionParms::default();
        parms.ticket_life.value = Some(HOUR);
        let [control, data, log_in] = ticketers(&parms);
        let start = Instant::now();
        let ticket = control.encrypt_at(start, SESSION).expect("a ticket");
        for ticketer in [&data, &log_in] {
            assert!(ticketer.decrypt_at(start + HOUR / 2, &ticket).is_some());
            assert!(ticketer.decrypt_at(start + HOUR, &ticket).is_none());
        }
    }

    #[test]
    fn what_is_forgotten_opens_with_no_key() {
        let [control, data, log_in] = ticketers(&SessionParms::default());
        let now = Instant::now();
        let ticket = control.encrypt_at(now, SESSION).expect("a ticket");
        assert!(data.decrypt_at(now, &ticket).is_some());
        control.identity.forget().expect("room");
        assert!(data.decrypt_at(now, &ticket).is_none() && log_in.decrypt_at(now, &ticket).is_none());
    }
}
