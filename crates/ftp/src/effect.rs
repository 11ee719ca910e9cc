//! What a controller wants done.

use std::net::SocketAddr;
use std::time::Duration;

/// Names one expectation and the data connection that fulfils it, within one control connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataId(pub u64);

/// Something the agent must do, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write to the client (in clear or under TLS, as the connection stands).
    ToClient(Vec<u8>),
    /// Write to the daemon.
    ToDaemon(Vec<u8>),
    /// Flush, then start TLS: as server with the client, or as client with the server, by the controller's kind.
    /// `preamble` (as server) are bytes already received that look like the start of a
    /// ClientHello and belong to the TLS engine (RFC 4217 leaves them to us; never to the command parser).
    StartTls {
        /// First bytes for the TLS engine.
        preamble: Vec<u8>,
    },
    /// Flush, send close_notify, go on in clear (CCC).
    StopTls,
    /// Prepare for a data connection; answered by `Expecting` or `ExpectFailed`.
    Expect(DataId, Expectation),
    /// Nobody may fulfil this expectation any more; a connection that has not been opened by `OpenData` is dropped.
    Cancel(DataId),
    /// The transfer began: secure the data connection (or not) and relay. Answered by `DataFinished`.
    OpenData {
        /// Which.
        id: DataId,
        /// PROT P: TLS, in the role of the control connection whoever connected.
        protect: bool,
        /// Which way the file goes (decides about session tickets).
        direction: DataDirection,
    },
    /// Reset both legs of a data connection now (ABOR). Answered by `DataFinished` with `Aborted`.
    AbortData(DataId),
    /// Set the session's one timer (replacing what was set); `Event::Timer` when it is up.
    SetTimer(Duration),
    /// Forget the timer.
    ClearTimer,
    /// Flush to the client, then close both connections.
    Close(CloseReason),
}

/// Where a data connection will come from and go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// PASV, EPSV: the client connects to us, we connect to `daemon`.
    Passive {
        /// Where the daemon listens.
        daemon: SocketAddr,
    },
    /// PORT, EPRT: the daemon connects to us, we connect to `client`.
    Active {
        /// Where the client listens.
        client: SocketAddr,
    },
    /// The client's PORT or EPRT, turned into PASV or EPSV: we connect to both.
    Converted {
        /// Where the client listens.
        client: SocketAddr,
        /// Where the daemon listens.
        daemon: SocketAddr,
    },
}

/// Which way the bytes of a transfer go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataDirection {
    /// Client to daemon: STOR, APPE, STOU.
    Upload,
    /// Daemon to client: RETR, LIST, NLST, MLSD.
    Download,
}

/// Why a controller closes the session. The agent puts it into the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// QUIT was answered, or a side closed in order.
    Ended,
    /// Bytes behind AUTH (command injection).
    BytesBehindAuth,
    /// Bytes behind CCC under TLS.
    BytesBehindCcc,
    /// A line longer than the bound.
    LineTooLong,
    /// Too many commands that are refused before AUTH.
    TooManyRefusals,
    /// An HTTP request line: a browser was sent here.
    HttpRequest,
    /// Something other than a ClientHello where TLS is implicit.
    NotTls,
    /// A ClientHello where the connection starts in clear: the client expects implicit TLS.
    UnexpectedTls,
    /// The daemon's replies made no sense.
    DaemonProtocol,
    /// The server could not be secured as policy demands; the client was told why.
    ServerNotSecured,
}
