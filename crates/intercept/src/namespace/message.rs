//! What agent and helper say to each other: one JSON object per packet, file descriptors beside it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// Agent to helper.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Make a marked socket; answered with it.
    Socket { id: u64, bind: Bind },
    /// Make a socket for questions about the sockets inside; answered with it.
    SocketTable { id: u64 },
    /// Start the program. Beside it: its standard input, output and error, and a file with its NUL-terminated
    /// arguments.
    Start { id: u64 },
    /// Pass a signal on.
    Signal { number: i32 },
}

/// What a requested socket is bound to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Bind {
    /// A foreign address; port 0 takes any.
    To(SocketAddr),
    /// Nothing; only the family is chosen.
    Family { v6: bool },
}

/// Helper to agent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// The namespace is up. Beside it: catcher and query socket of IPv4, then those of IPv6 if it is there.
    Ready { v6: bool },
    /// It is not, and the helper ends.
    NotReady { step: String, reason: String },
    /// To the request of that number; with an error of the system, or with what was asked for beside it.
    Answer { id: u64, errno: Option<i32> },
    /// The program's first process ended; the status as `wait` gives it.
    MainExited { status: i32 },
    /// No process is left.
    AllExited,
}
