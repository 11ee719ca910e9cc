//! The agent's side of the conversation with the helper: who waits for which answer.

use std::collections::HashMap;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::process::Child;
use tokio::sync::{mpsc, oneshot, watch};

use super::channel::Channel;
use super::message::{Report, Request};
use super::stock::{Stock, Taken};
use super::{ANSWER, Caught, ProgramEvent, ProgramEvents};
use crate::error::InterceptError;

type Answer = io::Result<Option<OwnedFd>>;

/// Requests that wait for their answers; `None` once the helper is gone.
type Waiting = Mutex<Option<HashMap<u64, oneshot::Sender<Answer>>>>;

#[derive(Debug)]
pub(crate) struct Switchboard {
    channel: Arc<Channel>,
    waiting: Arc<Waiting>,
    stock: Arc<Stock>,
    last_id: AtomicU64,
    events: Mutex<Option<ProgramEvents>>,
    query_sockets: Mutex<Vec<OwnedFd>>,
    /// Closed when the helper has ended and was waited for.
    ended: watch::Receiver<()>,
}

impl Switchboard {
    /// Waits for the helper to be ready.
    pub(crate) async fn open(socket: OwnedFd, child: Child) -> Result<(Arc<Self>, Caught), InterceptError> {
        let channel = Arc::new(Channel::new(socket)?);
        let first = channel.receive().await;
        let mut fds = match first? {
            Some((Report::Ready { .. }, fds)) => fds.into_iter(),
            Some((Report::NotReady { step, reason }, _)) => {
                return Err(InterceptError::Setup { step, reason });
            }
            Some(_) | None => return Err(InterceptError::HelperGone),
        };
        let (Some(catcher4), Some(queries4)) = (fds.next(), fds.next()) else {
            return Err(InterceptError::HelperGone);
        };
        let catcher6 = fds.next();
        let query_sockets = std::iter::once(queries4).chain(fds.next()).collect();
        let waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let stock = Arc::new(Stock::default());
        let (report, events) = mpsc::channel(2);
        let (ending, ended) = watch::channel(());
        tokio::spawn(listen(
            channel.clone(),
            waiting.clone(),
            stock.clone(),
            report,
            child,
            ending,
        ));
        let switchboard = Self {
            channel,
            waiting,
            stock,
            last_id: AtomicU64::new(0),
            events: Mutex::new(Some(ProgramEvents(events))),
            query_sockets: Mutex::new(query_sockets),
            ended,
        };
        Ok((Arc::new(switchboard), Caught::new(catcher4, catcher6)?))
    }

    /// A marked socket of the namespace, not bound to an address.
    pub(crate) async fn socket(&self, v6: bool) -> io::Result<OwnedFd> {
        let Taken { socket, order } = self.stock.take(v6);
        if order {
            self.post(Request::Stock { v6 });
        }
        if let Some(socket) = socket {
            return Ok(socket);
        }
        let asked = self.ask(|id| Request::Socket { id, v6 }, &[]).await?;
        asked.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn ask(&self, request: impl FnOnce(u64) -> Request, fds: &[BorrowedFd<'_>]) -> Answer {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        lock(&self.waiting).as_mut().ok_or_else(gone)?.insert(id, answer);
        let asked = async {
            self.channel.send(&request(id), fds).await?;
            answered.await.unwrap_or_else(|_| Err(gone()))
        };
        let result = tokio::time::timeout(ANSWER, asked).await;
        if result.is_err()
            && let Some(waiting) = lock(&self.waiting).as_mut()
        {
            waiting.remove(&id);
        }
        result.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Sends a request that has no answer.
    pub(crate) fn post(&self, request: Request) {
        match self.channel.try_send(&request) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let channel = self.channel.clone();
                tokio::spawn(async move { channel.send(&request, &[]).await });
            }
            // The helper is gone, and the program with it.
            Ok(()) | Err(_) => {}
        }
    }

    pub(crate) async fn end(&self) {
        self.channel.shut();
        if tokio::time::timeout(2 * ANSWER, self.ended()).await.is_err() {
            tracing::warn!("the helper of the private network namespace does not end");
        }
    }

    pub(crate) fn ended(&self) -> impl Future<Output = ()> + use<> {
        let mut ended = self.ended.clone();
        async move { while ended.changed().await.is_ok() {} }
    }

    pub(crate) fn is_gone(&self) -> bool {
        lock(&self.waiting).is_none()
    }

    pub(crate) fn take_events(&self) -> Option<ProgramEvents> {
        lock(&self.events).take()
    }

    pub(crate) fn return_events(&self, events: ProgramEvents) {
        *lock(&self.events) = Some(events);
    }

    pub(crate) fn take_query_sockets(&self) -> Vec<OwnedFd> {
        std::mem::take(&mut lock(&self.query_sockets))
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        self.channel.shut();
    }
}

/// Hands the helper's reports to those who wait for them, until it ends.
async fn listen(
    channel: Arc<Channel>,
    waiting: Arc<Waiting>,
    stock: Arc<Stock>,
    events: mpsc::Sender<ProgramEvent>,
    mut child: Child,
    _ending: watch::Sender<()>,
) {
    loop {
        match channel.receive().await {
            Ok(Some((Report::Answer { id, errno }, fds))) => {
                let waiter = lock(&waiting).as_mut().and_then(|waiting| waiting.remove(&id));
                let answer = match errno {
                    None => Ok(fds.into_iter().next()),
                    Some(errno) => Err(io::Error::from_raw_os_error(errno)),
                };
                if let Some(waiter) = waiter {
                    // Who asked may have given up meanwhile.
                    let _ = waiter.send(answer);
                }
            }
            Ok(Some((Report::Delivery { v6 }, sockets))) => stock.deliver(v6, sockets),
            // The channel holds both events that there are, so it is never full; the agent may have lost
            // interest.
            Ok(Some((Report::MainExited { status }, _))) => {
                let _ = events.try_send(ProgramEvent::MainExited(ExitStatus::from_raw(status)));
            }
            Ok(Some((Report::AllExited, _))) => {
                let _ = events.try_send(ProgramEvent::AllExited);
            }
            Ok(Some((Report::Ready { .. } | Report::NotReady { .. }, _))) => {}
            Ok(None) => break,
            Err(error) => {
                tracing::error!(%error, "what the helper of the private network namespace says makes no sense");
                channel.shut();
                break;
            }
        }
    }
    // Those who wait learn it by their dropped senders.
    *lock(&waiting) = None;
    stock.clear();
    if let Err(error) = child.wait().await {
        tracing::debug!(%error, "helper of the private network namespace");
    }
}

fn gone() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotConnected,
        "the helper of the private network namespace is gone",
    )
}

/// A panic elsewhere leaves these simple values whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
