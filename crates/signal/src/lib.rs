//! The signaling channel: a program asks the agent about the TLS of one of its own connections, starts it and stops
//! it. It is what the ioctl SIOCTTLSCTL is on z/OS; field names, status numbers and errors are the same.
//!
//! * [`Channel`]: the client. It sends a [`Request`] **together with the connected socket**: whoever holds the socket
//!   may control it. The agent finds the connection by the socket's addresses and network namespace.
//! * [`Request`] and [`Answer`]: the messages, as bytes and back without any I/O. One message is one packet of a
//!   unix `SOCK_SEQPACKET` socket; the layout is in `docs/signaling.md`.
//!
//! ```no_run
//! use ttls_signal::{Channel, Operations, Request, StatConn};
//! # fn main() -> Result<(), ttls_signal::SignalError> {
//! let connection = std::net::TcpStream::connect("192.0.2.10:25")?;
//! // ... "220 ready", "STARTTLS", "220 go ahead" ...
//! let mut channel = Channel::open()?;
//! let answer = channel.ask(&connection, &Request::new(Operations::INIT))?;
//! assert_eq!(answer.status.connection, StatConn::Secure);
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod answer;
mod channel;
mod combination;
mod error;
mod frame;
mod operations;
mod path;
mod reason;
mod request;
mod status;

pub use answer::Answer;
pub use channel::Channel;
pub use combination::Refusal;
pub use error::SignalError;
pub use frame::{FrameError, LONGEST};
pub use operations::Operations;
pub use path::{DEFAULT_PATH, PATH_VARIABLE};
pub use reason::Reason;
pub use request::{HOST_MAX, Options, Request};
pub use status::{HostStatus, SecType, StatConn, StatPolicy, Status};
