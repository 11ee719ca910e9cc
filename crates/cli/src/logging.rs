//! Where log lines go: standard error, the journal or syslog; what a user asked for goes to standard output.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tracing::Level;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};
use ttls_agent::admin::LogLevel;

mod journal;
mod queue;
mod sinks;
mod syslog;

use crate::args::{Common, LogFormat};
use journal::Journal;
use queue::Queue;
use sinks::Stderr;
use syslog::Syslog;

/// Facility of system daemons.
const DAEMON: u8 = 3;
/// Facility of security and authorisation.
const AUTH: u8 = 4;

/// How long the end of the process may wait for whoever takes the log.
const END: Duration = Duration::from_secs(1);

/// The log of this process. What is on its way when it is dropped is written, within a bound.
pub(crate) struct Logging {
    /// Changes what is logged.
    pub(crate) level: LogLevel,
    queue: Queue,
}

/// Starts logging. Whoever logs waits until the entry is taken, until [`Logging::detach`].
pub(crate) fn start(common: &Common) -> anyhow::Result<Logging> {
    let (filter, handle) = reload::Layer::new(filter(&common.log).context("--log")?);
    let (lines, queue) = lines(common.log_format)?;
    tracing_subscriber::registry().with(filter).with(lines).init();
    let level: LogLevel = Arc::new(move |new| level(&handle, new));
    Ok(Logging { level, queue })
}

impl Logging {
    /// From now on a thread writes the log, and nobody waits for those who take it. To be called when nothing has to be done
    /// any more that a thread must do before there are others.
    pub(crate) fn detach(&self) -> anyhow::Result<()> {
        self.queue
            .detach(|lost| tracing::error!(lost, "entries of the log were lost: nobody took them"))
            .context("the thread of the log")
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.queue.flush(END);
    }
}

type Lines<S> = Box<dyn Layer<S> + Send + Sync>;

fn lines<S>(format: LogFormat) -> anyhow::Result<(Lines<S>, Queue)>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    Ok(match format {
        LogFormat::Text => {
            let queue = Queue::new(Stderr::open().context("standard error")?);
            let color = std::io::IsTerminal::is_terminal(&std::io::stderr());
            let lines = tracing_subscriber::fmt::layer().with_writer(queue.clone());
            (lines.with_ansi(color).with_target(false).boxed(), queue)
        }
        LogFormat::Json => {
            let queue = Queue::new(Stderr::open().context("standard error")?);
            let lines = tracing_subscriber::fmt::layer().with_writer(queue.clone());
            (lines.json().flatten_event(true).boxed(), queue)
        }
        LogFormat::Journald => {
            let (journal, queue) =
                Journal::connect().context("--log-format journald: the journal does not listen")?;
            (journal.boxed(), queue)
        }
        LogFormat::Syslog => {
            let (syslog, queue) =
                Syslog::connect().context("--log-format syslog: no syslog daemon listens on /dev/log")?;
            (syslog.boxed(), queue)
        }
    })
}

/// The severity of an event (RFC 5424 section 6.2.1).
fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
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
