//! `ttls agent`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use tokio::signal::unix::{SignalKind, signal};
use ttls_agent::admin::{Predecessor, live_sockets};
use ttls_agent::metrics::MetricsPlace;
use ttls_agent::{Agent, RunAs};

use crate::args::{self, Common};
use crate::{admin, logging, metrics, policy, service};

pub(crate) fn agent(args: &args::Agent) -> anyhow::Result<ExitCode> {
    let logging = logging::start(&args.common)?;
    service::inherit_listeners()?;
    let run_as = args.user.as_deref().map(RunAs::named).transpose()?;
    let agent = policy::install(&args.common, run_as.clone())?;
    ttls_agent::harden();
    if let Some(predecessor) = predecessor(args)? {
        let listeners = agent.follow(predecessor)?;
        tracing::info!(listeners, "taking over");
    }
    if args.confine {
        confine(&agent, &args.common)?;
    }
    logging.detach()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        admin::open(
            args.common.admin.as_deref(),
            "agent",
            &agent,
            logging.level.clone(),
            args.take_over,
            run_as.as_ref(),
        )?;
        metrics::open(args.common.metrics.as_ref(), &agent)?;
        service::tell(&agent);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        ttls_agent::serve_gateways(agent, stop).await?;
        anyhow::Ok(())
    })?;
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Before there are other threads: a thread confines itself and those that it starts.
fn confine(agent: &Agent, common: &Common) -> anyhow::Result<()> {
    if !agent.installed().policy().intercepts().is_empty() {
        bail!(
            "--confine: TTLSIntercept runs the nft program, which must reach the whole system; leave one of them out"
        );
    }
    let sockets = [common.admin.as_deref(), common.control.as_deref()];
    let metrics = match &common.metrics {
        Some(MetricsPlace::Unix(path)) => Some(path.as_path()),
        _ => None,
    };
    let mut write: BTreeSet<PathBuf> = sockets
        .into_iter()
        .chain([metrics])
        .flatten()
        .filter_map(Path::parent)
        .map(Path::to_owned)
        .collect();
    write.extend(common.payload_trace.clone());
    let how = agent.confine(write)?;
    tracing::info!("{how}");
    Ok(())
}

/// The agent whose place is to be taken: the one on the admin socket that was said, else the only one there is.
fn predecessor(args: &args::Agent) -> anyhow::Result<Option<Predecessor>> {
    if !args.take_over {
        return Ok(None);
    }
    if let Some(path) = &args.common.admin {
        return Ok(path.exists().then(|| Predecessor::connect(path)).transpose()?);
    }
    let mut agents = live_sockets();
    agents.retain(|path| {
        path.file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"agent-"))
    });
    match agents.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(Predecessor::connect(only)?)),
        _ => bail!("several agents run: say with --admin which one's place is to be taken"),
    }
}
