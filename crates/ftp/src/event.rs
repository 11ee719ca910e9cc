//! What a controller is fed.

use std::net::SocketAddr;

use crate::DataId;

/// Something that happened on the connections of one FTP session.
#[derive(Debug)]
pub enum Event<'a> {
    /// Bytes from the client: as they came while in clear, decrypted while TLS is up.
    Client(&'a [u8]),
    /// Bytes from the daemon.
    Daemon(&'a [u8]),
    /// The client closed its side.
    ClientClosed,
    /// The daemon closed its side.
    DaemonClosed,
    /// The handshake asked for by [`crate::Effect::StartTls`] succeeded.
    TlsEstablished,
    /// The handshake with the server failed, and that connection is gone ([`crate::Controller::client`] only).
    TlsFailed {
        /// Why, for the client's user.
        reason: String,
    },
    /// The end of TLS asked for by [`crate::Effect::StopTls`] was carried out: close_notify is written.
    TlsStopped,
    /// An expectation stands; `advertise` is the address to tell the other side.
    Expecting {
        /// Which.
        id: DataId,
        /// Passive: where clients connect. Active: where the daemon connects.
        advertise: SocketAddr,
    },
    /// An expectation could not be made.
    ExpectFailed {
        /// Which.
        id: DataId,
        /// Why, for the reply text.
        reason: String,
    },
    /// The data connection of an expectation ended.
    DataFinished {
        /// Which.
        id: DataId,
        /// How.
        result: DataResult,
    },
    /// The time set by [`crate::Effect::SetTimer`] is up.
    Timer,
}

/// How a data connection ended, as the agent saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataResult {
    /// Everything was passed on, and the end of it (upload: close_notify or FIN as policy allows; download: close_notify written).
    Complete,
    /// The TLS handshake failed or timed out.
    TlsFailed,
    /// `SECURE_SESSION_REUSE REQUIRED` and the client did not resume the session of its control connection.
    NotResumed,
    /// The sender ended without close_notify.
    Truncated,
    /// The client's side of the connection broke, or the transfer was aborted.
    Aborted,
    /// The daemon's side of the connection broke or ended early. The daemon knows, and its final reply says why (552
    /// where the disk is full).
    DaemonBroke,
    /// Nobody connected within the bound, or the active connection could not be made.
    NotConnected,
}
