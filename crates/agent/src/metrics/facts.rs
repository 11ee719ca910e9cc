//! What is looked up when it is asked for: the table, the installed policy, reloads and certificates.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Weak;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::agent::Agent;

/// Names of the series, as they are told.
#[cfg(test)]
pub(super) const NAMES: [&str; 9] = [
    "ttls_build_info",
    "ttls_open_connections",
    "ttls_bytes_total",
    "ttls_generation",
    "ttls_generation_installed_seconds",
    "ttls_stale_connections",
    "ttls_reloads_total",
    "ttls_last_reload_good",
    "ttls_certificate_not_after_seconds",
];

/// Looks at an agent; tells nothing when it is gone.
#[derive(Debug)]
pub(super) struct AgentFacts {
    agent: Weak<Agent>,
}

impl AgentFacts {
    pub(super) fn new(agent: Weak<Agent>) -> Self {
        Self { agent }
    }
}

impl Collector for AgentFacts {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(agent) = self.agent.upgrade() else {
            return Ok(());
        };
        let mut family = Family {
            encoder: &mut encoder,
        };
        let installed = agent.installed();
        family.gauges(
            "build_info",
            "The version of the agent",
            [(vec![("version", env!("CARGO_PKG_VERSION"))], 1)],
        )?;
        let mut open: BTreeMap<&str, i64> = BTreeMap::from([("primary", 0), ("secondary", 0)]);
        for connection in agent.table.all() {
            *open.entry(connection.map().word()).or_default() += 1;
        }
        let open = open.into_iter().map(|(map, number)| (vec![("map", map)], number));
        family.gauges("open_connections", "Connections that live now", open)?;
        let (received, sent) = agent.table.bytes();
        family.counters(
            "bytes",
            "Bytes of payload relayed, from peers (received) and to peers (sent)",
            [
                (("direction", "received"), received),
                (("direction", "sent"), sent),
            ],
        )?;
        let generation = i64::try_from(installed.generation()).unwrap_or(i64::MAX);
        family.gauges(
            "generation",
            "The generation of the policy that new connections get",
            [(vec![], generation)],
        )?;
        family.gauges(
            "generation_installed_seconds",
            "When it was installed, in seconds since 1970",
            [(vec![], seconds(installed.since()))],
        )?;
        let stale: usize = agent.stale().iter().map(|stale| stale.connections).sum();
        let stale = i64::try_from(stale).unwrap_or(i64::MAX);
        family.gauges(
            "stale_connections",
            "Connections of replaced generations",
            [(vec![], stale)],
        )?;
        let counts = agent.reload_counts();
        family.counters(
            "reloads",
            "Reloads of the policy: good ones that installed something, unchanged, bad ones that changed nothing because of errors",
            [
                (("result", "good"), counts.installed),
                (("result", "unchanged"), counts.unchanged),
                (("result", "bad"), counts.failed),
            ],
        )?;
        let good = agent
            .last_reload()
            .is_none_or(|reload| reload.problems.is_empty());
        family.gauges(
            "last_reload_good",
            "1 unless the last reload had errors",
            [(vec![], i64::from(good))],
        )?;
        let certificates: Vec<_> = installed
            .environments()
            .flat_map(|environment| {
                environment
                    .certificates()
                    .iter()
                    .map(move |one| (environment.name(), one))
            })
            .collect();
        let series = certificates.iter().map(|(environment, certificate)| {
            let labels = vec![
                ("environment", *environment),
                ("label", certificate.label.as_str()),
            ];
            (labels, seconds(certificate.not_after))
        });
        family.gauges(
            "certificate_not_after_seconds",
            "When a certificate in use ends to be valid, in seconds since 1970",
            series,
        )
    }
}

struct Family<'a, 'b> {
    encoder: &'a mut DescriptorEncoder<'b>,
}

impl Family<'_, '_> {
    fn gauges<'l>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Vec<(&'l str, &'l str)>, i64)>,
    ) -> fmt::Result {
        let mut metric = self
            .encoder
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in series {
            ConstGauge::new(value).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn counters<'l>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = ((&'l str, &'l str), u64)>,
    ) -> fmt::Result {
        let mut metric = self
            .encoder
            .encode_descriptor(name, help, None, MetricType::Counter)?;
        for (label, value) in series {
            ConstCounter::new(value).encode(metric.encode_family(&[label])?)?;
        }
        Ok(())
    }
}

fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}
