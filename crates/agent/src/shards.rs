//! The threads that sessions live on.
//!
//! A session and its data connections stay on one thread, with a reactor of its own: waking one of them never means
//! waking another thread, which costs more than what there is to do for a command, a reply or a small file. Sessions are
//! spread over as many such threads as there are processors.

use std::num::NonZero;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::{eager, precedence};

/// How long what sessions have left running may delay the end of their thread.
const LEFT_OVER: Duration = Duration::from_millis(500);

/// The threads; they start with the first session.
#[derive(Debug, Default)]
pub(crate) struct Shards {
    threads: OnceLock<Vec<Shard>>,
}

#[derive(Debug)]
struct Shard {
    handle: Handle,
    /// As many clones as there are sessions.
    sessions: Arc<()>,
    end: Mutex<Option<End>>,
}

#[derive(Debug)]
struct End {
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

impl Shards {
    /// Runs a session with its socket on the thread that has the fewest.
    pub(crate) fn serve<S, F>(&self, socket: TcpStream, session: S)
    where
        S: FnOnce(TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let threads = self.threads.get_or_init(start);
        let Some(shard) = threads
            .iter()
            .min_by_key(|shard| Arc::strong_count(&shard.sessions))
        else {
            tokio::spawn(session(socket));
            return;
        };
        // Each reactor has its own sockets.
        let socket = socket.into_std();
        let counted = shard.sessions.clone();
        shard.handle.spawn(async move {
            match socket.and_then(TcpStream::from_std) {
                Ok(socket) => session(socket).await,
                Err(error) => tracing::warn!(%error, "connection lost: its socket cannot be watched"),
            }
            drop(counted);
        });
    }

    /// Ends the threads with whatever still runs on them, as a lost task ends: connections are reset.
    pub(crate) async fn stop(&self) {
        for shard in self.threads.get().into_iter().flatten() {
            let end = shard.end.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(End { stop, ended }) = end {
                // A thread that is gone has ended too.
                let _ = stop.send(());
                let _ = tokio::time::timeout(2 * LEFT_OVER, ended).await;
            }
        }
    }
}

/// Fewer threads, or none, where the system refuses: the sessions then share what there is.
fn start() -> Vec<Shard> {
    let count = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = (0..count).map(|_| Shard::start(count > 1));
    threads
        .filter_map(|shard| {
            shard
                .inspect_err(|error| tracing::warn!(%error, "a thread for sessions cannot be had"))
                .ok()
        })
        .collect()
}

impl Shard {
    /// `eager`: whether it may look for answers instead of sleeping, which takes a processor from nobody only where there
    /// are others.
    fn start(eager: bool) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        thread::Builder::new()
            .name("ttls-sessions".to_owned())
            .spawn(move || {
                precedence::take();
                if eager {
                    runtime.spawn(eager::looking());
                }
                // An error means that the agent is gone, which is the end too.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_timeout(LEFT_OVER);
                // Nobody waits where the agent is gone.
                let _ = ending.send(());
            })?;
        Ok(Self {
            handle,
            sessions: Arc::new(()),
            end: Mutex::new(Some(End { stop, ended })),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn sessions_are_spread_and_end_with_their_threads() {
        let count = thread::available_parallelism().map_or(1, NonZero::get);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shards = Shards::default();
        let (told, mut heard) = tokio::sync::mpsc::channel(count);
        let mut peers = Vec::new();
        for _ in 0..count {
            peers.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
            let (socket, _) = listener.accept().await.unwrap();
            let told = told.clone();
            shards.serve(socket, |mut socket| async move {
                told.send(thread::current().id()).await.unwrap();
                socket.read_u8().await.unwrap();
            });
        }
        let mut threads = std::collections::HashSet::new();
        for _ in 0..count {
            threads.insert(heard.recv().await.unwrap());
        }
        assert_eq!(threads.len(), count);
        shards.stop().await;
        for mut peer in peers {
            assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
        }
    }
}
