//! Why a request brought no answer.

use std::io;
use std::path::PathBuf;

use nix::errno::Errno;

use crate::answer::Answer;
use crate::frame::FrameError;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// No agent listens there.
    #[error(
        "no agent at {path}: {error}; start one, or name its socket in TTLS_CONTROL (`ttls run` does that for its \
         program)"
    )]
    NoAgent {
        /// Path of the socket.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The channel broke, or the agent ended.
    #[error("the signaling channel broke: {0}; open it again")]
    Broken(#[from] io::Error),
    /// The agent's answer cannot be read.
    #[error("the agent's answer cannot be read: {0}")]
    Answer(#[from] FrameError),
    /// The agent refused.
    #[error("the agent refused: {} ({:?})", Errno::from_raw(i32::try_from(.0.errno).unwrap_or(0)).desc(), .0.reason)]
    Refused(Box<Answer>),
}
