//! Where log lines go: standard error, the journal or syslog; what a user asked for goes to standard output.

use std::sync::Arc;

use anyhow::Context;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};
use ttls_agent::admin::LogLevel;

mod syslog;

use crate::args::{Common, LogFormat};
use syslog::Syslog;

/// Facility of system daemons.
const DAEMON: u8 = 3;
/// Facility of security and authorisation.
const AUTH: u8 = 4;

/// Starts logging; the answer changes what is logged.
pub(crate) fn start(common: &Common) -> anyhow::Result<LogLevel> {
    let (filter, handle) = reload::Layer::new(filter(&common.log).context("--log")?);
    let lines = lines(common.log_format)?;
    tracing_subscriber::registry().with(filter).with(lines).init();
    Ok(Arc::new(move |new| level(&handle, new)))
}

fn lines<S>(format: LogFormat) -> anyhow::Result<Box<dyn Layer<S> + Send + Sync>>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let stderr = || tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    Ok(match format {
        LogFormat::Text => {
            let color = std::io::IsTerminal::is_terminal(&std::io::stderr());
            stderr().with_ansi(color).with_target(false).boxed()
        }
        LogFormat::Json => stderr().json().flatten_event(true).boxed(),
        LogFormat::Journald => journal(DAEMON)?.and_then(journal(AUTH)?).boxed(),
        LogFormat::Syslog => Syslog::connect()
            .context("--log-format syslog: no syslog daemon listens on /dev/log")?
            .boxed(),
    })
}

/// The journal for the events of one facility.
fn journal<S>(of: u8) -> anyhow::Result<impl Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let layer = tracing_journald::layer()
        .context("--log-format journald: the journal does not listen")?
        .with_custom_fields([("SYSLOG_FACILITY", of.to_string())]);
    Ok(layer.with_filter(filter_fn(move |metadata| facility(metadata.target()) == of)))
}

/// The facility of an event (RFC 5424 section 6.2.1), by the target that the agent gives it as `SyslogFacility` says.
fn facility(target: &str) -> u8 {
    if target == "attls::auth" { AUTH } else { DAEMON }
}

fn level(handle: &reload::Handle<EnvFilter, Registry>, new: Option<&str>) -> Result<String, String> {
    if let Some(new) = new {
        let new = filter(new).map_err(|error| format!("{error:#}"))?;
        handle.reload(new).map_err(|error| error.to_string())?;
        tracing::info!("an operator changed what is logged");
    }
    handle
        .with_current(ToString::to_string)
        .map_err(|error| error.to_string())
}

fn filter(text: &str) -> anyhow::Result<EnvFilter> {
    let filter = EnvFilter::try_new(text)
        .with_context(|| format!("`{text}` is not a filter; try info, debug or info,ttls_agent=trace"))?;
    // The policy's Trace bits say which of these there are; whoever names the target overrules them.
    let filter = match "attls=debug".parse() {
        Ok(asked_for) if !text.contains("attls") => filter.add_directive(asked_for),
        _ => filter,
    };
    // Clients that put an address into the server name are common and no news.
    match "rustls=error".parse() {
        Ok(quiet) if !text.contains("rustls") && !text.contains("trace") => Ok(filter.add_directive(quiet)),
        _ => Ok(filter),
    }
}
