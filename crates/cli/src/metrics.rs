//! `--metrics`.

use std::sync::Arc;

use ttls_agent::Agent;
use ttls_agent::metrics::{MetricsPlace, serve_metrics};

/// Opens the place, where one was said, and serves from now on.
pub(crate) fn open(place: Option<&MetricsPlace>, agent: &Arc<Agent>) -> anyhow::Result<()> {
    if let Some(place) = place {
        tokio::spawn(serve_metrics(agent.clone(), place.open()?));
        tracing::info!(%place, "metrics");
    }
    Ok(())
}
