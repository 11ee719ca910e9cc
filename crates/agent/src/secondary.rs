//! The secondary map: connections that follow the policy of another one of the same process (`SecondaryMap On`).
//!
//! This is for programs of which nothing is known but what they do with sockets. Where the agent's own FTP controller
//! controls a connection, its data connections are known by what was announced ([`crate::expectations`]).
//!
//! A connection follows a primary one where both have the same pair of addresses and **one process holds both sockets**
//! at the moment the new one is mapped. So a child that has inherited the primary's socket counts as its parent does, and
//! one that has closed it does not.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use ttls_intercept::passed::{Ends, ends_of_partner};
use ttls_intercept::{OwnedSocket, Sharing, SocketTable};
use ttls_policy::{ActionSet, Rule};

use crate::connection::ConnId;
use crate::identity;
use crate::installed::Installed;
use crate::outcome::{Ended, Outcome};
use crate::program_side::ProgramSide;
use crate::scope::Scope;
use crate::session::InnerSide;

/// The primary connections that live.
#[derive(Debug, Default)]
pub(crate) struct SecondaryMap {
    /// By the peer's address, oldest first.
    primaries: Mutex<HashMap<IpAddr, Vec<Arc<Primary>>>>,
}

/// A connection that others may follow.
#[derive(Debug)]
pub(crate) struct Primary {
    pub(crate) id: ConnId,
    pub(crate) actions: Arc<ActionSet>,
    pub(crate) scope: Scope,
    /// The generation that it was mapped with.
    pub(crate) installed: Arc<Installed>,
    pair: Pair,
    priority: u32,
    /// The application's socket.
    ends: Ends,
}

/// The addresses of a connection, as the peer sees them. Ports play no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    local: IpAddr,
    remote: IpAddr,
}

/// Whom a new connection follows.
#[derive(Debug)]
pub(crate) enum Follows {
    /// Nobody: its own policy holds.
    Nobody,
    Primary(Arc<Primary>),
    /// It has the addresses of a primary connection, and whether it is of the same process is not to be found out.
    Unknown,
}

/// An entry of the map; it goes with this.
#[derive(Debug)]
pub(crate) struct Leading {
    map: Arc<SecondaryMap>,
    primary: Arc<Primary>,
}

impl SecondaryMap {
    /// Enters a connection whose application is reached over `inner`, where its policy says `SecondaryMap On`.
    pub(crate) fn lead(
        self: &Arc<Self>,
        installed: &Arc<Installed>,
        actions: &Arc<ActionSet>,
        scope: &Scope,
        inner: &TcpStream,
        outcome: &Outcome,
    ) -> Option<Leading> {
        if !scope.is_primary() {
            return None;
        }
        // A stream without addresses is dead, which its first read will tell.
        let ends = ends_of_partner(inner).ok()?;
        let (peer, local) = {
            let facts = outcome.connection().facts();
            (facts.peer, facts.local)
        };
        let mut rules = installed.policy().rules();
        let primary = Arc::new(Primary {
            id: outcome.connection().id,
            actions: actions.clone(),
            scope: scope.of_secondary(),
            installed: installed.clone(),
            pair: Pair::new(local, peer),
            priority: rules.find(|rule| rule.name() == actions.rule)?.priority(),
            ends,
        });
        let mut primaries = self.primaries();
        primaries
            .entry(primary.pair.remote)
            .or_default()
            .push(primary.clone());
        drop(primaries);
        Some(Leading {
            map: self.clone(),
            primary,
        })
    }

    /// Whom a connection that a peer has opened follows; `own` is the rule that matches it.
    pub(crate) async fn of_listener(
        &self,
        side: &InnerSide,
        local: SocketAddr,
        peer: SocketAddr,
        own: Option<&Rule>,
    ) -> Follows {
        let candidates = self.candidates(Pair::new(local, peer), own);
        if candidates.is_empty() {
            return Follows::Nobody;
        }
        let target = side.target(local);
        let table = identity::table_inside(side, target);
        choose(table, OwnedSocket::Listening(target), candidates).await
    }

    /// Whom a connection that a program has opened follows; the program sees `seen` as its other end.
    pub(crate) async fn of_program(
        &self,
        side: &ProgramSide,
        program: SocketAddr,
        seen: SocketAddr,
        server: SocketAddr,
        own: Option<&Rule>,
    ) -> Follows {
        let candidates = self.candidates(Pair::new(program, server), own);
        if candidates.is_empty() {
            return Follows::Nobody;
        }
        let (local, remote) = (program, seen);
        let table = identity::table_of_program(side, program);
        choose(table, OwnedSocket::Connected { local, remote }, candidates).await
    }

    fn candidates(&self, pair: Pair, own: Option<&Rule>) -> Vec<Arc<Primary>> {
        let primaries = self.primaries();
        let of_peer = primaries.get(&pair.remote).into_iter().flatten();
        of_peer
            .filter(|primary| primary.pair.is_that_of(pair))
            .filter(|primary| own.is_none_or(|own| own.priority() < primary.priority))
            .cloned()
            .collect()
    }

    fn primaries(&self) -> MutexGuard<'_, HashMap<IpAddr, Vec<Arc<Primary>>>> {
        // Every change leaves the map whole, so a panic elsewhere does not spoil it.
        self.primaries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a connection is refused that would pass in clear if it were not the secondary one of another.
pub(crate) fn unknown() -> Ended {
    Ended::Refused(
        "it has the addresses of a connection with SecondaryMap On, and whether it is of the same process cannot be \
         found out; run the agent as root, or add a rule for it with the same Priority"
            .to_owned(),
    )
}

impl Pair {
    fn new(local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            local: local.ip().to_canonical(),
            remote: remote.ip().to_canonical(),
        }
    }

    /// In a private network namespace every address is local, and a program that chooses none when it connects gets
    /// that of its peer.
    fn is_that_of(self, new: Self) -> bool {
        self.remote == new.remote
            && (self.local == new.local || new.local == new.remote || self.local == self.remote)
    }
}

/// Of several the youngest: one process with many sessions of one partner cannot be looked into.
async fn choose(
    table: impl Future<Output = io::Result<Option<SocketTable>>>,
    socket: OwnedSocket,
    candidates: Vec<Arc<Primary>>,
) -> Follows {
    let ends = candidates.iter().map(|primary| primary.ends).collect();
    let look = async {
        match table.await? {
            Some(table) => table.shared(socket, ends).await.map(Some),
            None => Ok(None),
        }
    };
    let looked = tokio::time::timeout(identity::LOOK, look).await;
    let shared = match looked.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(Some(shared)) => shared,
        Ok(None) => return Follows::Unknown,
        Err(error) => {
            tracing::warn!(%error, "whose sockets they are cannot be found out");
            return Follows::Unknown;
        }
    };
    let together = candidates.into_iter().zip(&shared).rev();
    let mut together = together.filter(|(_, shared)| **shared == Sharing::Together);
    match together.next() {
        Some((primary, _)) => Follows::Primary(primary),
        None if shared.contains(&Sharing::Unknown) => Follows::Unknown,
        None => Follows::Nobody,
    }
}

impl Drop for Leading {
    fn drop(&mut self) {
        let mut primaries = self.map.primaries();
        let remote = self.primary.pair.remote;
        if let Some(of_peer) = primaries.get_mut(&remote) {
            of_peer.retain(|primary| !Arc::ptr_eq(primary, &self.primary));
            if of_peer.is_empty() {
                primaries.remove(&remote);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_play_no_part_and_a_local_address_that_nobody_chose_is_any() {
        let pair = |local: &str, remote: &str| Pair::new(local.parse().unwrap(), remote.parse().unwrap());
        let primary = pair("192.0.2.1:21", "203.0.113.9:40000");
        assert!(primary.is_that_of(pair("192.0.2.1:30000", "203.0.113.9:40001")));
        assert!(primary.is_that_of(pair("[::ffff:192.0.2.1]:30000", "203.0.113.9:40001")));
        assert!(primary.is_that_of(pair("203.0.113.9:30000", "203.0.113.9:40001")));
        assert!(!primary.is_that_of(pair("192.0.2.2:30000", "203.0.113.9:40001")));
        assert!(!primary.is_that_of(pair("192.0.2.1:30000", "203.0.113.10:40001")));
    }
}
