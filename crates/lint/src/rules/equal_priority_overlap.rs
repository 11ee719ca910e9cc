//! `equal-priority-overlap`.

use std::collections::{BTreeMap, HashMap};

use ttls_policy::{Policy, Rule};

use crate::model::Model;
use crate::region::Region;
use crate::rule::{Findings, lint_rule};
use crate::rules::shadows;
use crate::takers::{Budget, Takers, takers};

lint_rule! {
    /// Rules of equal Priority are for the same connections and do different things with them.
    ///
    /// Among rules of equal Priority the order of their names decides. Priority is 1 where it is not coded.
    ///
    /// ## Why it matters
    ///
    /// Renaming a rule changes what happens to connections. And the order of names is not the same everywhere: here it
    /// is that of ASCII (digits, upper case, lower case), on z/OS that of EBCDIC (lower case, upper case, digits).
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSRule ftp                 TTLSRule Partner
    /// {                            {
    ///   LocalPortRange 21            RemoteAddr 203.0.113.0/24
    ///   Direction Inbound            Direction Inbound
    ///   ...                          ...
    /// ```
    ///
    /// ## Instead
    ///
    /// Code different Priorities: the rule that should win gets the larger one. Rules that lead to the same actions are
    /// not reported.
    EQUAL_PRIORITY_OVERLAP = Warning "TTLS302" "equal-priority-overlap" by check
}

/// Pairs that are looked at; more of them only repeat what was said.
const PAIRS: usize = 200_000;

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(policy) = model.policy() else {
        return;
    };
    let mut groups: BTreeMap<u32, Vec<&Rule>> = BTreeMap::new();
    // Rules for different times may be for the same connections.
    for rule in policy.rules().filter(|rule| rule.times().is_empty()) {
        groups.entry(rule.priority()).or_default().push(rule);
    }
    let mut pairs = 0;
    let mut budget = Budget::new();
    for rules in groups.values().rev() {
        // The pairs of a rule come one behind the other: whether it gets anything is asked once.
        let mut shadowed = None;
        for (later, earlier) in candidates(rules) {
            pairs += 1;
            if findings.is_full() || pairs > PAIRS || budget.is_spent() {
                return;
            }
            let (first, second) = (rules[earlier], rules[later]);
            if shadowed == Some(later) || !takes_from(policy, first, second, &mut budget) {
                continue;
            }
            // Of a rule that gets nothing at all, that is what is said.
            if shadows(policy, second, &mut budget).is_some() {
                shadowed = Some(later);
                continue;
            }
            let (Some(at), Some(other)) = (model.place(second), model.place(first)) else {
                continue;
            };
            let message = format!(
                "TTLSRule {} and {} have Priority {} and connections in common: {0} comes second by its name only",
                second.name(),
                first.name(),
                first.priority(),
            );
            let help = "give the rule that should win the larger Priority";
            findings.push(at, message, help, vec![(other, "comes first".to_string())]);
        }
    }
}

/// From the lowest to the highest value of a condition.
type Hull = fn(&Rule) -> (u128, u128);

/// Pairs (later, earlier) with different actions that may have connections in common: their port ranges or address ranges
/// of one kind meet. Of the four kinds the one that leaves the fewest pairs is taken.
fn candidates(rules: &[&Rule]) -> Vec<(usize, usize)> {
    let actions = numbered_actions(rules);
    if actions.iter().all(|number| *number == 0) {
        return Vec::new();
    }
    let kinds: [Hull; 4] = [
        |rule| ports(rule.local_ports()),
        |rule| ports(rule.remote_ports()),
        |rule| addresses(rule.local_addrs()),
        |rule| addresses(rule.remote_addrs()),
    ];
    let sorted = kinds.map(|hull| {
        let mut hulls: Vec<(u128, u128, usize)> = rules
            .iter()
            .enumerate()
            .map(|(number, rule)| (hull(rule).0, hull(rule).1, number))
            .collect();
        hulls.sort_unstable();
        hulls
    });
    let best = sorted.iter().min_by_key(|hulls| {
        let meeting = |(at, hull): (usize, &(u128, u128, usize))| {
            hulls
                .partition_point(|other| other.0 <= hull.1)
                .saturating_sub(at + 1)
        };
        hulls.iter().enumerate().map(meeting).sum::<usize>()
    });
    let Some(hulls) = best else {
        return Vec::new();
    };
    let mut pairs = Vec::new();
    for (at, hull) in hulls.iter().enumerate() {
        let meeting = hulls[at + 1..]
            .iter()
            .take_while(|other| other.0 <= hull.1)
            .filter(|other| actions[other.2] != actions[hull.2]);
        pairs.extend(meeting.map(|other| (hull.2.max(other.2), hull.2.min(other.2))));
        if pairs.len() > PAIRS {
            break;
        }
    }
    pairs.sort_unstable();
    pairs
}

/// From the lowest to the highest port of a condition.
fn ports(ranges: &[ttls_policy::PortRange]) -> (u128, u128) {
    let low = ranges.iter().map(|range| range.low).min().unwrap_or(0);
    let high = ranges.iter().map(|range| range.high).max().unwrap_or(u16::MAX);
    (low.into(), high.into())
}

/// From the lowest to the highest address of a condition, IPv4 in its IPv6 clothes.
fn addresses(ranges: &[ttls_policy::AddressRange]) -> (u128, u128) {
    let bits = |address: std::net::IpAddr| match address {
        std::net::IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        std::net::IpAddr::V6(address) => address.to_bits(),
    };
    let low = ranges.iter().map(|range| bits(range.low)).min().unwrap_or(0);
    let high = ranges
        .iter()
        .map(|range| bits(range.high))
        .max()
        .unwrap_or(u128::MAX);
    (low, high)
}

/// A connection that both rules are for gets the first one, and no rule before both.
fn takes_from(policy: &Policy, first: &Rule, second: &Rule, budget: &mut Budget) -> bool {
    let common = Region::common(first, second);
    !common.is_empty() && matches!(takers(policy, common, first, budget), Takers::Wanted)
}

/// A number for each rule, the same for those that lead to the same actions.
fn numbered_actions(rules: &[&Rule]) -> Vec<usize> {
    let mut known = HashMap::new();
    rules
        .iter()
        .map(|rule| {
            let names = rule
                .actions()
                .map(|set| (&set.group, &set.environment, &set.connection));
            let next = known.len();
            *known.entry(names).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, rule_named, silent};

    const NAME: &str = "equal-priority-overlap";
    const OFF: &str = "TTLSGroupAction off\n{\nTTLSEnabled Off\n}\n";

    fn off(lines: &str) -> String {
        let rule =
            rule_named("zz", lines).replace("ActionRef g\nTTLSEnvironmentActionRef e", "ActionRef off");
        rule + OFF
    }

    #[test]
    fn rules_that_only_their_names_put_in_order_are_reported_once() {
        let text =
            off("RemoteAddr 10.0.0.0/8\nDirection Both") + &policy("LocalPortRange 21\nDirection Inbound");
        fires(NAME, &text, "zz and r have Priority 1", "TTLSRule zz");
    }

    #[test]
    fn different_priorities_same_actions_or_nothing_in_common_is_no_overlap() {
        let rule = policy("LocalPortRange 21\nRemoteAddr 10.0.0.0/8\nDirection Inbound");
        for other in [
            "LocalPortRange 21\nDirection Inbound\nPriority 2",
            "LocalPortRange 22\nDirection Inbound",
            "LocalPortRange 21\nDirection Outbound",
            "RemoteAddr 11.0.0.0/8\nDirection Inbound",
            "RemoteAddr 2001:db8::/32\nDirection Inbound",
        ] {
            silent(NAME, &(off(other) + &rule));
        }
        silent(
            NAME,
            &(rule_named("zz", "LocalPortRange 21\nDirection Inbound") + &rule),
        );
    }

    #[test]
    fn a_rule_that_is_shadowed_is_said_to_be_so_once() {
        let text = off("LocalPortRange 21\nDirection Inbound") + &policy("LocalPortRange 21\nDirection Both");
        silent(NAME, &text);
        fires("shadowed-rule", &text, "zz never gets", "TTLSRule zz");
    }

    #[test]
    fn what_a_rule_before_both_takes_is_not_theirs_to_share() {
        let both = off("LocalPortRange 21-22\nDirection Inbound")
            + &policy("LocalPortRange 20-21\nDirection Inbound");
        fires(NAME, &both, "zz and r", "TTLSRule zz");
        let before = rule_named("x", "LocalPortRange 21\nDirection Inbound\nPriority 2");
        silent(NAME, &(before + &both));
    }

    #[test]
    fn names_of_users_meet_as_patterns_do() {
        let rule = policy("LocalPortRange 21\nUserid ANN*\nDirection Inbound");
        let off_for = |user| off(&format!("LocalPortRange 21\nUserid {user}\nDirection Inbound"));
        fires(NAME, &(off_for("a*") + &rule), "zz and r", "TTLSRule zz");
        silent(NAME, &(off_for("bob*") + &rule));
        silent(NAME, &(off_for("an") + &rule));
    }
}
