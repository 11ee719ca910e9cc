//! A policy in the manner of `pasearch -t`: labels in fixed columns, rules in matching order.

use std::fmt::Write;

use ttls_lint::settings;
use ttls_policy::{ActionSet, AddressRange, Direction, Policy, PortRange, Rule, RuleDirection};

/// The compiled policy, for people. Passwords are not shown.
pub(crate) fn policy(policy: &Policy) -> String {
    let mut page = Page::default();
    let image = policy.agent().and_then(|agent| agent.image.as_deref());
    page.blank();
    let version = format!("TTLS show {}", env!("CARGO_PKG_VERSION"));
    page.raw(&format!(
        "{version:<40}Image Name: {}",
        image.unwrap_or("<not available>")
    ));
    for rule in policy.rules() {
        page.blank();
        show_rule(rule, &mut page);
    }
    for gateway in policy.gateways() {
        page.blank();
        page.line(0, "TTLSGateway:", &gateway.name);
        page.line(2, "Listen:", &gateway.listen.to_string());
        page.line(2, "Target:", &gateway.target.to_string());
        page.line(2, "Direction:", opened_by(gateway.direction));
        if let Some(address) = gateway.public_addr {
            page.line(2, "PublicAddr:", &address.to_string());
        }
        page.line(2, "Unmatched:", unmatched(gateway.unmatched_clear));
    }
    for intercept in policy.intercepts() {
        page.blank();
        page.line(0, "TTLSIntercept:", &intercept.name);
        if let Some(namespace) = &intercept.namespace {
            page.line(2, "Namespace:", &namespace.display().to_string());
        }
        page.line(2, "Table:", &intercept.table);
        page.line(2, "Mark:", &intercept.mark.to_string());
        page.line(2, "MarkByte:", &intercept.mark_byte.to_string());
        page.line(2, "RoutingTable:", &intercept.routing_table.to_string());
        page.line(2, "RulePreference:", &intercept.rule_preference.to_string());
        page.line(2, "ListenPort:", &intercept.listen_port.to_string());
        page.line(2, "AtStop:", at_stop(policy.keeps_at_stop(intercept)));
        page.line(2, "Unmatched:", unmatched(intercept.unmatched_clear));
    }
    page.text
}

/// How a policy writes the direction of a rule.
pub(super) fn direction(direction: RuleDirection) -> &'static str {
    match direction {
        RuleDirection::Inbound => "Inbound",
        RuleDirection::Outbound => "Outbound",
        RuleDirection::Both => "Both",
    }
}

/// How a policy writes the direction of a gateway.
pub(super) fn opened_by(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "Inbound",
        Direction::Outbound => "Outbound",
    }
}

/// How a policy writes what becomes of connections without a rule.
pub(super) fn unmatched(clear: bool) -> &'static str {
    if clear { "Clear" } else { "Refuse" }
}

/// How a policy writes what becomes of the rules of a host when the agent stops.
pub(super) fn at_stop(keep: bool) -> &'static str {
    if keep { "Keep" } else { "Remove" }
}

/// The actions of a set with the type that `pasearch` calls them, widest first.
pub(super) fn actions(set: &ActionSet) -> Vec<(&str, &'static str)> {
    let mut actions = vec![
        (set.group.as_str(), "TTLS Group"),
        (set.environment.as_str(), "TTLS Environment"),
    ];
    actions.extend(set.connection.as_deref().map(|name| (name, "TTLS Connection")));
    actions
}

fn show_rule(rule: &Rule, page: &mut Page) {
    page.line(0, "policyRule:", rule.name());
    page.line(2, "Rule Type:", "TTLS");
    page.line(2, "Priority:", &rule.priority().to_string());
    let actions = rule.actions().map(|set| actions(set)).unwrap_or_default();
    if !actions.is_empty() {
        page.line(2, "No. Policy Action:", &actions.len().to_string());
    }
    for (name, kind) in actions {
        page.line(2, "policyAction:", name);
        page.line(3, "ActionType:", kind);
    }
    page.raw("  Time Periods:");
    if rule.times().is_empty() {
        page.line(3, "Active:", "always");
    }
    for time in rule.times() {
        page.line(3, "Active:", &time.to_string());
    }
    page.raw("  TTLS Condition Summary:");
    addresses("Local Address", rule.local_addrs(), page);
    addresses("Remote Address", rule.remote_addrs(), page);
    ports(("LocalPortFrom:", "LocalPortTo:"), rule.local_ports(), page);
    ports(("RemotePortFrom:", "RemotePortTo:"), rule.remote_ports(), page);
    let job = rule.job().map(ToString::to_string).unwrap_or_default();
    let user = rule.user().map(ToString::to_string).unwrap_or_default();
    page.pair(3, ("JobName:", &job), ("UserId:", &user));
    page.line(3, "ServiceDirection:", direction(rule.direction()));
    let Some(set) = rule.actions() else {
        page.line(2, "TTLSEnabled:", "Off");
        return;
    };
    page.line(2, "TTLSEnabled:", "On");
    page.raw("  TTLS Effective Actions:");
    for setting in settings(set) {
        let label = format!("{}:", setting.keyword);
        page.raw(&format!("   {label:<39}{:<50}{}", setting.value, setting.origin));
    }
}

fn addresses(title: &str, ranges: &[AddressRange], page: &mut Page) {
    page.raw(&format!("   {title}:"));
    if ranges.is_empty() {
        page.line(4, "FromAddr:", "All");
        page.line(4, "ToAddr:", "All");
    }
    for range in ranges {
        page.line(4, "FromAddr:", &range.low.to_string());
        page.line(4, "ToAddr:", &range.high.to_string());
    }
}

/// 0 is any port.
fn ports((from, to): (&str, &str), ranges: &[PortRange], page: &mut Page) {
    if ranges.is_empty() {
        page.pair(3, (from, "0"), (to, "0"));
    }
    for range in ranges {
        page.pair(3, (from, &range.low.to_string()), (to, &range.high.to_string()));
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Labels and values come in columns; nothing stands behind the last value.
    fn raw(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn line(&mut self, indent: usize, label: &str, value: &str) {
        self.pair(indent, (label, value), ("", ""));
    }

    fn pair(&mut self, indent: usize, (label, value): (&str, &str), (other, last): (&str, &str)) {
        let mut line = format!("{:indent$}{label}", "");
        line = format!("{line:<24}{value}");
        // Writing to a String does not fail.
        let _ = write!(line, "{:1$}", "", 42_usize.saturating_sub(line.chars().count()));
        let _ = write!(line, "{other:<19}{last}");
        self.raw(&line);
    }
}
