//! What a controller is told once, at its start.

use std::net::SocketAddr;
use std::time::Duration;

/// Configuration and facts of one control connection.
#[derive(Debug, Clone)]
pub struct ControllerConfig {
    /// The client's end of the control connection.
    pub client: SocketAddr,
    /// The server's end as the client sees it.
    pub server: SocketAddr,
    /// The daemon's end of the inner connection (its family decides what PORT/PASV forms the daemon understands).
    pub daemon: SocketAddr,
    /// TLS is implicit (the connection came in on TLSPORT).
    pub implicit: Option<ImplicitModel>,
    /// `SECURE_FTP REQUIRED`.
    pub require_auth: bool,
    /// CCC is allowed (`SECURE_CTRLCONN CLEAR` and `TLSRFCLEVEL RFC4217`).
    pub allow_ccc: bool,
    /// `SECURE_DATACONN SAFE|PRIVATE`: transfers under PROT C are refused with 522.
    pub require_data_protection: bool,
    /// `SECURE_DATACONN NEVER`: PROT P is refused with 534.
    pub refuse_data_protection: bool,
    /// `PORTCOMMAND REJECT`.
    pub port_reject: bool,
    /// `PORTCOMMANDPORT NOLOWPORTS`.
    pub port_nolowports: bool,
    /// `PORTCOMMANDIPADDR NOREDIRECT`.
    pub port_noredirect: bool,
    /// How long AUTO waits for a ClientHello before it sends the greeting in clear.
    pub implicit_detection: Duration,
    /// How long a controller waits for the second reply to ABOR of the client before it takes the first for the only
    /// one, and makes sure of it by a NOOP to the daemon.
    pub abort_wait: Duration,
    /// How long a final reply is held back for the end of its data connection. A daemon is done when its last bytes
    /// are in buffers; a slow client may need minutes to take them, so this is no shorter than what the agent allows
    /// for an idle data connection.
    pub data_end_wait: Duration,
}

/// `SECUREIMPLICITZOS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImplicitModel {
    /// Greeting in clear, then the handshake.
    Zos,
    /// Handshake, then the greeting.
    Netscape,
    /// Whichever the client shows.
    Auto,
}
