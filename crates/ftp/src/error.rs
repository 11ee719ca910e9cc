//! What the codecs of this crate refuse.

/// A line, a reply or an address that cannot be taken as it is. The texts are fit for the end of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FtpError {
    /// A command line exceeds [`crate::codec::line::MAX_LINE`].
    #[error("Command line longer than 4096 bytes")]
    LineTooLong,
    /// A reply line exceeds [`crate::codec::reply::MAX_REPLY_LINE`].
    #[error("Reply line of the FTP server longer than 8192 bytes")]
    ReplyTooLong,
    /// A line where a reply must begin does not begin with a reply code.
    #[error("The FTP server sent a line that is no reply")]
    NotAReply,
    /// The daemon's replies to ABOR, or to the NOOP behind it, do not come.
    #[error("The FTP server does not answer")]
    Silent,
    /// The argument of PORT (RFC 959) is malformed.
    #[error("Expected PORT h1,h2,h3,h4,p1,p2")]
    BadHostPort,
    /// The argument of EPRT (RFC 2428) is malformed.
    #[error("Expected EPRT |1|address|port| or EPRT |2|address|port|")]
    BadExtendedPort,
    /// The argument of EPRT names an address family other than 1 and 2.
    #[error("Network protocol not supported, use (1,2)")]
    UnknownFamily,
    /// TLS records other than one closing alert follow CCC.
    #[error("TLS records after the end of TLS")]
    RecordsBehindCcc,
}
