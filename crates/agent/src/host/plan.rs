//! From a policy to what a host interceptor catches.
//!
//! Users, jobs and times cannot be asked in the kernel's rules, so what is caught may be more than the rules cover; the
//! policy decides on each connection.

use std::collections::BTreeMap;

use ttls_intercept::host::{HostSettings, Marks, Plan, PlanRule};
use ttls_policy::{Direction, Intercept, Policy, Rule};

/// How a policy lies on a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) plan: Plan,
    /// Ports on which TLS is implicit, with the port that the application listens on instead.
    pub(crate) implicit: BTreeMap<u16, u16>,
}

/// Names and numbers on the host.
pub(crate) fn settings(intercept: &Intercept) -> HostSettings {
    HostSettings {
        namespace: intercept.namespace.clone(),
        table: intercept.table.clone(),
        marks: Marks {
            first: intercept.mark,
            byte: intercept.mark_byte,
        },
        routing_table: intercept.routing_table,
        rule_preference: intercept.rule_preference,
        listen_port: intercept.listen_port,
    }
}

/// The layout of a policy: its enabled rules, and the data ports of those with FTP parameters.
pub(crate) fn layout(policy: &Policy) -> Layout {
    let enabled = || policy.rules().filter(|rule| rule.actions().is_some());
    let servers = || enabled().filter(|rule| rule.direction().covers(Direction::Inbound));
    let ftp = || servers().filter_map(|rule| Some((rule, &rule.actions()?.ftp.as_ref()?.value)));
    let mut passive: Vec<(u16, u16)> = ftp().filter_map(|(_, parms)| parms.passive_data_ports).collect();
    passive.sort_unstable();
    passive.dedup();
    // RFC 959 section 3.2: data connections come from the port below the control port.
    let mut active: Vec<u16> = ftp()
        .flat_map(|(rule, _)| rule.local_ports())
        .filter(|range| range.low == range.high && range.low > 1)
        .map(|range| range.low - 1)
        .collect();
    active.sort_unstable();
    active.dedup();
    let tls_ports: Vec<u16> = ftp().filter_map(|(_, parms)| parms.tls_port).collect();
    // A daemon that knows no TLS listens on one control port only.
    let explicit = policy
        .inbound_ports()
        .into_iter()
        .find(|port| !tls_ports.contains(port));
    let implicit = tls_ports
        .into_iter()
        .filter_map(|port| Some((port, explicit?)))
        .collect();
    Layout {
        plan: Plan {
            rules: enabled().map(plan_rule).collect(),
            passive,
            active,
        },
        implicit,
    }
}

/// Rules with FTP parameters whose daemons' passive ports are not known: a port that was not announced is not guarded.
pub(crate) fn without_range(policy: &Policy) -> impl Iterator<Item = &str> {
    policy
        .rules()
        .filter(|rule| rule.direction().covers(Direction::Inbound))
        .filter(|rule| {
            let parms = rule.actions().and_then(|actions| actions.ftp.as_ref());
            parms.is_some_and(|parms| parms.value.passive_data_ports.is_none())
        })
        .map(Rule::name)
}

fn plan_rule(rule: &Rule) -> PlanRule {
    PlanRule {
        name: rule.name().to_owned(),
        inbound: rule.direction().covers(Direction::Inbound),
        outbound: rule.direction().covers(Direction::Outbound),
        local_addrs: rule
            .local_addrs()
            .iter()
            .map(|range| (range.low, range.high))
            .collect(),
        remote_addrs: rule
            .remote_addrs()
            .iter()
            .map(|range| (range.low, range.high))
            .collect(),
        local_ports: rule
            .local_ports()
            .iter()
            .map(|range| (range.low, range.high))
            .collect(),
        remote_ports: rule
            .remote_ports()
            .iter()
            .map(|range| (range.low, range.high))
            .collect(),
    }
}
