//! Why a connection gets a rule and not the ones before it.

use std::fmt::Display;

use jiff::Zoned;
use ttls_policy::{AddressRange, Connection, Pattern, Policy, PortRange, Rule, RuleDirection};

/// A rule that was tried for a connection.
#[derive(Debug)]
pub struct Tried<'p> {
    /// The rule.
    pub rule: &'p Rule,
    /// Its direction, and what it says about addresses, ports, user, job and time; all of them must hold.
    pub conditions: Vec<Tested>,
}

/// A condition of a rule and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// The keyword of the policy language that stands for it.
    pub keyword: &'static str,
    /// What the rule asks for; alternatives are separated by commas.
    pub wanted: String,
    /// What the connection has.
    pub given: String,
    /// It holds.
    pub holds: bool,
}

/// Tries the rules of a policy in their order for a connection that is mapped at this time, up to the first one whose conditions all hold.
pub fn tried<'p>(policy: &'p Policy, connection: &Connection<'_>, at: &Zoned) -> Vec<Tried<'p>> {
    let mut connection = *connection;
    connection.local.set_ip(connection.local.ip().to_canonical());
    connection.remote.set_ip(connection.remote.ip().to_canonical());
    let mut tried = Vec::new();
    for rule in policy.rules() {
        let conditions = conditions(rule, &connection, at);
        tried.push(Tried { rule, conditions });
        if tried.last().is_some_and(Tried::matches) {
            break;
        }
    }
    tried
}

impl Tried<'_> {
    /// All conditions hold.
    pub fn matches(&self) -> bool {
        self.conditions.iter().all(|condition| condition.holds)
    }
}

fn conditions(rule: &Rule, connection: &Connection<'_>, at: &Zoned) -> Vec<Tested> {
    let (local, remote) = (connection.local, connection.remote);
    let direction = Tested {
        keyword: "Direction",
        wanted: match rule.direction() {
            RuleDirection::Inbound => "Inbound",
            RuleDirection::Outbound => "Outbound",
            RuleDirection::Both => "Both",
        }
        .to_string(),
        given: match connection.direction {
            ttls_policy::Direction::Inbound => "Inbound",
            ttls_policy::Direction::Outbound => "Outbound",
        }
        .to_string(),
        holds: rule.direction().covers(connection.direction),
    };
    let addresses = |keyword, ranges: &[AddressRange], given: std::net::IpAddr| {
        one_of(keyword, ranges, address_range, given, |range| {
            range.contains(given)
        })
    };
    let ports = |keyword, ranges: &[PortRange], given: u16| {
        one_of(keyword, ranges, port_range, given, |range| range.contains(given))
    };
    let coded = [
        addresses("LocalAddr", rule.local_addrs(), local.ip()),
        ports("LocalPortRange", rule.local_ports(), local.port()),
        addresses("RemoteAddr", rule.remote_addrs(), remote.ip()),
        ports("RemotePortRange", rule.remote_ports(), remote.port()),
        name("Userid", rule.user(), connection.user),
        name("Jobname", rule.job(), connection.job),
        one_of(
            "IpTimeCondition",
            rule.times(),
            ToString::to_string,
            at.strftime("%Y-%m-%d %H:%M:%S %Z"),
            |time| time.holds(at),
        ),
    ];
    std::iter::once(direction)
        .chain(coded.into_iter().flatten())
        .collect()
}

/// Alternatives of which one must hold; `None` where the rule names none.
fn one_of<T>(
    keyword: &'static str,
    alternatives: &[T],
    show: impl Fn(&T) -> String,
    given: impl Display,
    holds: impl Fn(&T) -> bool,
) -> Option<Tested> {
    if alternatives.is_empty() {
        return None;
    }
    let wanted: Vec<String> = alternatives.iter().map(show).collect();
    Some(Tested {
        keyword,
        wanted: wanted.join(", "),
        given: given.to_string(),
        holds: alternatives.iter().any(holds),
    })
}

fn name(keyword: &'static str, pattern: Option<&Pattern>, given: Option<&str>) -> Option<Tested> {
    let pattern = pattern?;
    Some(Tested {
        keyword,
        wanted: pattern.to_string(),
        given: given.unwrap_or("not known").to_string(),
        holds: given.is_some_and(|given| pattern.matches(given)),
    })
}

fn address_range(range: &AddressRange) -> String {
    if range.low == range.high {
        range.low.to_string()
    } else {
        format!("{}-{}", range.low, range.high)
    }
}

fn port_range(range: &PortRange) -> String {
    if range.low == range.high {
        range.low.to_string()
    } else {
        format!("{}-{}", range.low, range.high)
    }
}
