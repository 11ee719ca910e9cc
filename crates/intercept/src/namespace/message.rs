//! What agent and helper say to each other: one JSON object per packet, file descriptors beside it.

use serde::{Deserialize, Serialize};

/// Agent to helper.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Make a marked socket that is not bound to an address; answered with it.
    Socket { id: u64, v6: bool },
    /// Make several of them; answered with a delivery.
    Stock { v6: bool },
    /// Make a socket for questions about the sockets inside; answered with it.
    SocketTable { id: u64 },
    /// Start the program. Beside it: its standard input, output and error, and a file with its NUL-terminated
    /// arguments.
    Start { id: u64 },
    /// Pass a signal on.
    Signal { number: i32 },
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
    /// Marked sockets of one family beside it, as many as could be made.
    Delivery { v6: bool },
    /// The program's first process ended; the status as `wait` gives it.
    MainExited { status: i32 },
    /// No process is left.
    AllExited,
}
