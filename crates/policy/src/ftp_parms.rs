//! `TTLSFtpParms`: the FTP.DATA statements that the built-in FTP controller obeys (extension of ttls).

use crate::ftp_client_parms::FtpClientParms;

/// Effective `TTLSFtpParms`. Names and values are those of z/OS FTP.DATA; defaults are the safe ones of ttls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FtpParms {
    /// `SECURE_FTP`: may or must clients use AUTH. Default `REQUIRED`.
    pub secure_ftp: SecureFtp,
    /// `SECURE_LOGIN`. Default `NO_CLIENT_AUTH`.
    pub secure_login: SecureLogin,
    /// `SECURE_CTRLCONN`: `CLEAR` allows CCC. Default `PRIVATE`.
    pub secure_ctrlconn: SecureCtrlconn,
    /// `SECURE_DATACONN`. Default `PRIVATE`.
    pub secure_dataconn: SecureDataconn,
    /// `SECURE_SESSION_REUSE`. Default `ALLOWED`.
    pub session_reuse: SessionReuse,
    /// The statements of FTP clients.
    pub client: FtpClientParms,
    /// `SECURE_HOSTNAME REQUIRED`: a client checks the server's certificate for the server's name. Default
    /// `OPTIONAL` (false): as far as `HostReferenceIdDNS` and its like ask for it.
    pub secure_hostname: bool,
    /// `TLSPORT`: the port on which TLS is implicit; `None` is off (coded 0). Default 990.
    pub tls_port: Option<u16>,
    /// `SECUREIMPLICITZOS`. Default `AUTO`.
    pub implicit_zos: ImplicitModel,
    /// `TLSRFCLEVEL`. Default `RFC4217`.
    pub rfc_level: RfcLevel,
    /// `PASSIVEDATAPORTS (low,high)`.
    pub passive_data_ports: Option<(u16, u16)>,
    /// `PASSIVEDATACONN NOREDIRECT` (default): only the control peer's address may make a passive data connection.
    pub passive_noredirect: bool,
    /// `PORTCOMMAND REJECT`: PORT and EPRT are refused. Default `ACCEPT` (false).
    pub port_reject: bool,
    /// `PORTCOMMANDPORT NOLOWPORTS`: ports below 1024 are refused. Default `NOLOWPORTS` (true).
    pub port_nolowports: bool,
    /// `PORTCOMMANDIPADDR NOREDIRECT` (default): only the control peer's address is accepted.
    pub port_noredirect: bool,
}

/// `SECURE_FTP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecureFtp {
    /// Clients may log in without AUTH.
    Allowed,
    /// Nothing that matters before AUTH.
    Required,
}

/// `SECURE_LOGIN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecureLogin {
    /// No client certificate is asked for.
    NoClientAuth,
    /// A valid client certificate is required (needs `HandshakeRole ServerWithClientAuth`).
    Required,
}

/// `SECURE_CTRLCONN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecureCtrlconn {
    /// CCC is allowed after login.
    Clear,
    /// CCC is refused.
    Safe,
    /// CCC is refused.
    Private,
}

/// `SECURE_DATACONN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecureDataconn {
    /// The client decides with PROT.
    Clear,
    /// PROT P is refused.
    Never,
    /// Data must be protected.
    Safe,
    /// Data must be protected.
    Private,
}

/// `SECURE_SESSION_REUSE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionReuse {
    /// Every data connection makes a full handshake.
    None,
    /// Data connections may resume the session of their control connection.
    Allowed,
    /// Data connections must resume the session of their control connection.
    Required,
}

/// `SECUREIMPLICITZOS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImplicitModel {
    /// z/OS model: 220 in clear, then the handshake.
    True,
    /// Netscape model: handshake, then 220.
    False,
    /// Wait a moment for a ClientHello; where none comes, the z/OS model.
    Auto,
}

/// `TLSRFCLEVEL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RfcLevel {
    /// Internet-draft level: no CCC.
    Draft,
    /// RFC 4217.
    Rfc4217,
}
