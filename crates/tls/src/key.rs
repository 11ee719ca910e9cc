//! When two action sets have the same environment.

use std::time::Duration;

use ttls_policy::{
    ActionSet, ClientAuthType, ClientSni, HandshakeRole, HostReference, KeyringRef, Protocols, SecureLogin,
    ServerSni, SessionReuse, TlsParms,
};

/// Everything of an action set that goes into its [`crate::Environment`]: the key of the agent's cache.
///
/// Two action sets with equal keys may share an environment, and with it session tickets. The name of the
/// environment action is part of it, so that sessions of one are never resumed in another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnvironmentKey {
    environment: String,
    instances: [u32; 2],
    role: HandshakeRole,
    client_auth: ClientAuthType,
    keyring: KeyringRef,
    protocols: Protocols,
    cipher_suites: Vec<u16>,
    certificate_labels: Vec<String>,
    server_sni: ServerSni,
    client_sni: ClientSni,
    host_reference: HostReference,
    tls: TlsParms,
    handshake_timeout: Option<Duration>,
    ftp: Option<FtpKey>,
}

impl EnvironmentKey {
    /// The key of an action set.
    pub fn of(actions: &ActionSet) -> Self {
        Self {
            environment: actions.environment.clone(),
            instances: actions.instances,
            role: actions.role.value,
            client_auth: actions.client_auth.value,
            keyring: actions.keyring.value.clone(),
            protocols: actions.protocols.value,
            cipher_suites: actions.cipher_suites.value.clone(),
            certificate_labels: actions.certificate_labels.value.clone(),
            server_sni: actions.server_sni.value.clone(),
            client_sni: actions.client_sni.value.clone(),
            host_reference: actions.host_reference.value.clone(),
            tls: actions.tls.clone(),
            handshake_timeout: actions.handshake_timeout.value,
            ftp: actions.ftp.as_ref().map(|ftp| FtpKey {
                secure_login: ftp.value.secure_login,
                session_reuse: ftp.value.session_reuse,
                secure_hostname: ftp.value.secure_hostname,
            }),
        }
    }
}

/// Of `TTLSFtpParms`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FtpKey {
    secure_login: SecureLogin,
    session_reuse: SessionReuse,
    secure_hostname: bool,
}
