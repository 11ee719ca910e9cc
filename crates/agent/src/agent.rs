//! What all sessions of one agent share.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use tokio::sync::{Semaphore, mpsc, oneshot};
use ttls_keyring::Keyrings;
use ttls_tls::TlsError;

use crate::admin::{HandOverError, Predecessor, make_folder, runtime_folder};
use crate::confine::confine;
use crate::installed::{Generations, Installed, Stale};
use crate::limits::Limits;
use crate::payload::PayloadTrace;
use crate::phase::{PhaseListener, Phases};
use crate::reload::{Cause, History, Problem, Reload, ReloadCounts, Request, Source};
use crate::run_as::{RunAs, RunAsError};
use crate::secondary::SecondaryMap;
use crate::shards::Shards;
use crate::succession::Succession;
use crate::table::Table;

/// Reloads that may be asked for and not begun.
const REQUESTS: usize = 16;

/// How an agent is set up, apart from its policy.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of the key rings.
    pub keyrings: PathBuf,
    /// Caught inbound connections that no rule covers pass in clear instead of being refused.
    pub unmatched_clear: bool,
    /// Path of the signaling channel's socket; none is one in the runtime folder.
    pub control: Option<PathBuf>,
    /// Bounds on waits.
    pub limits: Limits,
    /// Who the agent is once its sockets are open; none is whoever started it.
    pub run_as: Option<RunAs>,
}

/// An agent with an installed policy.
#[derive(Debug)]
pub struct Agent {
    pub(crate) generations: Generations,
    pub(crate) source: Source,
    pub(crate) history: History,
    requests: mpsc::Sender<Request>,
    received: Mutex<Option<mpsc::Receiver<Request>>>,
    pub(crate) succession: Succession,
    pub(crate) settings: Settings,
    pub(crate) sessions: Arc<Semaphore>,
    pub(crate) lingering: Arc<Semaphore>,
    pub(crate) table: Arc<Table>,
    /// Who may be followed by others of the same process.
    pub(crate) secondaries: Arc<SecondaryMap>,
    /// The signaling channel is open.
    pub(crate) signaling: AtomicBool,
    pub(crate) started: Instant,
    pub(crate) phases: Phases,
    pub(crate) shards: Shards,
    /// How far the agent is confined, where it shall be.
    pub(crate) confined: OnceLock<String>,
}

/// Why an agent does not start.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// A key ring, certificate or protocol setting cannot serve.
    #[error(transparent)]
    Environment(#[from] TlsError),
    /// A key ring is being changed at this moment.
    #[error(
        "environment {environment}: the files of key ring {ring} changed while they were read; it is tried again"
    )]
    RingMoves {
        /// Name of the `TTLSEnvironmentAction`.
        environment: String,
        /// The ring.
        ring: String,
    },
    /// Nobody could ever start TLS on the connections of a rule.
    #[error(
        "rule {rule}: ApplicationControlled On, and no signaling channel over which the application could start TLS \
         (the log says why); say --control PATH, or add TTLSFtpParms to the environment action for FTP, or set \
         ApplicationControlled Off to secure the connection from its first byte"
    )]
    NoController {
        /// Name of the rule.
        rule: String,
    },
    /// A listener cannot be opened.
    #[error("{what} cannot listen on {address}: {error}{hint}")]
    Listen {
        /// Which object of the policy or command line.
        what: String,
        /// Where.
        address: std::net::SocketAddr,
        /// What the system said.
        error: std::io::Error,
        /// What to do.
        hint: &'static str,
    },
    /// The agent cannot become the user that it shall run as.
    #[error(transparent)]
    RunAs(#[from] RunAsError),
    /// What the agent needs for its next reload is not for its user.
    #[error(
        "user {user}: {reason}; that user must be able to read the policy and its key rings (chown -R {user}:)"
    )]
    UserCannotRead {
        /// The user.
        user: String,
        /// What it cannot read.
        reason: String,
    },
    /// Landlock refuses.
    #[error("landlock: {0}")]
    Confinement(String),
    /// The policy has nothing for this interceptor to do.
    #[error("{0}")]
    NothingToDo(String),
    /// A reload would have to open, close or move an interceptor.
    #[error(
        "TTLSIntercept {name} {change}, which an agent cannot follow while it runs; nothing of this policy is in force: \
         restart the agent (with AtStop Keep nothing passes in clear meanwhile), or take this change back to have the \
         others"
    )]
    InterceptChanges {
        /// Name of the `TTLSIntercept`.
        name: String,
        /// What about it.
        change: &'static str,
    },
    /// The private network namespace cannot be made or the program cannot be started in it.
    #[error(transparent)]
    Namespace(#[from] ttls_intercept::InterceptError),
}

impl Agent {
    /// Reads the policy and builds every environment; nothing listens yet, the signaling channel neither. The warnings about the policy come along.
    ///
    /// # Errors
    /// All that is wrong with the policy or its key rings.
    pub fn start(source: Source, settings: Settings) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let keyrings = Keyrings::new(settings.keyrings.clone());
        let candidate = source.read(&keyrings, None, true).candidate?;
        let first = Installed::new(
            1,
            candidate.policy,
            candidate.sources,
            candidate.environments,
            candidate.places,
            None,
        );
        let (requests, received) = mpsc::channel(REQUESTS);
        let agent = Self {
            generations: Generations::new(first),
            source,
            history: History::default(),
            succession: Succession::new(),
            requests,
            received: Mutex::new(Some(received)),
            sessions: Arc::new(Semaphore::new(settings.limits.sessions)),
            lingering: Arc::new(Semaphore::new(settings.limits.lingering)),
            settings,
            table: Arc::default(),
            secondaries: Arc::default(),
            signaling: AtomicBool::new(false),
            started: Instant::now(),
            phases: Phases::default(),
            shards: Shards::default(),
            confined: OnceLock::new(),
        };
        Ok((agent, candidate.warnings))
    }

    /// From now on this thread, and those that it starts, reach the policy's files, the key rings and what the system needs
    /// for reading, and the runtime folder and those of `write` for writing: nothing else. Says how far that goes. To be called before there
    /// are other threads.
    ///
    /// # Errors
    /// The kernel refuses; a kernel that has no Landlock does not.
    pub fn confine(&self, mut write: BTreeSet<PathBuf>) -> Result<&str, AgentError> {
        let mut read = self.installed().places().clone();
        read.insert(self.settings.keyrings.clone());
        read.insert(self.source.path().to_owned());
        // What does not exist cannot be an exception. An agent without this folder says so when it needs it.
        let runtime = runtime_folder();
        if make_folder(&runtime).is_ok() {
            write.insert(runtime);
        }
        let said = confine(&read, &write).map_err(|error| AgentError::Confinement(error.to_string()))?;
        Ok(self.confined.get_or_init(|| said))
    }

    /// Everything that takes privileges is open: becomes the user that it shall run as, for good. What a reload reads must be
    /// for that user.
    pub(crate) fn demote(&self) -> Result<(), AgentError> {
        let Some(user) = &self.settings.run_as else {
            return Ok(());
        };
        user.demote()?;
        let keyrings = Keyrings::new(self.settings.keyrings.clone());
        let signaling = self.signaling.load(Ordering::Acquire);
        match self.source.read(&keyrings, None, signaling).candidate {
            Ok(_) => {
                tracing::info!(user = user.name(), "privileges given up");
                Ok(())
            }
            Err(problems) => Err(AgentError::UserCannotRead {
                user: user.name().to_owned(),
                reason: problems.first().map(ToString::to_string).unwrap_or_default(),
            }),
        }
    }

    /// Payload may be shown there, where the policy lets it be; the first one stays.
    pub fn show_payload(&self, trace: PayloadTrace) {
        // The command line names one.
        let _ = self.table.payload.set(Arc::new(trace));
    }

    /// Takes the place of another agent: its listening sockets are used, and it retires when this one serves. To be called
    /// before that. The number of the sockets is returned. Blocks for 30 s at most.
    ///
    /// # Errors
    /// The other one does not hand over; it goes on.
    pub fn follow(&self, predecessor: Predecessor) -> Result<usize, HandOverError> {
        self.succession.follow(predecessor)
    }

    /// The generation that new connections are mapped with. Take it once for each connection and keep it to its end.
    pub fn installed(&self) -> Arc<Installed> {
        self.generations.current()
    }

    /// Who hears of each phase of the agent's life as it begins; the first listener stays.
    pub fn on_phase(&self, listener: PhaseListener) {
        self.phases.tell(listener);
    }

    /// Replaced generations that still have connections, oldest first.
    pub fn stale(&self) -> Vec<Stale> {
        self.generations.stale()
    }

    /// Reads the policy again and installs it if it has changed and has no errors; in a dry run, only says what would
    /// come of it. `None` where the agent does not serve.
    pub async fn reload(&self, cause: Cause, dry_run: bool) -> Option<Arc<Reload>> {
        let (answer, answered) = oneshot::channel();
        let request = Request {
            cause,
            dry_run,
            answer,
        };
        self.requests.send(request).await.ok()?;
        answered.await.ok()
    }

    /// The last reload that was worth a word.
    pub fn last_reload(&self) -> Option<Arc<Reload>> {
        self.history.last()
    }

    /// How many reloads there were.
    pub fn reload_counts(&self) -> ReloadCounts {
        self.history.counts()
    }

    /// The other end of [`Self::reload`], for the one who serves.
    pub(crate) fn take_requests(&self) -> Result<mpsc::Receiver<Request>, AgentError> {
        let received = self
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        received.ok_or_else(|| AgentError::NothingToDo("the agent serves already".to_owned()))
    }
}

/// What to do about a refused `bind`.
pub(crate) fn listen_hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "; ports below 1024 need root or CAP_NET_BIND_SERVICE, or choose a higher port"
        }
        std::io::ErrorKind::AddrInUse => "; another program listens there: stop it or choose another port",
        std::io::ErrorKind::AddrNotAvailable => "; no interface of this machine has that address",
        _ => "",
    }
}
