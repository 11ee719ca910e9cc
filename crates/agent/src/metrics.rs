//! Metrics in the OpenMetrics text format: views of outcomes, of the connection table and of the installed policy.

mod facts;
mod labels;
mod place;
mod serve;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use ttls_tls::Negotiated;

use crate::agent::Agent;
use crate::connection::Connection;
use crate::outcome::Ended;
use crate::status::rule;

use facts::AgentFacts;
use labels::{Ending, Failure, Handshake};

pub use place::{MetricsPlace, MetricsPlaceError, MetricsSocket};
pub use serve::serve_metrics;

/// A handshake is fast, or it waits for a human, a far network or an attacker.
const HANDSHAKE_SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// What is counted as it happens.
#[derive(Debug)]
pub(crate) struct Metrics {
    connections: Family<Ending, Counter>,
    /// Those that `connections` has.
    endings: Mutex<HashSet<Ending>>,
    handshakes: Family<Handshake, Counter>,
    failures: Family<Failure, Counter>,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            connections: Family::default(),
            endings: Mutex::default(),
            handshakes: Family::default(),
            failures: Family::default(),
            seconds: Histogram::new(HANDSHAKE_SECONDS),
        }
    }
}

impl Metrics {
    /// A connection has left its outcome.
    pub(crate) fn ended(&self, connection: &Connection, ended: &Ended) {
        let labels = Ending {
            rule: rule(&connection.facts()).unwrap_or("-").to_owned(),
            map: connection.map().word(),
            outcome: ended.word(),
        };
        // A panic elsewhere leaves the set whole.
        let mut endings = self.endings.lock().unwrap_or_else(PoisonError::into_inner);
        self.connections.get_or_create(&labels).inc();
        endings.insert(labels);
    }

    /// Lets go of what was counted for rules that are gone: with a new name at each reload, they would add up for ever.
    pub(crate) fn keep(&self, is_rule: impl Fn(&str) -> bool) {
        let mut endings = self.endings.lock().unwrap_or_else(PoisonError::into_inner);
        endings.retain(|ending| {
            let keep = ending.rule == "-" || is_rule(&ending.rule);
            if !keep {
                self.connections.remove(ending);
            }
            keep
        });
    }

    /// A handshake has succeeded.
    pub(crate) fn secured(&self, negotiated: &Negotiated, took: Duration) {
        let labels = Handshake {
            protocol: negotiated.protocol,
            suite: negotiated.suite.clone(),
            resumed: if negotiated.resumed { "yes" } else { "no" },
        };
        self.handshakes.get_or_create(&labels).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// A handshake has failed.
    pub(crate) fn failed(&self, code: u32) {
        self.failures.get_or_create(&Failure { code }).inc();
    }

    fn register(&self, registry: &mut Registry) {
        registry.register(
            "connections",
            "Connections that have ended, by the rule that decided and by how they ended",
            self.connections.clone(),
        );
        registry.register(
            "handshakes",
            "TLS handshakes that succeeded",
            self.handshakes.clone(),
        );
        registry.register(
            "handshake_failures",
            "TLS handshakes that failed, by return code",
            self.failures.clone(),
        );
        registry.register(
            "handshake_seconds",
            "Seconds from readiness for a handshake to its success",
            self.seconds.clone(),
        );
    }
}

/// Everything that an agent tells, as text.
///
/// # Errors
/// None that a `String` could have.
pub(crate) fn text(agent: &Arc<Agent>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("ttls");
    agent.table.metrics.register(&mut registry);
    registry.register_collector(Box::new(AgentFacts::new(Arc::downgrade(agent))));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    const DOCUMENTS: [&str; 3] = [
        "docs/operations.md",
        "examples/monitoring/ttls-dashboard.json",
        "examples/monitoring/ttls-alerts.yml",
    ];

    /// Words of a text that begin with `ttls_` and are no names of targets.
    fn names(text: &str) -> BTreeSet<String> {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|word| word.starts_with("ttls_") && *word != "ttls_agent")
            .map(str::to_owned)
            .collect()
    }

    fn told() -> BTreeSet<String> {
        facts::NAMES
            .iter()
            .map(|name| (*name).to_owned())
            .chain(
                [
                    "ttls_connections_total",
                    "ttls_handshakes_total",
                    "ttls_handshake_failures_total",
                    "ttls_handshake_seconds",
                ]
                .map(str::to_owned),
            )
            .collect()
    }

    #[test]
    fn every_metric_that_a_document_dashboard_or_alert_names_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let told = told();
        for document in DOCUMENTS {
            let text = std::fs::read_to_string(root.join(document)).unwrap();
            let named = names(&text);
            assert!(!named.is_empty(), "{document} names no metric");
            for name in named {
                let series = ["_bucket", "_sum", "_count"];
                let base = series
                    .iter()
                    .find_map(|suffix| name.strip_suffix(suffix))
                    .unwrap_or(&name);
                assert!(
                    told.contains(base),
                    "{document} names {name}, which does not exist"
                );
            }
        }
    }

    #[test]
    fn every_metric_is_documented() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let documented = names(&std::fs::read_to_string(root.join(DOCUMENTS[0])).unwrap());
        for name in told() {
            assert!(documented.contains(&name), "{name} is not in {}", DOCUMENTS[0]);
        }
    }

    #[test]
    fn what_was_counted_for_rules_that_are_gone_is_let_go_of() {
        let metrics = Metrics::default();
        for rule in ["-", "kept", "gone"] {
            let ending = Ending {
                rule: rule.to_owned(),
                map: "primary",
                outcome: "complete",
            };
            metrics.connections.get_or_create(&ending).inc();
            metrics.endings.lock().unwrap().insert(ending);
        }
        metrics.keep(|rule| rule == "kept");
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for (rule, told) in [("-", true), ("kept", true), ("gone", false)] {
            assert_eq!(text.contains(&format!("rule=\"{rule}\"")), told, "{text}");
        }
    }

    #[test]
    fn what_is_counted_is_told_under_its_documented_name() {
        let metrics = Metrics::default();
        metrics.failed(5003);
        let mut registry = Registry::with_prefix("ttls");
        metrics.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        assert!(
            text.contains("ttls_handshake_failures_total{code=\"5003\"} 1"),
            "{text}"
        );
        assert!(text.contains("ttls_handshake_seconds_count 0"), "{text}");
    }
}
