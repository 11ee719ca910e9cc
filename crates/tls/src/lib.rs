//! TLS environments built from action sets; starting **and stopping** TLS on a live stream.
//!
//! * [`Environment`]: the TLS configurations, certificates and ticket keys of one action set; built once, shared.
//!   [`EnvironmentKey`] says whether two action sets have the same one.
//! * [`SessionScope`]: one primary (control) connection and the secondary (data) connections mapped onto it, in a
//!   server role. It binds session tickets to the primary connection.
//! * [`ClientScope`]: the same in the client role. It resumes the primary connection's session, and no other one.
//! * [`PrimaryStream`]: TLS that can be stopped. It reads the socket record by record, so that clear text behind
//!   the end of TLS stays in the socket.
//! * [`SecondaryStream`]: TLS for bulk data, until the end of the connection.
//!
//! Every rustls configuration gets its provider explicitly; nothing here depends on a process-wide default.

#![forbid(unsafe_code)]

mod anchors;
mod buffers;
mod certificates;
mod client_auth;
mod client_scope;
mod client_sessions;
mod client_side;
mod environment;
mod error;
mod forgotten;
mod groups;
mod handshake;
mod handshake_error;
mod host_reference;
mod key;
mod key_timer;
mod linger;
mod marker;
mod negotiated;
mod opening;
mod opening_suites;
mod peer_rules;
mod piece;
mod places;
mod primary;
mod read_ahead;
mod record_io;
mod scope_id;
mod secondary;
mod server_identity;
mod server_names;
mod server_side;
mod server_verifier;
mod session;
mod session_ids;
mod session_life;
mod signing;
mod stop;
mod suites;
mod ticket_again;
mod ticket_copies;
mod ticket_keys;
mod ticket_template;
mod tickets;
mod tls13;
mod tunnel_sessions;

pub use buffers::Buffer;
pub use certificates::CertificateInUse;
pub use client_scope::ClientScope;
pub use environment::Environment;
pub use error::TlsError;
pub use forgotten::ForgottenFull;
pub use handshake_error::HandshakeError;
pub use key::EnvironmentKey;
pub use negotiated::{HostCheck, Negotiated};
pub use piece::Piece;
pub use primary::PrimaryStream;
pub use secondary::SecondaryStream;
pub use server_identity::ServerIdentity;
pub use session::{SecondaryPurpose, SessionScope};
