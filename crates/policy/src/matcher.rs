//! Finds the rule of a connection without trying every rule.
//!
//! Each rule is filed under one of its conditions: ports one by one, addresses by a prefix that covers them. Of the
//! conditions that a rule has, the one that the fewest rules share is chosen. A connection then needs to look
//! at the rules filed under its own ports and prefixes, and at those that could not be filed.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Zoned;

use crate::effective::Connection;
use crate::rule::{AddressRange, Pattern, PortRange, Rule};

/// Conditions with more ports or address ranges than this are not filed.
const MOST: usize = 64;

/// The index of a policy's rules. Numbers are positions in matching order.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    filed: HashMap<Key, Vec<usize>>,
    /// Rules whose conditions say nothing that could be filed.
    others: Vec<Other>,
    /// Prefix lengths in use.
    lengths: Lengths,
}

/// A rule that is not filed. All of them are passed by one after the other, so what rules most of them out, the ports,
/// lies here and not behind the rule.
#[derive(Debug)]
struct Other {
    number: usize,
    local: PortRange,
    remote: PortRange,
}

impl Other {
    fn new(number: usize, rule: &Rule) -> Self {
        Self {
            number,
            local: hull(&rule.local_ports),
            remote: hull(&rule.remote_ports),
        }
    }

    /// The rule does not hold for other ports.
    fn may_hold(&self, connection: &Connection<'_>) -> bool {
        self.local.contains(connection.local.port()) && self.remote.contains(connection.remote.port())
    }
}

/// A value of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Port(End, u16),
    Net(End, IpNet),
}

/// The end of the connection that a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Local,
    Remote,
}

/// Prefix lengths in use for each end and family, each once.
#[derive(Debug, Default)]
struct Lengths {
    local_v4: Vec<u8>,
    local_v6: Vec<u8>,
    remote_v4: Vec<u8>,
    remote_v6: Vec<u8>,
}

impl Matcher {
    /// `rules` are in matching order.
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let conditions: Vec<Vec<Vec<Key>>> = rules.iter().map(conditions).collect();
        let mut shared: HashMap<Key, usize> = HashMap::new();
        for key in conditions.iter().flatten().flatten() {
            *shared.entry(*key).or_default() += 1;
        }
        let crowd = |keys: &Vec<Key>| keys.iter().map(|key| shared.get(key).copied().unwrap_or(0)).max();
        let mut matcher = Self::default();
        for (number, (rule, conditions)) in rules.iter().zip(&conditions).enumerate() {
            match conditions.iter().min_by_key(|keys| crowd(keys)) {
                Some(keys) => matcher.file(number, keys),
                None => matcher.others.push(Other::new(number, rule)),
            }
        }
        matcher
    }

    /// The first rule whose conditions all hold. Addresses of the connection are canonical.
    pub(crate) fn find<'r>(
        &self,
        rules: &'r [Rule],
        connection: &Connection<'_>,
        at: Option<&Zoned>,
    ) -> Option<&'r Rule> {
        let holds_for = |number: &usize| rules.get(*number).is_some_and(|rule| holds(rule, connection, at));
        let others = self.others.iter().filter(|other| other.may_hold(connection));
        let first = others.map(|other| other.number).find(holds_for);
        let mut best = first.unwrap_or(rules.len());
        let mut look = |numbers: &[usize]| {
            let mut better = numbers.iter().copied().take_while(|number| *number < best);
            best = better.find(holds_for).unwrap_or(best);
        };
        for (end, socket) in [(End::Local, connection.local), (End::Remote, connection.remote)] {
            let nets = self
                .lengths
                .of(end, socket.ip())
                .iter()
                .filter_map(|length| Some(Key::Net(end, IpNet::new(socket.ip(), *length).ok()?.trunc())));
            for key in nets.chain([Key::Port(end, socket.port())]) {
                look(self.filed.get(&key).map_or(&[], Vec::as_slice));
            }
        }
        rules.get(best)
    }

    fn file(&mut self, number: usize, keys: &[Key]) {
        for key in keys {
            let numbers = self.filed.entry(*key).or_default();
            // Alternatives of one rule may be covered by the same prefix.
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
            if let Key::Net(end, net) = key {
                self.lengths.note(*end, net);
            }
        }
    }
}

impl Lengths {
    fn of(&self, end: End, address: IpAddr) -> &[u8] {
        match (end, address) {
            (End::Local, IpAddr::V4(_)) => &self.local_v4,
            (End::Local, IpAddr::V6(_)) => &self.local_v6,
            (End::Remote, IpAddr::V4(_)) => &self.remote_v4,
            (End::Remote, IpAddr::V6(_)) => &self.remote_v6,
        }
    }

    fn note(&mut self, end: End, net: &IpNet) {
        let lengths = match (end, net) {
            (End::Local, IpNet::V4(_)) => &mut self.local_v4,
            (End::Local, IpNet::V6(_)) => &mut self.local_v6,
            (End::Remote, IpNet::V4(_)) => &mut self.remote_v4,
            (End::Remote, IpNet::V6(_)) => &mut self.remote_v6,
        };
        if !lengths.contains(&net.prefix_len()) {
            lengths.push(net.prefix_len());
        }
    }
}

/// The conditions of a rule that it can be filed under; one of the keys of each holds for every connection that
/// the rule matches.
fn conditions(rule: &Rule) -> Vec<Vec<Key>> {
    let conditions = [
        ports(End::Local, &rule.local_ports),
        ports(End::Remote, &rule.remote_ports),
        nets(End::Local, &rule.local_addrs),
        nets(End::Remote, &rule.remote_addrs),
    ];
    conditions.into_iter().filter(|keys| !keys.is_empty()).collect()
}

/// From the lowest to the highest port of a condition; all where it is not coded.
fn hull(ranges: &[PortRange]) -> PortRange {
    PortRange {
        low: ranges.iter().map(|range| range.low).min().unwrap_or(0),
        high: ranges.iter().map(|range| range.high).max().unwrap_or(u16::MAX),
    }
}

/// No keys: the condition is not coded, or has too many.
fn ports(end: End, ranges: &[PortRange]) -> Vec<Key> {
    let ports = ranges
        .iter()
        .flat_map(|range| range.low..=range.high)
        .take(MOST + 1);
    let keys: Vec<Key> = ports.map(|port| Key::Port(end, port)).collect();
    if keys.len() > MOST { Vec::new() } else { keys }
}

fn nets(end: End, ranges: &[AddressRange]) -> Vec<Key> {
    if ranges.len() > MOST {
        return Vec::new();
    }
    let keys: Option<Vec<Key>> = ranges
        .iter()
        .map(|range| Some(Key::Net(end, cover(range)?)))
        .collect();
    keys.unwrap_or_default()
}

/// The smallest prefix that has the whole range in it.
fn cover(range: &AddressRange) -> Option<IpNet> {
    let common = match (range.low, range.high) {
        (IpAddr::V4(low), IpAddr::V4(high)) => (low.to_bits() ^ high.to_bits()).leading_zeros(),
        (IpAddr::V6(low), IpAddr::V6(high)) => (low.to_bits() ^ high.to_bits()).leading_zeros(),
        _ => return None,
    };
    Some(IpNet::new(range.low, u8::try_from(common).ok()?).ok()?.trunc())
}

/// All conditions of the rule hold for the connection.
fn holds(rule: &Rule, connection: &Connection<'_>, at: Option<&Zoned>) -> bool {
    holds_where(rule, connection, at, false)
}

/// All conditions of the rule hold for the connection, or would if its owner were the right one.
pub(crate) fn may_hold(rule: &Rule, connection: &Connection<'_>, at: Option<&Zoned>) -> bool {
    holds_where(rule, connection, at, true)
}

/// `unknown`: what becomes of a condition on a user or job that is not known.
fn holds_where(rule: &Rule, connection: &Connection<'_>, at: Option<&Zoned>, unknown: bool) -> bool {
    let named = |wanted: &Option<Pattern>, name: Option<&str>| {
        wanted
            .as_ref()
            .is_none_or(|wanted| name.map_or(unknown, |name| wanted.matches(name)))
    };
    rule.direction.covers(connection.direction)
        && any_or_none(&rule.local_ports, |range| range.contains(connection.local.port()))
        && any_or_none(&rule.remote_ports, |range| {
            range.contains(connection.remote.port())
        })
        && any_or_none(&rule.local_addrs, |range| range.contains(connection.local.ip()))
        && any_or_none(&rule.remote_addrs, |range| range.contains(connection.remote.ip()))
        && named(&rule.user, connection.user)
        && named(&rule.job, connection.job)
        && any_or_none(&rule.times, |time| at.is_some_and(|at| time.holds(at)))
}

/// A condition that is not coded is not looked at.
fn any_or_none<T>(alternatives: &[T], holds: impl Fn(&T) -> bool) -> bool {
    alternatives.is_empty() || alternatives.iter().any(holds)
}
