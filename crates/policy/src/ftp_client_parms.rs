//! The FTP.DATA statements of clients, obeyed where `HandshakeRole` is `Client`.

/// Effective statements of FTP clients. Defaults are those of a client that firewalls and NAT do not disturb.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FtpClientParms {
    /// `SECURE_MECHANISM`. Default `TLS`.
    pub mechanism: SecureMechanism,
    /// `SENDHOST`: the name for HOST (RFC 7151) ahead of AUTH; `None` sends none. Extension.
    pub host: Option<String>,
    /// `CCCAFTERLOGIN TRUE`: CCC as soon as the program is logged in. Default `FALSE`. Extension.
    pub ccc_after_login: bool,
    /// `EPSV4 TRUE`: EPSV instead of PASV on IPv4 too. Default `FALSE`.
    pub epsv4: bool,
    /// `PASSIVEIGNOREADDR TRUE` (default): the address in 227 does not count.
    pub passive_ignore_addr: bool,
    /// `FWFRIENDLY TRUE`: PORT and EPRT of the program become PASV or EPSV. Default `FALSE`.
    pub fw_friendly: bool,
}

/// `SECURE_MECHANISM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecureMechanism {
    /// AUTH TLS.
    Tls,
    /// AUTH TLS, then AUTH SSL where the server refuses that (old servers).
    Ssl,
}

impl Default for FtpClientParms {
    fn default() -> Self {
        Self {
            mechanism: SecureMechanism::Tls,
            host: None,
            ccc_after_login: false,
            epsv4: false,
            passive_ignore_addr: true,
            fw_friendly: false,
        }
    }
}
