//! The admin socket: operators ask a running agent, and tell it.
//!
//! A unix stream socket, for root and the agent's own user. A request is one JSON object on a line, its answer too;
//! any number of them may follow one another on a connection.

mod answer;
mod hand_over;
mod place;
mod request;
mod shown;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::WriteHalf;
use tokio::sync::Semaphore;

use crate::agent::Agent;

pub use answer::{Answer, Status};
pub use hand_over::{HandOverError, Predecessor};
pub(crate) use place::make_folder;
pub use place::{AdminSocket, PlaceError, live_sockets, runtime_folder};
pub use request::Request;
pub use shown::{Render, Shown, ShownSource, StaleGeneration};

/// The longest request.
const REQUEST: u64 = 64 * 1024;
/// Operators at the same time; more wait for their turn.
const OPERATORS: usize = 16;
/// How long a connection may be silent, and how long an answer may take to be taken.
const PATIENCE: Duration = Duration::from_secs(60);

/// Changes what is logged: takes a filter and says which one holds now, or why the filter is none.
pub type LogLevel = Arc<dyn Fn(Option<&str>) -> Result<String, String> + Send + Sync>;

/// What operators ask for and the agent itself cannot do.
#[derive(Clone)]
pub struct Hooks {
    /// `ttls log-level`.
    pub log_level: LogLevel,
    /// `ttls show`.
    pub render: Render,
}

/// Answers operators for as long as the agent runs.
pub async fn serve_admin(agent: Arc<Agent>, mut socket: AdminSocket, hooks: Hooks) {
    if socket.waits() {
        agent.succession.opened().await;
        if let Err(error) = socket.take_place() {
            tracing::warn!(%error, "the admin socket cannot take the place of the other agent's");
        }
    }
    let turns = Arc::new(Semaphore::new(OPERATORS));
    loop {
        // The semaphore is never closed.
        let Ok(turn) = turns.clone().acquire_owned().await else {
            return;
        };
        match socket.accept().await {
            Ok(stream) => {
                let (agent, hooks) = (agent.clone(), hooks.clone());
                tokio::spawn(async move {
                    if let Err(error) = operator(&agent, &hooks, stream).await {
                        tracing::debug!(%error, "operator gone");
                    }
                    drop(turn);
                });
            }
            Err(error) => crate::accept::accept_failed(&error).await,
        }
    }
}

async fn operator(agent: &Arc<Agent>, hooks: &Hooks, mut stream: UnixStream) -> std::io::Result<()> {
    let who = stream.peer_cred()?;
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    if who.uid() != 0 && who.uid() != nix::unistd::geteuid().as_raw() {
        tracing::warn!(uid = who.uid(), "admin socket: refused");
        return say(
            &mut writer,
            &Answer::refused("only root and the agent's own user may ask"),
        )
        .await;
    }
    loop {
        let mut line = Vec::new();
        let mut limited = (&mut reader).take(REQUEST);
        let read = tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await;
        match read {
            Ok(Ok(0)) | Err(_) => return Ok(()),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error),
        }
        let answer = if line.ends_with(b"\n") {
            match serde_json::from_slice::<Request>(&line) {
                Ok(Request::TakeOver) => {
                    hand_over(agent, &mut writer).await?;
                    continue;
                }
                Ok(request) => request.perform(agent, hooks).await,
                Err(error) => Answer::refused(format!("not a request: {error}")),
            }
        } else {
            return say(
                &mut writer,
                &Answer::refused("a request is one line of at most 64 KiB"),
            )
            .await;
        };
        say(&mut writer, &answer).await?;
    }
}

async fn hand_over(agent: &Agent, writer: &mut WriteHalf<'_>) -> std::io::Result<()> {
    if !agent.succession.is_open() {
        let why = "only `ttls agent` with gateways alone can hand over, once, and not while it is stopping; \
                   TTLSIntercept and applications that control their own connections need a restart";
        return say(writer, &Answer::refused(why)).await;
    }
    let listeners = agent.succession.listeners();
    let answer = Answer::TakeOver {
        listeners: listeners.len(),
    };
    say(writer, &answer).await?;
    hand_over::pass(writer.as_ref(), &listeners).await
}

async fn say(writer: &mut (impl tokio::io::AsyncWrite + Unpin), answer: &Answer) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(answer).map_err(std::io::Error::other)?;
    line.push(b'\n');
    tokio::time::timeout(PATIENCE, writer.write_all(&line))
        .await
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}
