//! What an error number stands for.

/// The reason beside an error number, as `errnojr` is on z/OS.
///
/// The names are IBM's where IBM has one; the numbers are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u16)]
pub enum Reason {
    /// `JrOK`.
    #[default]
    Ok = 0,
    /// `JrConnDeniedPolicy`, `EACCES`: the policy has `ApplicationControlled Off`, or its own FTP controller.
    ConnDeniedPolicy = 1,
    /// `JrAlreadyActive`, `EALREADY`: INIT: already secure or on its way there; STOP: not secure or on its way.
    AlreadyActive = 2,
    /// `JrTTLSHandshakeFailed`, `ECONNRESET`: the handshake failed, and with it the connection.
    HandshakeFailed = 3,
    /// `JrInvalidVersion`, `EINVAL`: the message has a version that is not known.
    InvalidVersion = 4,
    /// `JrSocketCallParmError`, `EINVAL`: the message is malformed, or its parameters contradict each other.
    SocketCallParmError = 5,
    /// `JrBuffTooSmall`, `ENOBUFS`: the certificate is longer than the caller takes.
    BuffTooSmall = 6,
    /// `JrTTLSStopReadDataPending`, `EPROTO`: the program has not read everything that came before.
    StopReadDataPending = 7,
    /// `JrTTLSStopWriteDataPending`, `EPROTO`: the peer does not take what the program wrote before.
    StopWriteDataPending = 8,
    /// `EPROTO`: clear text came before INIT that the program has not read and that does not start a handshake.
    InitReadDataPending = 9,
    /// `EPROTO`: the peer does not take what the program wrote before INIT.
    InitWriteDataPending = 10,
    /// `EPROTO`: no INIT was ever issued.
    NeverStarted = 11,
    /// `EPROTO`: `TTLS_ALLOW_HSTIMEOUT` in the client role or with `HandshakeTimeout 0`.
    NoHandshakeTimeout = 12,
    /// `EPERM`: operations that exclude each other.
    Combination = 13,
    /// `EPROTOTYPE`, `ENOTSOCK`: what was passed is no TCP socket.
    NotTcp = 14,
    /// `ENOTCONN`: the socket is not connected (any more).
    NotConnected = 15,
    /// `EPIPE`: the connection has ended in one direction at least.
    NotEstablished = 16,
    /// `EOPNOTSUPP`: the agent does not carry the connection, no rule covers it, or its rule has `TTLSEnabled Off`.
    NotEnabled = 17,
    /// `EOPNOTSUPP`: the TLS engine cannot do it, with this protocol version at least.
    EngineCannot = 18,
    /// `EBADF`: not exactly one descriptor was passed.
    NoSocket = 19,
    /// `EAGAIN`: too many requests or clients at the same time.
    Busy = 20,
    /// `EWOULDBLOCK`: a handshake or a stop is on its way, and the caller does not wait.
    InProgress = 21,
    /// `ECONNRESET`: TLS could not be stopped in order, and with it the connection ended.
    StopFailed = 22,
    /// `EPROTO`: both sides, or neither, wait to be asked: the operation needs the server role.
    WrongRole = 23,
}

impl Reason {
    const ALL: [Self; 24] = [
        Self::Ok,
        Self::ConnDeniedPolicy,
        Self::AlreadyActive,
        Self::HandshakeFailed,
        Self::InvalidVersion,
        Self::SocketCallParmError,
        Self::BuffTooSmall,
        Self::StopReadDataPending,
        Self::StopWriteDataPending,
        Self::InitReadDataPending,
        Self::InitWriteDataPending,
        Self::NeverStarted,
        Self::NoHandshakeTimeout,
        Self::Combination,
        Self::NotTcp,
        Self::NotConnected,
        Self::NotEstablished,
        Self::NotEnabled,
        Self::EngineCannot,
        Self::NoSocket,
        Self::Busy,
        Self::InProgress,
        Self::StopFailed,
        Self::WrongRole,
    ];

    /// From the number of a message.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The number of a message.
    pub fn number(self) -> u16 {
        self as u16
    }
}
