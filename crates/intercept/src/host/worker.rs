//! A thread in the network namespace in question: sockets belong to the namespace of the thread that makes them, and so
//! do `nft` and the routing rules. It also puts all changes of the rules in one order.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use nix::sched::{CloneFlags, setns};
use tokio::sync::oneshot;

use crate::error::InterceptError;

type Job = Box<dyn FnOnce() + Send>;

/// A handle on the thread, which ends with the last one.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    jobs: mpsc::Sender<Job>,
}

impl Worker {
    /// Starts the thread and has it enter the namespace.
    pub(super) async fn start(namespace: Option<&Path>) -> Result<Self, InterceptError> {
        let step = "enter the network namespace";
        let opened = namespace.map(File::open).transpose().map_err(|error| {
            let path = namespace.unwrap_or(Path::new("")).display().to_string();
            InterceptError::host(step, &format!("{path}: {error}"))
        })?;
        let (jobs, received) = mpsc::channel::<Job>();
        let (entered, entering) = oneshot::channel();
        let serve = move || {
            let done = opened.map_or(Ok(()), |namespace| setns(namespace, CloneFlags::CLONE_NEWNET));
            let inside = done.is_ok();
            // Who started it may have given up meanwhile.
            let _ = entered.send(done);
            if inside {
                for job in received {
                    job();
                }
            }
        };
        thread::Builder::new()
            .name("host".to_owned())
            .spawn(serve)
            .map_err(|error| InterceptError::host("start a thread", &error))?;
        match entering.await {
            Ok(Ok(())) => Ok(Self { jobs }),
            Ok(Err(error)) => {
                let reason = format!("{error}; it takes root (CAP_SYS_ADMIN)");
                Err(InterceptError::host(step, &reason))
            }
            Err(_) => Err(InterceptError::host(step, &gone())),
        }
    }

    /// Has something done there.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let (answer, answered) = oneshot::channel();
        self.post(move || {
            // Who asked may have given up meanwhile.
            let _ = answer.send(work());
        })?;
        answered.await.map_err(|_| gone())
    }

    /// The same without waiting for it.
    pub(super) fn post(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.jobs.send(Box::new(work)).map_err(|_| gone())
    }
}

fn gone() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotConnected,
        "the thread of the host interceptor is gone",
    )
}
