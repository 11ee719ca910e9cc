//! A policy for programs.

use serde_json::{Value, json};
use ttls_lint::settings;
use ttls_policy::{AddressRange, Policy, PortRange, Rule};

use super::text::{at_stop, direction, opened_by, unmatched};

/// One object on a line: `image`, `configuration` (of the policy agent), `rules` in matching order, `gateways`, `intercepts`. Fields are only ever added; `null`
/// where there is nothing. Passwords are not shown.
pub(crate) fn policy(policy: &Policy) -> String {
    let gateways = policy.gateways().iter().map(|gateway| {
        json!({
            "name": gateway.name,
            "listen": gateway.listen,
            "target": gateway.target,
            "direction": opened_by(gateway.direction),
            "public_addr": gateway.public_addr,
            "unmatched": unmatched(gateway.unmatched_clear),
        })
    });
    let intercepts = policy.intercepts().iter().map(|intercept| {
        json!({
            "name": intercept.name,
            "namespace": intercept.namespace,
            "table": intercept.table,
            "mark": intercept.mark,
            "mark_byte": intercept.mark_byte,
            "routing_table": intercept.routing_table,
            "rule_preference": intercept.rule_preference,
            "listen_port": intercept.listen_port,
            "at_stop": at_stop(policy.keeps_at_stop(intercept)),
            "unmatched": unmatched(intercept.unmatched_clear),
        })
    });
    let shown = json!({
        "image": policy.agent().and_then(|agent| agent.image.as_deref()),
        "configuration": policy.agent().map(|agent| json!({
            "flush": agent.flush,
            "purge": agent.purge,
            "refresh_seconds": agent.refresh.as_secs(),
            "log_level": agent.log_level,
        })),
        "rules": policy.rules().map(rule).collect::<Vec<Value>>(),
        "gateways": gateways.collect::<Vec<Value>>(),
        "intercepts": intercepts.collect::<Vec<Value>>(),
    });
    format!("{shown}\n")
}

fn rule(rule: &Rule) -> Value {
    let set = rule.actions();
    let settings = set.map(|set| settings(set)).unwrap_or_default();
    let settings = settings
        .into_iter()
        .map(|setting| json!({"keyword": setting.keyword, "value": setting.value, "origin": setting.origin}));
    json!({
        "name": rule.name(),
        "priority": rule.priority(),
        "direction": direction(rule.direction()),
        "local_addrs": rule.local_addrs().iter().map(addresses).collect::<Vec<Value>>(),
        "remote_addrs": rule.remote_addrs().iter().map(addresses).collect::<Vec<Value>>(),
        "local_ports": rule.local_ports().iter().map(ports).collect::<Vec<Value>>(),
        "remote_ports": rule.remote_ports().iter().map(ports).collect::<Vec<Value>>(),
        "job": rule.job().map(ToString::to_string),
        "user": rule.user().map(ToString::to_string),
        "times": rule.times().iter().map(ToString::to_string).collect::<Vec<String>>(),
        "enabled": set.is_some(),
        "group": set.map(|set| set.group.as_str()),
        "environment": set.map(|set| set.environment.as_str()),
        "connection": set.and_then(|set| set.connection.as_deref()),
        "settings": settings.collect::<Vec<Value>>(),
    })
}

fn addresses(range: &AddressRange) -> Value {
    json!({"low": range.low, "high": range.high})
}

fn ports(range: &PortRange) -> Value {
    json!({"low": range.low, "high": range.high})
}
