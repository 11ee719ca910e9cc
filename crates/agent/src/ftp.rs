//! An FTP session: the controller decides, this waits for what happens.

use std::collections::HashMap;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use ttls_ftp::{Controller, DataId, Effect, Event};

use crate::data_connection::{Command, News};
use crate::drain::Watch;
use crate::limits::Limits;
use crate::outcome::{Ended, Outcome};

mod answers;
mod config;
pub(crate) mod for_client;
pub(crate) mod for_server;
mod leg;
mod perform;

use for_client::ForClient;
use for_server::ForServer;
use leg::Leg;

/// Control lines are short; a larger buffer would only let a client fill it.
const BUFFER: usize = 1024;

struct Session {
    controller: Controller,
    client: Leg,
    daemon: Leg,
    timer: Option<Instant>,
    data: HashMap<DataId, DataConnection>,
    /// Those that have ended and whose final reply may not have been passed on yet.
    ended: Vec<DataConnection>,
    news: mpsc::Receiver<News>,
    role: Role,
    limits: Limits,
    /// Until when TLS must be up, where it is required.
    secure_by: Option<Instant>,
    /// The first connection error of a control leg, which a controller only sees as its end.
    broken: Option<String>,
    /// Why there is no TLS with the server.
    not_secured: Option<Ended>,
}

/// On whose behalf the session is.
enum Role {
    /// A daemon's: the client's leg is the outer one.
    Server(ForServer),
    /// A program's that is a client: the daemon's leg is the outer one.
    Client(ForClient),
}

struct DataConnection {
    commands: mpsc::Sender<Command>,
    open: bool,
    /// Active mode: hears when the client was reached.
    ready: Option<oneshot::Receiver<()>>,
    /// Passive mode: tells that the daemon has been sent a command.
    told: Option<oneshot::Sender<()>>,
}

/// What woke the session.
enum Woken {
    Client(std::io::Result<usize>),
    Daemon(std::io::Result<usize>),
    News(News),
    Timer,
    NotSecure,
    Idle,
    Stopping,
}

impl Session {
    async fn run(mut self, effects: Vec<Effect>, mut watch: Watch, outcome: &mut Outcome) -> Ended {
        let mut ended = self.serve(effects, &mut watch, outcome).await;
        if ended == Ended::Complete
            && let Some(why) = self.broken.take()
        {
            ended = Ended::Broken(why);
        }
        outcome.user(self.controller.user());
        // Dropping the commands ends data connections that still run.
        drop((self.data, self.ended));
        if let Ended::Broken(_) | Ended::HandshakeFailed { .. } = ended {
            self.daemon.reset();
        }
        match self.role {
            Role::Server(_) => {
                drop(self.daemon);
                self.client.close(self.limits.linger).await;
            }
            Role::Client(_) => {
                let bound = self.limits.linger;
                tokio::join!(self.client.close(bound), self.daemon.close(bound));
            }
        }
        ended
    }

    async fn serve(&mut self, effects: Vec<Effect>, watch: &mut Watch, outcome: &mut Outcome) -> Ended {
        if let Err(ended) = self.perform(effects, outcome).await {
            return ended;
        }
        let mut from_client = vec![0; BUFFER];
        let mut from_daemon = vec![0; BUFFER];
        let (mut client_open, mut daemon_open, mut stopping) = (true, true, false);
        loop {
            if stopping && self.controller.is_idle() && !self.data.values().any(|data| data.open) {
                // Nothing more can be done for a client that does not read its last reply.
                let _ = self
                    .client
                    .write(b"421 Service is stopping.\r\n", self.limits.write)
                    .await;
                return Ended::Stopped;
            }
            let timer = self.timer;
            let secure_by = self.secure_by.filter(|_| !self.controller.is_secure());
            let woken = tokio::select! {
                read = self.client.read(&mut from_client), if client_open && self.controller.wants_client() => {
                    Woken::Client(read)
                }
                read = self.daemon.read(&mut from_daemon), if daemon_open => Woken::Daemon(read),
                Some(news) = self.news.recv() => Woken::News(news),
                () = sleep_until(timer), if timer.is_some() => Woken::Timer,
                () = sleep_until(secure_by), if secure_by.is_some() => Woken::NotSecure,
                () = watch.stopping(), if !stopping => Woken::Stopping,
                () = tokio::time::sleep(self.limits.control_idle) => Woken::Idle,
            };
            let effects = match woken {
                Woken::Client(Ok(n)) if n > 0 => {
                    if let Role::Server(_) = self.role {
                        outcome.moved().received.pass(&from_client[..n]);
                    }
                    self.controller.handle(Event::Client(&from_client[..n]))
                }
                Woken::Client(end) => {
                    client_open = false;
                    self.note("client", end);
                    self.controller.handle(Event::ClientClosed)
                }
                Woken::Daemon(Ok(n)) if n > 0 => {
                    if let Role::Client(_) = self.role {
                        outcome.moved().received.pass(&from_daemon[..n]);
                    }
                    self.controller.handle(Event::Daemon(&from_daemon[..n]))
                }
                Woken::Daemon(end) => {
                    daemon_open = false;
                    self.note("daemon", end);
                    self.controller.handle(Event::DaemonClosed)
                }
                Woken::News(News { id, result }) => {
                    self.ended.extend(self.data.remove(&id));
                    self.controller.handle(Event::DataFinished { id, result })
                }
                Woken::Timer => {
                    self.timer = None;
                    self.controller.handle(Event::Timer)
                }
                Woken::NotSecure => return Ended::TimedOut("no TLS on a connection that requires it"),
                Woken::Idle if self.data.values().any(|data| data.open) => continue,
                Woken::Idle => return Ended::TimedOut("idle control connection"),
                Woken::Stopping => {
                    stopping = true;
                    continue;
                }
            };
            outcome.user(self.controller.user());
            if let Err(ended) = self.perform(effects, outcome).await {
                return ended;
            }
            if !client_open && !daemon_open {
                return Ended::Complete;
            }
        }
    }

    fn note(&mut self, side: &str, end: std::io::Result<usize>) {
        if let Err(error) = end {
            self.broken
                .get_or_insert_with(|| format!("control connection of the {side}: {error}"));
        }
    }
}

async fn sleep_until(timer: Option<Instant>) {
    match timer {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
