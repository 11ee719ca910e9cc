//! The one record that a connection leaves. While the connection lives it is a row of the table; the log line is a
//! view of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpStream;
use ttls_intercept::Owner;
use ttls_intercept::passed::{Ends, namespace};
use ttls_policy::{ActionSet, ClearGroup};
use ttls_tls::{HandshakeError, Negotiated};

use crate::connection::{ConnId, Connection, InnerLeg, Mapped, Moved, Security, Stage};
use crate::flow::{Tap, Way};
use crate::messages;
use crate::payload::Conversation;
use crate::status::{direction, rule};
use crate::table::Table;

mod ended;

pub(crate) use ended::Ended;

/// The record. Its owner fills it while the connection lives and logs it once, at its end; a record that is lost with
/// its task is logged too.
#[derive(Debug)]
pub(crate) struct Outcome {
    table: Arc<Table>,
    connection: Arc<Connection>,
    logged: bool,
    /// What a record that is lost says of its end.
    ended: Ended,
}

impl Outcome {
    pub(crate) fn new(table: Arc<Table>, connection: Arc<Connection>) -> Self {
        Self {
            table,
            connection,
            logged: false,
            // Tasks end without a word when the agent does not wait for them any longer.
            ended: Ended::Stopped,
        }
    }

    /// The row, for those who look at the connection or end it.
    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Counts of payload.
    pub(crate) fn moved(&self) -> &Moved {
        &self.connection.moved
    }

    /// The policy is asked.
    pub(crate) fn asked(&self, generation: u64) {
        self.connection.facts().generation = Some(generation);
    }

    /// Who owns the application's process, where the policy asks for it.
    pub(crate) fn owner(&self, owner: &Owner) {
        let mut facts = self.connection.facts();
        facts.owner.clone_from(&owner.user);
        facts.job.clone_from(&owner.job);
    }

    /// It is mapped onto another one, by the generation of that.
    pub(crate) fn follows(&self, primary: ConnId, generation: u64) {
        // Once for each connection.
        let _ = self.connection.follows.set(primary);
        self.connection.facts().generation = Some(generation);
    }

    /// A rule secures it.
    pub(crate) fn mapped(&self, actions: &Arc<ActionSet>) {
        self.connection.facts().mapped = Mapped::Tls(actions.clone());
        messages::mapped(&self.connection);
        self.look_at_payload(actions);
    }

    /// A rule leaves it in clear.
    pub(crate) fn not_enabled(&self, rule: String, group: &ClearGroup) {
        messages::not_enabled(&self.connection, &rule, group);
        self.connection.facts().mapped = Mapped::NotEnabled(rule);
    }

    /// The outer leg, where it becomes known later than the connection itself.
    pub(crate) fn outer(&self, peer: SocketAddr, local: SocketAddr) {
        let mut facts = self.connection.facts();
        (facts.peer, facts.local) = (peer, local);
    }

    /// The inner leg is connected.
    pub(crate) fn inner(&self, ours: &TcpStream) {
        // A stream without addresses is dead, which its first read will tell.
        if let (Ok(other), Ok(application)) = (ours.local_addr(), ours.peer_addr()) {
            self.connection.facts().inner = Some(InnerLeg { application, other });
            if let Ok(namespace) = namespace(ours) {
                let ends = Ends::new(namespace, application, other);
                self.table.reach(self.connection.id, ends);
            }
        }
    }

    /// Whom the application knows the peer as.
    pub(crate) fn user(&self, user: Option<&str>) {
        let mut facts = self.connection.facts();
        if facts.user.as_deref() != user {
            facts.user = user.map(str::to_owned);
        }
    }

    /// A handshake is being waited for.
    pub(crate) fn handshake(&self) {
        self.connection.facts().security = Security::Handshake(Instant::now());
        self.connection.stage.send_replace(Stage::Starting);
        messages::handshake(&self.connection);
    }

    /// The handshake succeeded.
    pub(crate) fn secured(&self, negotiated: &Negotiated) {
        let mut facts = self.connection.facts();
        let before = std::mem::replace(&mut facts.security, Security::Tls);
        facts.negotiated = Some(negotiated.clone());
        drop(facts);
        self.connection.stage.send_replace(Stage::Secure);
        if let Security::Handshake(since) = before {
            self.table.metrics.secured(negotiated, since.elapsed());
        }
        messages::secured(&self.connection, negotiated);
    }

    /// The handshake failed, which is the end.
    pub(crate) fn handshake_failed(&self, error: &HandshakeError) -> Ended {
        self.connection.facts().security = Security::Clear;
        self.connection.stage.send_replace(Stage::Failed);
        self.table.metrics.failed(error.return_code());
        messages::handshake_failed(&self.connection, error);
        Ended::from(error)
    }

    /// TLS is being stopped.
    pub(crate) fn stopping_tls(&self) {
        self.connection.stage.send_replace(Stage::Stopping);
        messages::stopping(&self.connection);
    }

    /// The handshake that was waited for did not begin, and the connection goes on in clear as before.
    pub(crate) fn not_started_tls(&self, before: Stage) {
        self.connection.facts().security = Security::Clear;
        self.connection.stage.send_replace(before);
    }

    /// The connection failed while TLS was started or stopped.
    pub(crate) fn failed(&self) {
        self.connection.stage.send_replace(Stage::Failed);
    }

    /// TLS was stopped and the connection goes on in clear.
    pub(crate) fn stopped_tls(&self) {
        self.connection.facts().security = Security::Clear;
        self.connection.stage.send_replace(Stage::Stopped);
        messages::stopped(&self.connection);
    }

    /// The session was forgotten, or new keys were made, as the application has asked.
    pub(crate) fn renewed_tls(&self, session: bool, cipher: bool) {
        messages::renewed(&self.connection, session, cipher);
    }

    /// It has ended, and is logged when the record is let go of.
    pub(crate) fn ended(&mut self, ended: Ended) {
        self.ended = ended;
    }

    /// Logs the connection's one line.
    pub(crate) fn log(mut self, ended: &Ended) {
        self.finish(ended);
    }

    /// There was no connection after all: nothing to log.
    pub(crate) fn forget(mut self) {
        self.logged = true;
        self.table.remove(self.connection.id);
    }

    /// Where `Trace` asks for it.
    fn look_at_payload(&self, actions: &ActionSet) {
        let (told, shown) = messages::asks_data(actions);
        if !told {
            return;
        }
        let trace = self.table.payload.get().filter(|_| shown);
        let conversation = trace.map(|trace| {
            let conversation = Conversation::new(trace.clone(), self.connection.id, &actions.rule);
            Arc::new(conversation)
        });
        let moved = &self.connection.moved;
        for (flow, way) in [(&moved.received, Way::Received), (&moved.sent, Way::Sent)] {
            flow.tap(Tap {
                connection: Arc::downgrade(&self.connection),
                way,
                shown: conversation.clone(),
            });
        }
    }

    fn finish(&mut self, ended: &Ended) {
        if std::mem::replace(&mut self.logged, true) {
            return;
        }
        self.table.remove(self.connection.id);
        self.table.metrics.ended(&self.connection, ended);
        messages::ended(&self.connection, ended);
        log(&self.connection, ended);
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        let ended = std::mem::replace(&mut self.ended, Ended::Stopped);
        self.finish(&ended);
    }
}

fn log(connection: &Connection, ended: &Ended) {
    let facts = connection.facts().clone();
    let (received, sent) = connection.moved.both();
    let (protocol, suite, resumed) = match &facts.negotiated {
        Some(n) => (n.protocol, n.suite.as_str(), if n.resumed { "yes" } else { "no" }),
        None if received + sent > 0 => ("clear", "-", "-"),
        None => ("-", "-", "-"),
    };
    let environment = match &facts.mapped {
        Mapped::Tls(actions) => actions.environment.as_str(),
        Mapped::NotEnabled(_) | Mapped::No => "-",
    };
    tracing::info!(
        conn = %connection.id,
        map = connection.map().word(),
        interceptor = connection.origin.interceptor,
        direction = direction(connection.origin.direction),
        peer = %facts.peer,
        local = %facts.local,
        rule = rule(&facts).unwrap_or("-"),
        environment,
        protocol,
        suite,
        resumed,
        user = facts.user.as_deref().unwrap_or("-"),
        received,
        sent,
        seconds = connection.age().as_secs_f64(),
        outcome = ended.word(),
        return_code = ended.return_code(),
        reason = %ended,
        "connection ended"
    );
}
