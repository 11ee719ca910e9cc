//! Passing the listening sockets of an agent to the one that takes its place.
//!
//! The successor asks for them, serves them beside its predecessor, and only then has the predecessor retire: at every
//! moment somebody accepts. If the successor fails on the way, the predecessor goes on as if nothing had been.

use std::io::{self, Read, Write};
use std::net::TcpListener as StdListener;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::geteuid;
use tokio::io::Interest;
use tokio::net::{TcpListener, UnixStream};
use ttls_intercept::BATCH;

use super::{Answer, Request};

/// How long a predecessor may take for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// More than any answer to what is asked here.
const ANSWER: usize = 64 * 1024;

/// An agent whose place another one takes.
#[derive(Debug)]
pub struct Predecessor {
    stream: StdStream,
    path: PathBuf,
}

/// Why a place cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum HandOverError {
    /// The admin socket fails.
    #[error("admin socket {path}: {error}")]
    System {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Whoever listens there could keep the listening sockets that it passes, and take connections from them.
    #[error(
        "admin socket {path}: user {user} listens there, and only root and this user's own agent are followed"
    )]
    Stranger {
        /// Its path.
        path: PathBuf,
        /// Number of the user.
        user: u32,
    },
    /// The agent does not hand over.
    #[error("admin socket {path}: the agent does not hand over: {why}")]
    Refused {
        /// Its path.
        path: PathBuf,
        /// In its words.
        why: String,
    },
}

impl Predecessor {
    /// Connects to the agent that answers on an admin socket.
    ///
    /// # Errors
    /// Nobody answers there, or another user.
    pub fn connect(path: &Path) -> Result<Self, HandOverError> {
        let connect = || {
            let stream = StdStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            let user = getsockopt(&stream, PeerCredentials)?.uid();
            Ok((stream, user))
        };
        match connect() {
            Ok((_, user)) if user != 0 && user != geteuid().as_raw() => Err(HandOverError::Stranger {
                path: path.to_owned(),
                user,
            }),
            Ok((stream, _)) => Ok(Self {
                stream,
                path: path.to_owned(),
            }),
            Err(error) => Err(HandOverError::System {
                path: path.to_owned(),
                error,
            }),
        }
    }

    /// Its listening sockets, which it goes on serving. Blocks for 30 s at most.
    ///
    /// # Errors
    /// It does not hand over, or the connection breaks.
    pub fn listeners(&mut self) -> Result<Vec<StdListener>, HandOverError> {
        let count = match self.ask(&Request::TakeOver)? {
            Answer::TakeOver { listeners } => listeners,
            answer => return Err(self.refused(answer)),
        };
        let mut listeners = Vec::new();
        while listeners.len() < count {
            let batch = ttls_intercept::take_listeners(self.stream.as_fd());
            let batch = batch.map_err(|error| self.system(error))?;
            if batch.is_empty() {
                return Err(self.system(io::ErrorKind::UnexpectedEof.into()));
            }
            listeners.extend(batch);
        }
        Ok(listeners)
    }

    /// Has it accept nothing more, and end when its connections have ended. Blocks for 30 s at most.
    ///
    /// # Errors
    /// It does not, or the connection breaks: it may still serve.
    pub fn retire(mut self) -> Result<(), HandOverError> {
        match self.ask(&Request::Retire)? {
            Answer::Done(_) => Ok(()),
            answer => Err(self.refused(answer)),
        }
    }

    fn ask(&mut self, request: &Request) -> Result<Answer, HandOverError> {
        self.exchange(request).map_err(|error| self.system(error))
    }

    /// Byte by byte: descriptors come with the bytes behind the line.
    fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        self.stream.write_all(&line)?;
        let mut answer = Vec::new();
        let mut byte = [0];
        while answer.len() < ANSWER {
            self.stream.read_exact(&mut byte)?;
            if byte == *b"\n" {
                return Ok(serde_json::from_slice(&answer)?);
            }
            answer.push(byte[0]);
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "an answer without an end",
        ))
    }

    fn system(&self, error: io::Error) -> HandOverError {
        HandOverError::System {
            path: self.path.clone(),
            error,
        }
    }

    fn refused(&self, answer: Answer) -> HandOverError {
        HandOverError::Refused {
            path: self.path.clone(),
            why: match answer {
                Answer::Error(why) => why,
                _ => "it answered something else".to_owned(),
            },
        }
    }
}

/// Passes listeners to who has asked for them.
pub(super) async fn pass(stream: &UnixStream, listeners: &[Arc<TcpListener>]) -> io::Result<()> {
    for batch in listeners.chunks(BATCH) {
        let descriptors: Vec<BorrowedFd<'_>> = batch.iter().map(|listener| listener.as_fd()).collect();
        let send = || ttls_intercept::pass_listeners(stream.as_fd(), &descriptors);
        tokio::time::timeout(PATIENCE, stream.async_io(Interest::WRITABLE, send)).await??;
    }
    Ok(())
}
