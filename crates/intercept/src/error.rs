use std::ffi::OsString;
use std::fmt::Display;
use std::io;

/// Why an interceptor does not come up or a program does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InterceptError {
    /// The machine, or what the caller may do on it, does not give a private network namespace.
    #[error("private network namespace: cannot {step}: {reason}")]
    Setup {
        /// The step that failed, as a verb phrase.
        step: String,
        /// Why, and what to do about it.
        reason: String,
    },
    /// The machine, or what the caller may do on it, does not give the interception of a host.
    #[error("host interceptor: cannot {step}: {reason}")]
    Host {
        /// The step that failed, as a verb phrase.
        step: String,
        /// Why, and what to do about it.
        reason: String,
    },
    /// The helper process ended or does not answer.
    #[error("private network namespace: the helper process is gone; the program has been ended with it")]
    HelperGone,
    /// [`Namespace::spawn`](crate::Namespace::spawn) was called twice.
    #[error(
        "private network namespace: its program has been started already; make a namespace for each program"
    )]
    AlreadyStarted,
    /// The program cannot be executed.
    #[error("cannot start {}: {error}", program.display())]
    Start {
        /// The program's name as given.
        program: OsString,
        /// What the system said; `NotFound` and `PermissionDenied` as from a shell (exit status 127 and 126).
        error: io::Error,
    },
    /// A system call of the agent itself failed: making the channel to the helper, starting the helper.
    #[error("private network namespace: {0}")]
    Io(#[from] io::Error),
}

impl InterceptError {
    pub(crate) fn host(step: &str, reason: &(impl Display + ?Sized)) -> Self {
        Self::Host {
            step: step.to_owned(),
            reason: reason.to_string(),
        }
    }

    pub(crate) fn setup(step: &str, reason: &(impl Display + ?Sized)) -> Self {
        Self::Setup {
            step: step.to_owned(),
            reason: reason.to_string(),
        }
    }
}
