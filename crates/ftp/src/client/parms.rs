//! What a controller on the client's behalf is told once, at its start.

use std::net::SocketAddr;
use std::time::Duration;

use crate::{ControllerConfig, ImplicitModel};

/// Configuration and facts of one control connection that a client opened.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The client's end of the inner connection.
    pub client: SocketAddr,
    /// The server's end as the client sees it.
    pub server: SocketAddr,
    /// The server's end of the outer connection.
    pub daemon: SocketAddr,
    /// TLS is implicit (the server's port is TLSPORT).
    pub implicit: Option<ImplicitModel>,
    /// `SECURE_FTP REQUIRED`: without TLS the client gets a 421.
    pub require_tls: bool,
    /// `SECURE_MECHANISM SSL`: AUTH SSL where the server refuses AUTH TLS.
    pub auth_ssl: bool,
    /// Name for HOST (RFC 7151) ahead of AUTH, where the server wants one.
    pub host: Option<String>,
    /// `SECURE_DATACONN`.
    pub data: DataProtection,
    /// CCC is allowed (`SECURE_CTRLCONN CLEAR` and `TLSRFCLEVEL RFC4217`).
    pub allow_ccc: bool,
    /// `CCCAFTERLOGIN TRUE`: CCC is sent as soon as the client is logged in.
    pub ccc_after_login: bool,
    /// `EPSV4 TRUE`: EPSV instead of PASV on IPv4 too.
    pub epsv4: bool,
    /// `PASSIVEIGNOREADDR TRUE`: the address in 227 does not count, the control connection's does.
    pub ignore_passive_address: bool,
    /// `FWFRIENDLY TRUE`: the client's PORT and EPRT become PASV or EPSV.
    pub firewall_friendly: bool,
    /// How long it may take until TLS is up and the client is greeted.
    pub secure_wait: Duration,
    /// See [`ControllerConfig::implicit_detection`]: how long AUTO waits for a greeting in clear.
    pub implicit_detection: Duration,
    /// See [`ControllerConfig::abort_wait`].
    pub abort_wait: Duration,
    /// See [`ControllerConfig::data_end_wait`].
    pub data_end_wait: Duration,
}

/// `SECURE_DATACONN` of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataProtection {
    /// Data connections are never protected.
    Never,
    /// In clear, unless the client itself asks for PROT P.
    Clear,
    /// Data connections are protected, or there are none.
    Private,
}

impl ClientConfig {
    /// What both kinds of controllers have.
    pub(crate) fn common(&self) -> ControllerConfig {
        ControllerConfig {
            client: self.client,
            server: self.server,
            daemon: self.daemon,
            implicit: self.implicit,
            require_auth: false,
            allow_ccc: self.allow_ccc,
            require_data_protection: self.data == DataProtection::Private,
            refuse_data_protection: self.data == DataProtection::Never,
            port_reject: false,
            port_nolowports: false,
            port_noredirect: true,
            implicit_detection: self.implicit_detection,
            abort_wait: self.abort_wait,
            data_end_wait: self.data_end_wait,
        }
    }
}
