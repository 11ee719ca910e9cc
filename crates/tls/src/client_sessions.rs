//! The TLS sessions of one control connection, as its data connections resume them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls_pki_types::ServerName;
use ttls_policy::SessionParms;

use crate::places::{Place, Places};
use crate::session_life::SessionLife;
use crate::ticket_template::Template;
use crate::tls13::take_messages;

/// TLS 1.3 tickets kept of what a server sends, of each kind: it decides how many it sends.
const MOST_TICKETS: usize = 8;

/// TLS 1.3 tickets that should lie ready: so many data connections in a row need no read of the control connection.
const READY: usize = 4;

/// What the control connections of an environment have in common.
#[derive(Debug)]
pub(crate) struct ClientLimits {
    /// `GSK_V3_SESSION_TIMEOUT`; `None`: as long as the control connection.
    tls12_life: Option<Duration>,
    /// `GSK_V3_SIDCACHE_SIZE`.
    tls12: Arc<Places>,
    /// `GSK_SESSION_TICKET_CLIENT_MAXCACHED`.
    tickets: Arc<Places>,
}

impl ClientLimits {
    pub(crate) fn of(parms: &SessionParms) -> Self {
        Self {
            tls12_life: SessionLife::of(parms).tls12(),
            tls12: Places::new(parms.tls12_kept.value),
            tickets: Places::new(parms.tickets_kept.value),
        }
    }
}

/// What one control connection was given. No two control connections share it, so that a data connection can resume
/// its own only.
pub(crate) struct ClientSessions {
    limits: Arc<ClientLimits>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Used as often as needed.
    tls12: Option<Tls12Session>,
    /// Tickets that came on the control connection, newest last; each is used once.
    control: VecDeque<Ticket>,
    /// Tickets that came on data connections that had resumed the session.
    data: VecDeque<Ticket>,
    /// Copies of the last ticket of the control connection: for servers that send no more of them.
    copies: Vec<Ticket>,
    /// What copies are made of.
    template: Option<Template>,
    /// The start of a handshake message of the server that goes on in its next record.
    partial: Vec<u8>,
    /// The next ticket of the control connection is a copy.
    copy_comes: bool,
    /// Who reads the control connection.
    reader: Option<Waker>,
    group: Option<NamedGroup>,
    /// Nothing is kept until the next handshake of the control connection.
    forgotten: bool,
}

struct Tls12Session {
    value: Tls12ClientSessionValue,
    since: Instant,
    _place: Place,
}

struct Ticket {
    value: Tls13ClientSessionValue,
    _place: Place,
}

impl ClientSessions {
    pub(crate) fn new(limits: Arc<ClientLimits>) -> Self {
        Self {
            limits,
            kept: Mutex::default(),
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        *self.lock() = Kept::default();
    }

    /// Forgets all, and keeps nothing of what the server still sends for this session.
    pub(crate) fn forget(&self) {
        *self.lock() = Kept {
            forgotten: true,
            ..Kept::default()
        };
    }

    /// A record to slip in between two of the server's, where tickets run short and a copy can be made; the reader is
    /// woken when that changes.
    pub(crate) fn record(&self, reader: &Waker) -> Option<Vec<u8>> {
        let mut kept = self.lock();
        // A copy that rustls made nothing of is not tried again.
        if !kept.copy_comes
            && kept.partial.is_empty()
            && kept.ready() < READY
            && self.limits.tickets.has_room()
            && let Some(record) = kept.template.as_ref().and_then(Template::record)
        {
            return Some(record);
        }
        match &mut kept.reader {
            Some(known) => known.clone_from(reader),
            None => kept.reader = Some(reader.clone()),
        }
        None
    }

    /// Handshake messages of the server, as they came on the control connection.
    pub(crate) fn heard(&self, payload: &[u8]) {
        let mut kept = self.lock();
        if kept.forgotten {
            return;
        }
        let mut partial = std::mem::take(&mut kept.partial);
        partial.extend_from_slice(payload);
        take_messages(&mut partial, |message| {
            if let Some(template) = Template::new(message) {
                kept.template = Some(template);
                kept.copies.clear();
            }
        });
        kept.partial = partial;
    }

    /// The next ticket of the control connection is a copy.
    pub(crate) fn copy_comes(&self) {
        self.lock().copy_comes = true;
    }

    /// The newest ticket.
    fn take(&self) -> Option<Tls13ClientSessionValue> {
        let mut kept = self.lock();
        if kept.forgotten {
            return None;
        }
        let fresh = kept.control.pop_back().or_else(|| kept.data.pop_back());
        let ticket = fresh.or_else(|| kept.copies.pop()).map(|ticket| ticket.value);
        let reader = kept.reader.take();
        drop(kept);
        if let Some(reader) = reader {
            reader.wake();
        }
        ticket
    }

    /// `None` where the environment keeps as many tickets as it may.
    fn ticket(&self, value: Tls13ClientSessionValue) -> Option<Ticket> {
        let place = self.limits.tickets.take()?;
        Some(Ticket { value, _place: place })
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn ready(&self) -> usize {
        self.control.len() + self.data.len() + self.copies.len()
    }
}

/// The store of the control connection: it resumes nothing itself.
pub(crate) struct PrimaryStore {
    pub(crate) sessions: Arc<ClientSessions>,
    /// TLS 1.3 tickets are kept.
    pub(crate) tickets: bool,
}

impl ClientSessionStore for PrimaryStore {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.sessions.lock().group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        let mut kept = self.sessions.lock();
        // The place of the last one is free for this one.
        kept.tls12 = None;
        kept.tls12 = self.sessions.limits.tls12.take().map(|place| Tls12Session {
            value,
            since: Instant::now(),
            _place: place,
        });
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let mut kept = self.sessions.lock();
        if !self.tickets || kept.forgotten {
            return;
        }
        let is_copy = std::mem::take(&mut kept.copy_comes);
        match self.sessions.ticket(value) {
            Some(ticket) if is_copy => kept.copies.push(ticket),
            Some(ticket) => push(&mut kept.control, ticket),
            None => {}
        }
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

/// The store of one data connection: it takes the control connection's session, and adds to it only once it is known
/// that this connection resumed it.
pub(crate) struct SecondaryStore {
    sessions: Arc<ClientSessions>,
    fate: Mutex<Fate>,
}

/// Whether the data connection resumed the session.
enum Fate {
    /// Not known yet; tickets wait.
    Open(VecDeque<Ticket>),
    Resumed,
    Other,
}

impl SecondaryStore {
    pub(crate) fn new(sessions: Arc<ClientSessions>) -> Self {
        Self {
            sessions,
            fate: Mutex::new(Fate::Open(VecDeque::new())),
        }
    }

    /// Says how the handshake ended. Tickets of another session are worth nothing here.
    pub(crate) fn decide(&self, resumed: bool) {
        let fate = if resumed { Fate::Resumed } else { Fate::Other };
        let before = std::mem::replace(&mut *self.fate(), fate);
        if let (Fate::Open(waiting), true) = (before, resumed) {
            let mut kept = self.sessions.lock();
            for ticket in waiting {
                push(&mut kept.data, ticket);
            }
        }
    }

    fn fate(&self) -> MutexGuard<'_, Fate> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientSessionStore for SecondaryStore {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.sessions.lock().group = Some(group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.sessions.lock().group
    }

    /// The control connection's own is the one that servers ask for.
    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let kept = self.sessions.lock();
        let session = kept.tls12.as_ref()?;
        let life = self.sessions.limits.tls12_life;
        let is_over = life.is_some_and(|life| session.since.elapsed() >= life);
        (!is_over).then(|| session.value.clone())
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        let Some(ticket) = self.sessions.ticket(value) else {
            return;
        };
        match &mut *self.fate() {
            Fate::Open(waiting) => push(waiting, ticket),
            Fate::Resumed => push(&mut self.sessions.lock().data, ticket),
            Fate::Other => {}
        }
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.sessions.take()
    }
}

fn push(tickets: &mut VecDeque<Ticket>, ticket: Ticket) {
    if tickets.len() == MOST_TICKETS {
        tickets.pop_front();
    }
    tickets.push_back(ticket);
}

impl fmt::Debug for ClientSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSessions").finish_non_exhaustive()
    }
}

impl fmt::Debug for PrimaryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrimaryStore").finish_non_exhaustive()
    }
}

impl fmt::Debug for SecondaryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondaryStore").finish_non_exhaustive()
    }
}
