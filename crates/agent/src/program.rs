//! `ttls run`: an unchanged program in a private network namespace, its world outside carried by the agent.

use std::ffi::OsString;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use ttls_intercept::{Caught, InterceptError, Namespace, ProgramEvent, ProgramEvents};

use crate::accept::accept_failed;
use crate::agent::{Agent, AgentError};
use crate::drain::{Drain, Watch};
use crate::entrances::Front;
use crate::expectations::Expectations;
use crate::outbound::caught as serve_caught;
use crate::phase::Phase;
use crate::publish::Publish;
use crate::reload::Reloader;
use crate::signal::{self as channel, ControlSocket};

/// A program to run and the ports that it is reached on.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// Published ports; empty means the ports of the policy's inbound rules.
    pub publish: Vec<Publish>,
}

/// How long a program may take to end after SIGTERM before it is killed.
const TERMINATION: Duration = Duration::from_secs(10);

/// How long after the program's end its sessions may come to see the ends of their connections.
const NOTICE: Duration = Duration::from_secs(2);

/// Runs the program to its end; the result is its exit status.
///
/// SIGTERM stops the agent gracefully (no new connections, running transfers finish within a bound), then it is
/// passed on; other signals are passed on at once.
///
/// # Errors
/// The namespace, a published port or the program cannot be had; nothing runs then.
pub async fn run_program(agent: Arc<Agent>, program: Program) -> Result<ExitStatus, AgentError> {
    let channel = channel::open(&agent, channel::Serves::Program)?;
    let variables: Vec<_> = channel.iter().map(ControlSocket::variable).collect();
    let (namespace, caught) = Namespace::create_with(&variables).await?;
    crate::limits::harden();
    let _channel = channel.map(|channel| channel.start(&agent));
    let drain = Drain::new();
    let expectations = Arc::new(Expectations::default());
    let front = Front::Published {
        publish: program.publish,
        namespace: namespace.clone(),
        expectations: expectations.clone(),
    };
    let reloader = Reloader::open(agent.clone(), front, drain.weak())?;
    let outbound_drain = Drain::new();
    tokio::spawn(catch(
        agent.clone(),
        namespace.clone(),
        caught,
        expectations,
        outbound_drain.watch(),
    ));
    tokio::spawn(ttls_intercept::relay_queries(namespace.clone()));
    let signals = Signals::listen().map_err(InterceptError::from)?;
    let events = namespace.spawn(program.command).await?;
    let reloading = tokio::spawn(reloader.run());
    agent.phases.enter(Phase::Serving);
    let status = supervise(&agent, &namespace, events, signals, drain).await;
    agent.phases.enter(Phase::Stopping);
    reloading.abort();
    // What the program has written last must still reach the other side.
    outbound_drain.run_out(last_words(&agent)).await;
    agent.shards.stop().await;
    namespace.end().await;
    status.ok_or(AgentError::Namespace(InterceptError::HelperGone))
}

/// Serves what the program opens, to its end.
async fn catch(
    agent: Arc<Agent>,
    namespace: Namespace,
    mut caught: Caught,
    expectations: Arc<Expectations>,
    mut watch: Watch,
) {
    let serve = |connection, watch| {
        let (agent, namespace, expectations) = (agent.clone(), namespace.clone(), expectations.clone());
        tokio::spawn(serve_caught(agent, namespace, expectations, connection, watch));
    };
    loop {
        let next = tokio::select! {
            next = caught.next() => next,
            () = watch.closed() => break,
        };
        match next {
            Ok(connection) => serve(connection, watch.clone()),
            Err(error) => accept_failed(&error).await,
        }
    }
    // A program may open a connection, write and be gone before anybody looks.
    while let Ok(connection) = caught.waiting() {
        serve(connection, watch.clone());
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    quit: Signal,
    user1: Signal,
    user2: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
        })
    }

    /// The next signal to pass on.
    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.hangup.recv() => SignalKind::hangup(),
            _ = self.quit.recv() => SignalKind::quit(),
            _ = self.user1.recv() => SignalKind::user_defined1(),
            _ = self.user2.recv() => SignalKind::user_defined2(),
        }
    }
}

async fn supervise(
    agent: &Agent,
    namespace: &Namespace,
    mut events: ProgramEvents,
    mut signals: Signals,
    drain: Drain,
) -> Option<ExitStatus> {
    let mut status = None;
    let stopped_by = loop {
        tokio::select! {
            event = events.next() => match event {
                ProgramEvent::MainExited(exit) => status = Some(exit),
                ProgramEvent::AllExited => break None,
            },
            kind = signals.next() => {
                if kind == SignalKind::terminate() {
                    break Some(kind);
                }
                pass_on(namespace, kind);
            }
        }
    };
    if let Some(kind) = stopped_by {
        agent.phases.enter(Phase::Stopping);
        tracing::info!("stopping: no new connections, running transfers may finish");
        tokio::select! {
            finished = drain.drain(agent.settings.limits.drain) => if !finished {
                tracing::warn!("stopping: connections still open at the bound are cut");
            },
            _ = signals.terminate.recv() => tracing::warn!("stopping at once: second SIGTERM"),
        }
        namespace.signal(kind.as_raw_value());
        let end = async {
            loop {
                match events.next().await {
                    ProgramEvent::MainExited(exit) => status = Some(exit),
                    ProgramEvent::AllExited => return,
                }
            }
        };
        if tokio::time::timeout(TERMINATION, end).await.is_err() {
            tracing::warn!("the program does not end: it is killed");
            // Ending the namespace would do it too, but then the exit status would be lost.
            namespace.signal(SignalKind::from_raw(9).as_raw_value());
            let killed = async {
                while let ProgramEvent::MainExited(exit) = events.next().await {
                    status = Some(exit);
                }
            };
            // What escapes this, the end of the namespace catches.
            let _ = tokio::time::timeout(TERMINATION, killed).await;
        }
    } else {
        drain.run_out(last_words(agent)).await;
    }
    status
}

/// How long connections may outlive their program: to notice, and then as long as each may take to its own end.
fn last_words(agent: &Agent) -> Duration {
    NOTICE + agent.settings.limits.linger
}

/// A terminal delivers SIGINT and SIGQUIT to the program itself; it must not get them twice.
fn pass_on(namespace: &Namespace, kind: SignalKind) {
    let from_terminal = ttls_intercept::terminal_delivers_signals()
        && (kind == SignalKind::interrupt() || kind == SignalKind::quit());
    if !from_terminal {
        namespace.signal(kind.as_raw_value());
    }
}
