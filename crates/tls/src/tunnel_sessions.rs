//! The TLS sessions of tunnels in the client role: any tunnel to the same server resumes them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls_pki_types::ServerName;
use ttls_policy::SessionParms;

use crate::session_life::SessionLife;

/// Sessions and tickets kept, each, unless the policy says so.
const UNCODED: usize = 512;

/// More are never kept.
const MOST: usize = 4096;

/// TLS 1.3 tickets kept of one server.
const MOST_OF_ONE: usize = 8;

/// Servers whose group is remembered.
const GROUPS: usize = 512;

/// The sessions of an environment.
pub(crate) struct TunnelSessions {
    /// `GSK_V3_SESSION_TIMEOUT`; `None`: as long as the server says.
    tls12_life: Option<Duration>,
    kept: Mutex<Kept>,
}

struct Kept {
    groups: ByServer<NamedGroup>,
    tls12: ByServer<(Tls12ClientSessionValue, Instant)>,
    tickets: ByServer<Tls13ClientSessionValue>,
}

/// Newest last; where there are too many the oldest goes.
struct ByServer<T> {
    most: usize,
    of_one: usize,
    kept: VecDeque<(ServerName<'static>, T)>,
}

impl TunnelSessions {
    pub(crate) fn new(parms: &SessionParms) -> Self {
        let most = |coded: Option<usize>| coded.unwrap_or(UNCODED).min(MOST);
        Self {
            tls12_life: SessionLife::of(parms).tls12(),
            kept: Mutex::new(Kept {
                groups: ByServer::new(GROUPS, 1),
                tls12: ByServer::new(most(parms.tls12_kept.value), 1),
                tickets: ByServer::new(most(parms.tickets_kept.value), MOST_OF_ONE),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> ByServer<T> {
    fn new(most: usize, of_one: usize) -> Self {
        Self {
            most,
            of_one,
            kept: VecDeque::new(),
        }
    }

    fn put(&mut self, server: ServerName<'static>, value: T) {
        if self.most == 0 {
            return;
        }
        let of_server = self.kept.iter().filter(|(name, _)| *name == server).count();
        if of_server >= self.of_one {
            let oldest = self.kept.iter().position(|(name, _)| *name == server);
            oldest.and_then(|at| self.kept.remove(at));
        } else if self.kept.len() >= self.most {
            self.kept.pop_front();
        }
        self.kept.push_back((server, value));
    }

    /// The newest.
    fn get(&self, server: &ServerName<'_>) -> Option<&T> {
        let mut of_server = self.kept.iter().rev().filter(|(name, _)| name == server);
        of_server.next().map(|(_, value)| value)
    }

    /// The newest, which is not kept any longer.
    fn take(&mut self, server: &ServerName<'_>) -> Option<T> {
        let at = self.kept.iter().rposition(|(name, _)| name == server)?;
        self.kept.remove(at).map(|(_, value)| value)
    }
}

impl ClientSessionStore for TunnelSessions {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.lock().groups.put(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.lock().groups.get(server).copied()
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.lock().tls12.put(server, (value, Instant::now()));
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let kept = self.lock();
        let (value, since) = kept.tls12.get(server)?;
        let is_over = self.tls12_life.is_some_and(|life| since.elapsed() >= life);
        (!is_over).then(|| value.clone())
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.lock().tls12.take(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.lock().tickets.put(server, value);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.lock().tickets.take(server)
    }
}

impl fmt::Debug for TunnelSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelSessions").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: &'static str) -> ServerName<'static> {
        ServerName::try_from(name).expect("a name")
    }

    #[test]
    fn the_newest_of_a_server_is_taken_and_the_oldest_of_all_goes() {
        let mut kept = ByServer::new(3, 2);
        for (name, value) in [("a", 1), ("a", 2), ("a", 3), ("b", 4)] {
            kept.put(server(name), value);
        }
        assert_eq!(kept.take(&server("a")), Some(3));
        assert_eq!(kept.take(&server("a")), Some(2));
        assert_eq!(kept.take(&server("a")), None);
        for (name, value) in [("c", 5), ("d", 6), ("e", 7)] {
            kept.put(server(name), value);
        }
        assert_eq!((kept.get(&server("b")), kept.get(&server("e"))), (None, Some(&7)));
    }

    #[test]
    fn where_none_is_to_be_kept_none_is() {
        let mut kept = ByServer::new(0, 2);
        kept.put(server("a"), 1);
        assert_eq!(kept.get(&server("a")), None);
    }
}
