//! `shadowed-rule`.

use ttls_policy::{Policy, Rule};

use crate::model::Model;
use crate::region::Region;
use crate::rule::{Findings, lint_rule};
use crate::takers::{Budget, Takers, takers};

lint_rule! {
    /// Every connection that the rule is for is taken by rules before it.
    ///
    /// Rules are tried by Priority, highest first, equal ones by name; the first one whose conditions all hold
    /// decides. A rule whose addresses, ports, direction, user and job lie wholly in those of rules before it never
    /// gets a connection. Several rules before it may do this together, some thousands too; where even more would have to
    /// be put together to know, nothing is said.
    ///
    /// ## Why it matters
    ///
    /// What the rule says does not happen: connections get other actions, another certificate, or no TLS at all
    /// where the earlier rule's group says `TTLSEnabled Off`.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSRule everyone            TTLSRule partner
    /// {                            {
    ///   LocalPortRange 21            LocalPortRange 21
    ///   Direction Inbound            RemoteAddr 203.0.113.0/24
    ///   Priority 200                 Direction Inbound
    ///   ...                          Priority 100
    /// ```
    ///
    /// ## Instead
    ///
    /// Give the narrower rule the higher Priority, or remove it. `ttls match` shows which rule a connection gets.
    SHADOWED_RULE = Warning "TTLS301" "shadowed-rule" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(policy) = model.policy() else {
        return;
    };
    let mut budget = Budget::new();
    for rule in policy.rules() {
        if findings.is_full() || budget.is_spent() {
            return;
        }
        let (Some(by), Some(at)) = (shadows(policy, rule, &mut budget), model.place(rule)) else {
            continue;
        };
        let shown: Vec<&str> = by.iter().take(3).map(|rule| rule.name()).collect();
        let more = if by.len() > shown.len() { ", ..." } else { "" };
        let message = format!(
            "TTLSRule {} never gets a connection: {}{more} {} all of them before it",
            rule.name(),
            shown.join(", "),
            if by.len() == 1 { "takes" } else { "take" },
        );
        let secondary = by
            .iter()
            .take(3)
            .filter_map(|earlier| Some((model.place(earlier)?, format!("Priority {}", earlier.priority()))))
            .collect();
        let help = format!(
            "give {} a Priority above {}, or remove it",
            rule.name(),
            highest(&by)
        );
        findings.push_with(at, message, help, secondary, model.removal(at));
    }
}

/// The rules that take all connections of this one; `None` where one connection at least is its own.
pub(crate) fn shadows<'p>(policy: &'p Policy, rule: &Rule, budget: &mut Budget) -> Option<Vec<&'p Rule>> {
    if !rule.times().is_empty() {
        // Who takes its connections depends on the time.
        return None;
    }
    match takers(policy, Region::of(rule), rule, budget) {
        Takers::Others(by) if !by.is_empty() => Some(by),
        Takers::Others(_) | Takers::Wanted | Takers::Unknown => None,
    }
}

fn highest(rules: &[&Rule]) -> u32 {
    rules.iter().map(|rule| rule.priority()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use crate::testing::{ACTIONS, fires, policy, rule_named, silent};

    const NAME: &str = "shadowed-rule";

    #[test]
    fn a_narrower_rule_behind_a_wider_one_is_shadowed() {
        let wide = rule_named("wide", "LocalPortRange 21\nDirection Inbound\nPriority 200");
        let narrow = policy("LocalPortRange 21\nRemoteAddr 203.0.113.0/24\nDirection Inbound\nPriority 100");
        fires(NAME, &(wide + &narrow), "wide takes all", "TTLSRule r");
    }

    #[test]
    fn two_rules_shadow_a_third_together() {
        let low = rule_named("low", "LocalPortRange 1-1000\nDirection Both\nPriority 9");
        let high = rule_named("high", "LocalPortRange 1000-2000\nDirection Both\nPriority 8");
        let both = policy("LocalPortRange 900-1100\nDirection Inbound\nUserid ann");
        fires(NAME, &(low + &high + &both), "low, high take all", "TTLSRule r");
    }

    /// Ports 1 to `ports`, each with a rule of its own except one, and a rule for all of them behind those.
    fn port_by_port(ports: usize, except: usize) -> String {
        let each = (1..=ports)
            .filter(|port| *port != except)
            .map(|port| {
                let lines = format!("LocalPortRange {port}\nDirection Both\nPriority 9");
                rule_named(&format!("port{port}"), &lines)
            })
            .collect::<String>();
        each + &policy(&format!("LocalPortRange 1-{ports}\nDirection Both"))
    }

    #[test]
    fn thousands_of_rules_shadow_one_together_and_all_but_one_do_not() {
        fires(
            NAME,
            &port_by_port(2100, 0),
            "port1, port2, port3, ... take all",
            "TTLSRule r",
        );
        for except in [1, 150, 300] {
            silent(NAME, &port_by_port(300, except));
        }
    }

    #[test]
    fn both_families_together_shadow_all_addresses() {
        let v4 = rule_named("v4", "LocalAddr 0.0.0.0/0\nDirection Both\nPriority 9");
        let v6 = rule_named("v6", "RemoteAddr 1::-ffff::\nDirection Both\nPriority 8");
        let rest = policy("LocalPortRange 21\nDirection Inbound");
        silent(NAME, &(v4.clone() + &v6 + &rest));
        let v4_only = policy("LocalPortRange 21\nRemoteAddr 10.0.0.0/8\nDirection Inbound");
        fires(NAME, &(v4 + &v4_only), "v4 takes all", "TTLSRule r");
    }

    #[test]
    fn a_gap_of_one_port_is_not_shadowed() {
        let low = rule_named("low", "LocalPortRange 1-999\nDirection Both\nPriority 9");
        let high = rule_named("high", "LocalPortRange 1001-2000\nDirection Both\nPriority 8");
        let both = policy("LocalPortRange 900-1100\nDirection Inbound");
        silent(NAME, &(low + &high + &both));
    }

    #[test]
    fn a_condition_on_one_user_shadows_that_user_only() {
        let earlier = rule_named(
            "ann",
            "LocalPortRange 21\nUserid ann*\nDirection Inbound\nPriority 9",
        );
        for (user, shadowed) in [("Userid anna\n", true), ("Userid AN*\n", false), ("", false)] {
            let text = format!(
                "{earlier}{}",
                policy(&format!("{user}LocalPortRange 21\nDirection Inbound"))
            );
            if shadowed {
                fires(NAME, &text, "ann takes all", "TTLSRule r");
            } else {
                silent(NAME, &text);
            }
        }
    }

    #[test]
    fn the_exception_in_front_of_a_rule_is_how_it_is_meant() {
        let exception = rule_named(
            "x",
            "LocalPortRange 21\nRemoteAddr 10.0.0.1\nDirection Inbound\nPriority 9",
        );
        let all = rule_named("all", "LocalPortRange 21\nDirection Inbound");
        silent(NAME, &(exception + &all + ACTIONS));
    }
}
