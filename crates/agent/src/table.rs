//! The connection table: every live connection, from its interception to its outcome.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use ttls_intercept::passed::Ends;

use crate::connection::{ConnId, Connection, Map, Origin};
use crate::metrics::Metrics;
use crate::outcome::Outcome;
use crate::payload::PayloadTrace;

/// A program can hold the socket of a connection a moment before it is known here that the program was reached.
const REACHING: Duration = Duration::from_secs(1);

/// Between two looks at whether connections have ended.
const ENDING: Duration = Duration::from_millis(5);

/// Live connections by their ids. Whoever registers one holds its [`Outcome`]; when that is gone, so is the row.
#[derive(Debug, Default)]
pub(crate) struct Table {
    state: Mutex<State>,
    reached: Notify,
    pub(crate) metrics: Metrics,
    /// Where payload may be shown.
    pub(crate) payload: OnceLock<Arc<PayloadTrace>>,
}

#[derive(Debug, Default)]
struct State {
    last: u32,
    rows: BTreeMap<ConnId, Arc<Connection>>,
    /// Those whose inner leg is connected, by the application's end of it.
    by_ends: HashMap<Ends, ConnId>,
    /// Bytes that ended connections have received and sent.
    ended: (u64, u64),
}

impl Table {
    /// A row for a connection, as long as its outcome lives.
    pub(crate) fn register(self: &Arc<Self>, origin: Origin, peer: SocketAddr, local: SocketAddr) -> Outcome {
        let mut state = self.state();
        let id = state.free_id();
        let connection = Arc::new(Connection::new(id, origin, peer, local));
        if let Map::Secondary(primary) = origin.map
            && let Some(primary) = state.rows.get(&primary)
        {
            connection.facts().generation = primary.facts().generation;
        }
        state.rows.insert(id, connection.clone());
        drop(state);
        Outcome::new(self.clone(), connection)
    }

    /// All that live now, in the order of their ids.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.state().rows.values().cloned().collect()
    }

    /// One of them.
    pub(crate) fn get(&self, id: ConnId) -> Option<Arc<Connection>> {
        self.state().rows.get(&id).cloned()
    }

    /// The application of a connection is reached; it holds a socket with these ends.
    pub(crate) fn reach(&self, id: ConnId, ends: Ends) {
        let mut state = self.state();
        if let Some(connection) = state.rows.get(&id)
            && connection.ends.set(ends).is_ok()
        {
            state.by_ends.insert(ends, id);
        }
        drop(state);
        self.reached.notify_waiters();
    }

    /// The connection whose application's end this is.
    pub(crate) async fn find(&self, ends: Ends) -> Option<Arc<Connection>> {
        let search = async {
            loop {
                let reached = self.reached.notified();
                tokio::pin!(reached);
                // From here on no change goes unnoticed.
                reached.as_mut().enable();
                if let Some(found) = self.state().find(ends) {
                    return found;
                }
                reached.await;
            }
        };
        tokio::time::timeout(REACHING, search).await.ok()
    }

    /// Ends all connections as failed; true when they have ended, which must be within `bound`.
    pub(crate) async fn cut(&self, bound: Duration) -> bool {
        let end = async {
            loop {
                let left = self.all();
                if left.is_empty() {
                    return;
                }
                // Those that were made meanwhile, too.
                left.iter().for_each(|connection| connection.drop_it());
                drop(left);
                tokio::time::sleep(ENDING).await;
            }
        };
        tokio::time::timeout(bound, end).await.is_ok()
    }

    pub(crate) fn remove(&self, id: ConnId) {
        let mut state = self.state();
        let Some(row) = state.rows.remove(&id) else {
            return;
        };
        let (received, sent) = row.moved.both();
        state.ended.0 += received;
        state.ended.1 += sent;
        // A later connection may have the same ends already.
        if let Some(ends) = row.ends.get()
            && state.by_ends.get(ends) == Some(&id)
        {
            state.by_ends.remove(ends);
        }
    }

    /// Bytes of payload received and sent by all connections there ever were.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        let state = self.state();
        state.rows.values().fold(state.ended, |sum, connection| {
            let (received, sent) = connection.moved.both();
            (sum.0 + received, sum.1 + sent)
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The map is whole between any two statements, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, ends: Ends) -> Option<Arc<Connection>> {
        self.rows.get(self.by_ends.get(&ends)?).cloned()
    }

    /// Ids go round after four thousand million connections; 0 means none in messages.
    fn free_id(&mut self) -> ConnId {
        loop {
            self.last = self.last.wrapping_add(1);
            let id = ConnId(self.last);
            if self.last != 0 && !self.rows.contains_key(&id) {
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Ended;
    use ttls_policy::Direction;

    fn register(table: &Arc<Table>) -> Outcome {
        let origin = Origin {
            map: Map::Primary,
            interceptor: "gateway",
            direction: Direction::Inbound,
        };
        let nowhere = "127.0.0.1:1".parse().unwrap();
        table.register(origin, nowhere, nowhere)
    }

    #[test]
    fn a_connection_is_in_the_table_until_its_outcome_is_logged_or_lost() {
        let table = Arc::new(Table::default());
        let (first, second) = (register(&table), register(&table));
        assert_eq!(table.all().len(), 2);
        assert!(table.get(first.connection().id).is_some());
        first.log(&Ended::Complete);
        assert_eq!(table.all().len(), 1);
        drop(second);
        assert_eq!(table.all().len(), 0);
    }

    #[test]
    fn a_record_whose_end_is_known_tells_it_when_it_is_lost() {
        let table = Arc::new(Table::default());
        let [mut known, unknown] = [register(&table), register(&table)];
        known.ended(Ended::Complete);
        drop((known, unknown));
        let counted = format!("{:?}", table.metrics);
        for outcome in [Ended::Complete, Ended::Stopped] {
            let wanted = format!("outcome: {:?}", outcome.word());
            assert!(counted.contains(&wanted), "{wanted} is not in {counted}");
        }
    }

    #[test]
    fn ids_go_round_without_naming_two_connections_at_once() {
        let table = Arc::new(Table::default());
        let first = register(&table);
        table.state().last = u32::MAX;
        let next = register(&table);
        assert_eq!(
            (first.connection().id, next.connection().id),
            (ConnId(1), ConnId(2))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn cutting_waits_for_the_end_of_every_connection_and_no_longer_than_it_may() {
        let table = Arc::new(Table::default());
        let heeding = register(&table);
        let ended = tokio::spawn(async move {
            heeding.connection().dropped().await;
            heeding.log(&Ended::Dropped);
        });
        assert!(table.cut(REACHING).await);
        ended.await.unwrap();
        let _deaf = register(&table);
        assert!(!table.cut(REACHING).await);
    }

    #[tokio::test]
    async fn a_dropped_connection_hears_of_it_even_before_it_listens() {
        let table = Arc::new(Table::default());
        let outcome = register(&table);
        table.get(outcome.connection().id).unwrap().drop_it();
        outcome.connection().dropped().await;
    }
}
