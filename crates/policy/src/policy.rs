//! The compiled policy.

use std::sync::Arc;

use jiff::{Timestamp, Zoned};

use crate::agent_files::AgentFile;
use crate::effective::{
    ActionSet, ClearReason, Connection, Decision, Direction, Gateway, Intercept, RefuseReason,
};
use crate::matcher::{Matcher, may_hold};
use crate::rule::{Actions, Rule};

/// An effective policy: immutable, cheap to share behind an `Arc`, answers for connections.
#[derive(Debug)]
pub struct Policy {
    rules: Vec<Rule>,
    gateways: Vec<Gateway>,
    intercepts: Vec<Intercept>,
    matcher: Matcher,
    asked_inbound: Asked,
    asked_outbound: Asked,
    /// Filled in by the compiler.
    pub(crate) agent: Option<AgentFile>,
}

/// Which conditions on identity the rules of a direction have, known once for all connections.
#[derive(Debug, Clone, Copy)]
struct Asked {
    user: bool,
    job: bool,
}

/// Ranges with more ports than this are no list of services to publish.
const PUBLISHED_RANGE: u16 = 16;

impl Policy {
    /// `rules` are in matching order.
    pub(crate) fn new(rules: Vec<Rule>, gateways: Vec<Gateway>, intercepts: Vec<Intercept>) -> Self {
        let matcher = Matcher::new(&rules);
        let asked = |direction| Asked {
            user: rules
                .iter()
                .any(|rule| rule.user.is_some() && rule.direction.covers(direction)),
            job: rules
                .iter()
                .any(|rule| rule.job.is_some() && rule.direction.covers(direction)),
        };
        let (asked_inbound, asked_outbound) = (asked(Direction::Inbound), asked(Direction::Outbound));
        Self {
            rules,
            gateways,
            intercepts,
            matcher,
            asked_inbound,
            asked_outbound,
            agent: None,
        }
    }

    pub(crate) fn into_parts(self) -> (Vec<Rule>, Vec<Gateway>, Vec<Intercept>) {
        (self.rules, self.gateways, self.intercepts)
    }

    /// What becomes of a connection. An IPv4 address in IPv6 clothes counts as IPv4. A condition on a user or
    /// job that is not known never holds. `at` is when the connection is mapped, with the zone of the agent's clock.
    // A function of its own whatever the optimiser thinks: `tests/bench/instructions` counts what it does.
    #[inline(never)]
    pub fn lookup(&self, connection: &Connection<'_>, at: &Zoned) -> Decision {
        match self.rule_for(connection, Some(at)) {
            None => Decision::Refuse(RefuseReason::NoRule),
            Some(Rule {
                actions: Actions::Enabled(actions),
                ..
            }) => Decision::Tls(Arc::clone(actions)),
            Some(Rule {
                name,
                actions: Actions::NotEnabled(group),
                ..
            }) => Decision::Clear(ClearReason::NotEnabled {
                rule: name.clone(),
                group: Arc::clone(group),
            }),
        }
    }

    /// The first rule whose conditions all hold, whether it is enabled or not. Where no time is given, rules that are
    /// limited in time never hold.
    pub fn rule_for(&self, connection: &Connection<'_>, at: Option<&Zoned>) -> Option<&Rule> {
        self.matcher.find(&self.rules, &canonical(connection), at)
    }

    /// The enabled rule that would come before the answer of [`Self::lookup`] if the application's user or job, which is
    /// not known, were the right one. Such a connection must not pass in clear: nobody can say that it may.
    pub fn undecided(&self, connection: &Connection<'_>, at: &Zoned) -> Option<&Rule> {
        let asked = self.asked(connection.direction);
        if !(asked.user && connection.user.is_none() || asked.job && connection.job.is_none()) {
            return None;
        }
        let connection = canonical(connection);
        let found = self.matcher.find(&self.rules, &connection, Some(at));
        self.rules
            .iter()
            .take_while(|rule| !found.is_some_and(|found| std::ptr::eq(found, *rule)))
            .find(|rule| rule.actions().is_some() && may_hold(rule, &connection, Some(at)))
    }

    /// What the agent's own files say; `None` where the policy was given without them.
    pub fn agent(&self) -> Option<&AgentFile> {
        self.agent.as_ref()
    }

    /// The first instant after this one at which a rule becomes active or inactive; `None`: not in the next 400 days.
    /// Until then the same connection gets the same answer.
    pub fn next_boundary(&self, after: &Zoned) -> Option<Timestamp> {
        let times = self.rules.iter().flat_map(|rule| rule.times.iter());
        times.filter_map(|time| time.next_boundary(after)).min()
    }

    /// `TTLSGateway` statements, in the order of the sources.
    pub fn gateways(&self) -> &[Gateway] {
        &self.gateways
    }

    /// `TTLSIntercept` statements, in the order of the sources.
    pub fn intercepts(&self) -> &[Intercept] {
        &self.intercepts
    }

    /// Whether the rules of an interceptor stay on the host when the agent is stopped, so that what they cover is closed: as
    /// its `AtStop` says. Where that is not coded, `NOPURGE` in the agent's own files lets the policy outlive the agent;
    /// nothing could secure a connection then, so none is let through. A policy without such files does not outlive it.
    pub fn keeps_at_stop(&self, intercept: &Intercept) -> bool {
        let outlives = || self.agent.as_ref().is_some_and(|agent| !agent.purge);
        intercept.keep_at_stop.unwrap_or_else(outlives)
    }

    /// Rules in matching order: larger `Priority` first, equal ones by name in ASCII order.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// Some rule for connections that are opened this way has a `Userid`.
    pub fn asks_user(&self, direction: Direction) -> bool {
        self.asked(direction).user
    }

    /// Some rule for connections that are opened this way has a `Jobname`.
    pub fn asks_job(&self, direction: Direction) -> bool {
        self.asked(direction).job
    }

    fn asked(&self, direction: Direction) -> Asked {
        match direction {
            Direction::Inbound => self.asked_inbound,
            Direction::Outbound => self.asked_outbound,
        }
    }

    /// The action sets of enabled rules, in matching order.
    pub fn action_sets(&self) -> impl Iterator<Item = &Arc<ActionSet>> {
        self.rules.iter().filter_map(Rule::actions)
    }

    /// The local ports that enabled inbound rules name, sorted. Ranges of more than 16 ports are left out.
    pub fn inbound_ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> = self
            .rules
            .iter()
            .filter(|rule| rule.actions().is_some() && rule.direction.covers(Direction::Inbound))
            .flat_map(|rule| rule.local_ports.iter())
            .filter(|range| range.high - range.low < PUBLISHED_RANGE)
            .flat_map(|range| range.low..=range.high)
            .collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }
}

/// IPv4 as IPv4.
fn canonical<'a>(connection: &Connection<'a>) -> Connection<'a> {
    let mut connection = *connection;
    connection.local.set_ip(connection.local.ip().to_canonical());
    connection.remote.set_ip(connection.remote.ip().to_canonical());
    connection
}
