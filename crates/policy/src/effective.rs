//! The effective policy: references resolved, defaults applied, immutable. What the agent works with.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::ftp_parms::FtpParms;
use crate::sourced::Sourced;
use crate::tls_parms::TlsParms;

/// `HandshakeRole`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HandshakeRole {
    /// TLS client.
    Client,
    /// TLS server that does not ask for a client certificate.
    Server,
    /// TLS server that asks for a client certificate as `ClientAuthType` says.
    ServerWithClientAuth,
}

/// `ClientAuthType` (effective with `HandshakeRole ServerWithClientAuth` only).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientAuthType {
    /// A certificate is asked for and never validated.
    PassThru,
    /// A certificate is asked for and validated where one is sent.
    Full,
    /// A certificate is required and validated.
    Required,
}

/// `Keyring` with what opens it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyringRef {
    /// Ring name, `user/ring`, a path or `*AUTH*/*`.
    pub name: String,
    /// How a file ring is opened; absent for folder rings and virtual rings.
    pub access: Option<KeyringAccess>,
}

/// `KeyringPw` or `KeyringStashFile`; presence marks `Keyring` as a file. Its `Debug` shows no password.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum KeyringAccess {
    /// `KeyringPw`, in clear in the policy.
    Password(String),
    /// `KeyringStashFile`: a file whose first line is the password.
    StashFile(PathBuf),
}

/// `TLSv1.2` and `TLSv1.3` as they hold for this engine (older versions do not exist in it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Protocols {
    /// `TLSv1.2`.
    pub tls12: bool,
    /// `TLSv1.3`.
    pub tls13: bool,
}

/// `Off | Optional | Required` of the hello extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extension {
    /// Ignored.
    Off,
    /// Honoured where present.
    Optional,
    /// The handshake fails without it.
    Required,
}

/// `ServerHandshakeSNI`, `ServerHandshakeSNIMatch`, `ServerHandshakeSNIList`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerSni {
    /// `ServerHandshakeSNI`.
    pub mode: Extension,
    /// `ServerHandshakeSNIMatch Required`: a name that is not listed fails the handshake.
    pub match_required: bool,
    /// Host name (lower case) and certificate label, in file order.
    pub list: Vec<(String, String)>,
}

/// `ClientHandshakeSNI`, `ClientHandshakeSNIList`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientSni {
    /// `ClientHandshakeSNI`: whether a client names the server.
    pub on: bool,
    /// `ClientHandshakeSNIList` (lower case), in file order. TLS has room for one name: the first is sent.
    pub names: Vec<String>,
}

/// `HostReferenceIdDNS`, `HostReferenceIdCN`, `HostRefWildcardValidation`: the names that a client finds in the
/// server's certificate. With neither name only the chain is validated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct HostReference {
    /// `HostReferenceIdDNS` (lower case).
    pub dns: Option<String>,
    /// `HostReferenceIdCN`.
    pub cn: Option<String>,
    /// `HostRefWildcardValidation`: `*.` in certificates matches.
    pub wildcards: bool,
}

/// The effective, merged parameters that a rule gives a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionSet {
    /// Name of the `TTLSRule`.
    pub rule: String,
    /// Name of the `TTLSGroupAction`.
    pub group: String,
    /// Name of the `TTLSEnvironmentAction`.
    pub environment: String,
    /// Name of the `TTLSConnectionAction`, if the rule names one.
    pub connection: Option<String>,
    /// `HandshakeRole`.
    pub role: Sourced<HandshakeRole>,
    /// `ClientAuthType`.
    pub client_auth: Sourced<ClientAuthType>,
    /// `TTLSKeyringParms`.
    pub keyring: Sourced<KeyringRef>,
    /// Protocol switches.
    pub protocols: Sourced<Protocols>,
    /// IANA suite numbers in preference order; only those this engine has and the protocols allow. Never empty.
    pub cipher_suites: Sourced<Vec<u16>>,
    /// `ServerCertificateLabel` values (server roles), else `CertificateLabel`; empty means the default certificate of
    /// the ring.
    pub certificate_labels: Sourced<Vec<String>>,
    /// Server name indication as a server.
    pub server_sni: Sourced<ServerSni>,
    /// Server name indication as a client.
    pub client_sni: Sourced<ClientSni>,
    /// Names that a client demands of the server's certificate.
    pub host_reference: Sourced<HostReference>,
    /// What else restricts the handshake.
    pub tls: TlsParms,
    /// `ApplicationControlled`.
    pub application_controlled: Sourced<bool>,
    /// `SecondaryMap`.
    pub secondary_map: Sourced<bool>,
    /// `HandshakeTimeout`: time from readiness to the partner's first record; `None` is no limit (coded 0).
    pub handshake_timeout: Sourced<Option<Duration>>,
    /// `Trace` bits.
    pub trace: Sourced<u8>,
    /// `CtraceClearText`: a data trace may show what was encrypted.
    pub trace_clear_text: Sourced<bool>,
    /// `SyslogFacility`.
    pub facility: Sourced<Facility>,
    /// `TTLSFtpParms`: present means that the built-in FTP controller controls the connection (extension).
    pub ftp: Option<Sourced<FtpParms>>,
    /// `GroupUserInstance` and `EnvironmentUserInstance`: a change of either makes a new environment.
    pub instances: [u32; 2],
}

/// `SyslogFacility`: whose messages those of a group are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Facility {
    /// Of system daemons.
    Daemon,
    /// Of security and authorisation.
    Auth,
}

/// A `TTLSGroupAction` with `TTLSEnabled Off`: what is told of the connections that it leaves in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearGroup {
    /// Its name.
    pub name: String,
    /// `Trace` bits.
    pub trace: u8,
    /// `SyslogFacility`.
    pub facility: Facility,
}

/// `TTLSGateway`: a plain listen -> target pair (extension).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Its name.
    pub name: String,
    /// `Listen`: where the agent accepts.
    pub listen: SocketAddr,
    /// `Target`: where the application listens; for `Direction Outbound`, where the partner does.
    pub target: SocketAddr,
    /// `Direction`: `Inbound` stands before a local server, `Outbound` before a remote one that local clients use.
    pub direction: Direction,
    /// `PublicAddr`: the address to announce in FTP replies, where clients see another than the agent does.
    pub public_addr: Option<IpAddr>,
    /// `Unmatched Clear`: connections that no rule covers pass in clear instead of being refused.
    pub unmatched_clear: bool,
}

/// `TTLSIntercept`: catching connections of programs that already run (extension).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intercept {
    /// Its name.
    pub name: String,
    /// `Namespace` or `NamespacePid`: file of the network namespace; `None` is the agent's own.
    pub namespace: Option<PathBuf>,
    /// `Table`: name of the nftables table; a letter, then letters, digits and `_`.
    pub table: String,
    /// `Mark`: first of three packet marks, 1 to 253.
    pub mark: u8,
    /// `MarkByte`: byte of the packet mark, 0 is the lowest.
    pub mark_byte: u8,
    /// `RoutingTable`.
    pub routing_table: u32,
    /// `RulePreference`.
    pub rule_preference: u32,
    /// `ListenPort`: first of three ports on loopback.
    pub listen_port: u16,
    /// `Unmatched Clear`: caught inbound connections that no rule covers pass in clear instead of being refused.
    pub unmatched_clear: bool,
    /// `AtStop`, where it is coded. Keep: rules stay when the agent is stopped, and what they cover stays closed. See
    /// [`crate::Policy::keeps_at_stop`].
    pub keep_at_stop: Option<bool>,
}

/// `Direction` of a connection: who opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The peer connected to the application.
    Inbound,
    /// The application connected to the peer.
    Outbound,
}

/// What the matcher is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Connection<'a> {
    /// Who opened the connection.
    pub direction: Direction,
    /// The application's end, as the peer sees it.
    pub local: SocketAddr,
    /// The peer's end.
    pub remote: SocketAddr,
    /// User that owns the application's process, where known.
    pub user: Option<&'a str>,
    /// Job name of the application's process, where known.
    pub job: Option<&'a str>,
}

/// The answer of the policy for one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// `TTLSEnabled On`.
    Tls(Arc<ActionSet>),
    /// The connection stays in clear.
    Clear(ClearReason),
    /// The connection is not let through.
    Refuse(RefuseReason),
}

/// Why a connection stays in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClearReason {
    /// The rule's group says `TTLSEnabled Off`.
    NotEnabled {
        /// Name of the rule.
        rule: String,
        /// Its group.
        group: Arc<ClearGroup>,
    },
}

/// Why a connection is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefuseReason {
    /// No rule covers it.
    NoRule,
}

impl std::fmt::Debug for KeyringRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyringRef")
            .field("name", &self.name)
            .field("access", &self.access)
            .finish()
    }
}

impl std::fmt::Debug for KeyringAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Password(_) => f.write_str("Password(..)"),
            Self::StashFile(path) => f.debug_tuple("StashFile").field(path).finish(),
        }
    }
}
