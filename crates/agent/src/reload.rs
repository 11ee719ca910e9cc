//! Hot reload: a change is read, compiled, given its key rings and its listeners, and only then installed, in one step.
//!
//! One task does it, so reloads never overlap. Reading, compiling and opening keys happen off the reactor. Whatever
//! fails leaves everything as it was.

mod chain;
mod report;
mod source;
mod watch;

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use ttls_keyring::Keyrings;
use ttls_policy::{Policy, Rule};

pub(crate) use report::History;
pub use report::{Cause, Problem, Reload, ReloadCounts, Reloaded};
pub(crate) use source::{Candidate, uncontrolled};
pub use source::{Check, Source};

use crate::agent::{Agent, AgentError};
use crate::drain::WeakWatch;
use crate::entrances::{Entrance, Front};
use crate::host::Hosts;
use crate::installed::Installed;
use crate::listeners::{Listeners, Prepared};
use watch::Watcher;

/// After a failed reload, the next attempt; each further one waits twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The longest wait between two attempts.
const LAST_RETRY: Duration = Duration::from_secs(60);

/// How often a policy is read that changes while it is read.
const ATTEMPTS: usize = 5;

/// What happened in a folder just before it came to be watched is found this much later.
const RECHECK: Duration = Duration::from_millis(100);

/// Somebody asks for a reload.
pub(crate) struct Request {
    pub(crate) cause: Cause,
    pub(crate) dry_run: bool,
    pub(crate) answer: oneshot::Sender<Arc<Reload>>,
}

/// Keeps the policy of a serving agent up to date.
pub(crate) struct Reloader {
    agent: Arc<Agent>,
    front: Front,
    listeners: Listeners,
    hosts: Option<Arc<Hosts>>,
    requests: mpsc::Receiver<Request>,
    watcher: Option<Watcher>,
    /// Folders came to be watched that may have changed between being read and being watched.
    recheck: Option<Instant>,
    retry: Option<Retry>,
    refresh: Instant,
}

struct Retry {
    at: Instant,
    wait: Duration,
    /// What was wrong, so that the same is not told again and again.
    problems: Vec<Problem>,
}

/// What reading a policy led to, with its listeners open.
enum Outcome {
    Ready(Box<(Candidate, Prepared)>),
    Unchanged,
    Failed(Vec<Problem>),
}

impl Reloader {
    /// Opens the entrances of the agent's first generation and serves them.
    ///
    /// # Errors
    /// An entrance that cannot be opened; nothing is served then.
    pub(crate) fn open(agent: Arc<Agent>, front: Front, watch: WeakWatch) -> Result<Self, AgentError> {
        let requests = agent.take_requests()?;
        let mut listeners = Listeners::new(watch);
        let first = agent.installed();
        let prepared = listeners.prepare(&agent, front.entrances(first.policy())?);
        let prepared = prepared.map_err(|mut errors| errors.swap_remove(0))?;
        agent.demote()?;
        let (entrances, new) = prepared.into_parts();
        first.enter(entrances);
        first.built().serve(first.policy());
        listeners.commit(&agent, new, &first);
        let watcher = Watcher::new()
            .inspect_err(|error| {
                let what = "files are not watched: raise sysctl fs.inotify.max_user_instances and restart, or reload by SIGHUP \
                            or `ttls reload`";
                tracing::warn!(%error, "{what}");
            })
            .ok();
        let mut reloader = Self {
            agent,
            front,
            listeners,
            hosts: None,
            requests,
            watcher,
            recheck: None,
            retry: None,
            refresh: Instant::now(),
        };
        reloader.plan_refresh();
        reloader.watch(&BTreeSet::new());
        Ok(reloader)
    }

    /// The interceptors of the host follow the policy.
    pub(crate) fn with_hosts(mut self, hosts: Arc<Hosts>) -> Self {
        self.hosts = Some(hosts);
        self
    }

    /// Reloads whenever there is reason to, for ever.
    pub(crate) async fn run(mut self) {
        loop {
            let retry = self.retry.as_ref().map(|retry| retry.at);
            tokio::select! {
                // What has changed is known before it is read for another reason.
                biased;
                () = settled(&mut self.watcher) => {
                    self.reload(Cause::Files, false).await;
                }
                request = self.requests.recv() => match request {
                    Some(request) => {
                        let reload = self.reload(request.cause, request.dry_run).await;
                        // Who asked may have gone.
                        let _ = request.answer.send(reload);
                    }
                    // The agent holds the other end.
                    None => return,
                },
                () = at(self.recheck.into_iter().chain(retry).min()) => {
                    self.look_again(Cause::Retry).await;
                }
                () = tokio::time::sleep_until(self.refresh) => {
                    self.look_again(Cause::Interval).await;
                }
            }
        }
    }

    /// A reload that nobody waits for, unless one comes anyway as soon as the files have settled.
    async fn look_again(&mut self, cause: Cause) {
        if self.unsettled() {
            self.recheck = None;
            self.retry = None;
            self.plan_refresh();
        } else {
            self.reload(cause, false).await;
        }
    }

    async fn reload(&mut self, cause: Cause, dry_run: bool) -> Arc<Reload> {
        let started = Instant::now();
        self.recheck = None;
        let outcome = self.undisturbed().await;
        let mut warnings = Vec::new();
        let mut problems = Vec::new();
        let result = match outcome {
            Outcome::Ready(ready) => {
                let (candidate, prepared) = *ready;
                warnings.clone_from(&candidate.warnings);
                match self.change_host(&candidate, dry_run).await {
                    Ok(()) => {
                        if !dry_run {
                            self.install(candidate, prepared);
                        }
                        Reloaded::Installed
                    }
                    Err(error) => {
                        problems = vec![Problem::of_file(self.agent.source.path(), error.to_string())];
                        Reloaded::Failed
                    }
                }
            }
            Outcome::Unchanged => Reloaded::Unchanged,
            Outcome::Failed(found) => {
                problems = found;
                Reloaded::Failed
            }
        };
        let reload = Arc::new(Reload {
            at: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
            seconds: started.elapsed().as_secs_f64(),
            cause,
            dry_run,
            result,
            generation: self.agent.installed().generation(),
            problems,
            warnings,
        });
        self.plan_refresh();
        if !dry_run {
            self.conclude(&reload);
        }
        reload
    }

    /// Reads the policy while nothing changes, so that it is not half of one and half of another.
    async fn undisturbed(&mut self) -> Outcome {
        for _ in 0..ATTEMPTS {
            if self.unsettled() {
                settled(&mut self.watcher).await;
            }
            let outcome = self.prepare().await;
            if !self.unsettled() {
                return outcome;
            }
        }
        let reason = "the policy or its key rings change all the time; it is tried again".to_owned();
        Outcome::Failed(vec![Problem::of_file(self.agent.source.path(), reason)])
    }

    fn unsettled(&mut self) -> bool {
        self.watcher.as_mut().is_some_and(Watcher::unsettled)
    }

    /// Everything that can fail, and nothing that anybody could notice.
    async fn prepare(&mut self) -> Outcome {
        let agent = self.agent.clone();
        let before = agent.installed();
        let reading = tokio::task::spawn_blocking(move || {
            let keyrings = Keyrings::new(agent.settings.keyrings.clone());
            let signaling = agent.signaling.load(Ordering::Acquire);
            agent.source.read(&keyrings, Some(&before), signaling)
        });
        let (candidate, places) = match reading.await {
            Ok(reading) => (reading.candidate, reading.places),
            Err(error) => {
                let problem = Problem::of_file(self.agent.source.path(), format!("cannot be read: {error}"));
                return Outcome::Failed(vec![problem]);
            }
        };
        // What a policy with errors names may be what will mend it; what the running one names may change back.
        self.watch(&places);
        let candidate = match candidate {
            Ok(candidate) => candidate,
            Err(problems) => return Outcome::Failed(problems),
        };
        let installed = self.agent.installed();
        if candidate.sources == installed.sources() && candidate.environments.are_those_of(installed.built())
        {
            return Outcome::Unchanged;
        }
        let failed = |error: &AgentError| match error {
            AgentError::Listen { what, .. } => {
                let (keyword, name) = what.split_once(' ').unwrap_or((what, ""));
                candidate.statements.problem(keyword, name, &error.to_string())
            }
            AgentError::InterceptChanges { name, change } if *change != "is gone" => candidate
                .statements
                .problem("TTLSIntercept", name, &error.to_string()),
            error => Problem::of_file(self.agent.source.path(), error.to_string()),
        };
        if let Some(hosts) = &self.hosts
            && let Err(error) = hosts.fits(&candidate.policy)
        {
            return Outcome::Failed(vec![failed(&error)]);
        }
        match self.front.entrances(&candidate.policy) {
            Ok(asked) => match self.listeners.prepare(&self.agent, asked) {
                Ok(prepared) => Outcome::Ready(Box::new((candidate, prepared))),
                Err(errors) => Outcome::Failed(errors.iter().map(failed).collect()),
            },
            Err(error) => Outcome::Failed(vec![failed(&error)]),
        }
    }

    /// The rules of the host, in one step of their own: a connection that comes between the two is mapped by the
    /// generation that is installed.
    async fn change_host(&self, candidate: &Candidate, dry_run: bool) -> Result<(), AgentError> {
        match &self.hosts {
            Some(hosts) if !dry_run => hosts.apply(&candidate.policy).await,
            _ => Ok(()),
        }
    }

    /// The one step. It cannot fail and does not wait.
    fn install(&mut self, candidate: Candidate, prepared: Prepared) {
        let (entrances, new): (_, Vec<(Entrance, _)>) = prepared.into_parts();
        let generation = self.agent.installed().generation() + 1;
        let next = Installed::new(
            generation,
            candidate.policy,
            candidate.sources,
            candidate.environments,
            candidate.places,
            Some(entrances),
        );
        let before = self.agent.generations.install(next);
        let installed = self.agent.installed();
        installed.built().serve(installed.policy());
        // Connections of the one before are still to end.
        let policies = [installed.policy(), before.policy()].into_iter();
        let rules: HashSet<&str> = policies.flat_map(Policy::rules).map(Rule::name).collect();
        self.agent.table.metrics.keep(|rule| rules.contains(rule));
        self.listeners.commit(&self.agent, new, &before);
    }

    /// Tells what is news and plans the next attempt after a failure.
    fn conclude(&mut self, reload: &Arc<Reload>) {
        let asked = matches!(reload.cause, Cause::Operator | Cause::Hangup);
        let known = self
            .retry
            .as_ref()
            .is_some_and(|retry| retry.problems == reload.problems);
        let news = match reload.result {
            Reloaded::Installed => true,
            Reloaded::Unchanged => asked || self.retry.is_some(),
            Reloaded::Failed => asked || !known || reload.cause == Cause::Files,
        };
        if news {
            self.agent.history.record(reload);
        }
        self.retry = (reload.result == Reloaded::Failed).then(|| {
            let wait = match &self.retry {
                Some(retry) if known && reload.cause == Cause::Retry => (retry.wait * 2).min(LAST_RETRY),
                _ => FIRST_RETRY,
            };
            Retry {
                at: Instant::now() + wait,
                wait,
                problems: reload.problems.clone(),
            }
        });
    }

    /// Files are looked at after the refresh interval even if nobody told of a change: some file systems do not tell.
    fn plan_refresh(&mut self) {
        let installed = self.agent.installed();
        let interval = installed.policy().agent().cloned().unwrap_or_default().refresh;
        self.refresh = Instant::now() + interval.max(FIRST_RETRY);
    }

    fn watch(&mut self, places: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        let installed = self.agent.installed();
        let places = places.union(installed.places()).cloned().collect();
        match watcher.watch(&places) {
            Ok(true) => self.recheck = Some(Instant::now() + RECHECK),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "not all files are watched; reload by SIGHUP or `ttls reload`");
            }
        }
    }
}

async fn settled(watcher: &mut Option<Watcher>) {
    match watcher {
        Some(watcher) => watcher.settled().await,
        None => std::future::pending().await,
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
