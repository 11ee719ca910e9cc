//! What the channel says about a connection: a view of its record.

use ttls_policy::{ActionSet, ClientAuthType, HandshakeRole};
use ttls_signal::{SecType, StatConn, StatPolicy, Status};
use ttls_tls::Negotiated;

use crate::connection::{Connection, Map, Mapped, Stage};

/// The fields of an answer.
pub(super) fn of(connection: &Connection) -> Status {
    let mut status = Status {
        connection: shown(*connection.stage.borrow()),
        id: u64::from(connection.id.0),
        secondary: matches!(connection.map(), Map::Secondary(_)),
        ..Status::default()
    };
    let mapped = connection.facts().mapped.clone();
    match mapped {
        Mapped::No => status.policy = StatPolicy::NoPolicy,
        Mapped::NotEnabled(rule) => {
            status.policy = StatPolicy::NotEnabled;
            status.rule = rule;
        }
        Mapped::Tls(actions) => {
            // Where the agent's own FTP controller controls, the application may not.
            status.policy = if actions.application_controlled.value && actions.ftp.is_none() {
                StatPolicy::ApplicationControlled
            } else {
                StatPolicy::Enabled
            };
            status.rule.clone_from(&actions.rule);
            status.group.clone_from(&actions.group);
            status.environment.clone_from(&actions.environment);
            status.connection_action = actions.connection.clone().unwrap_or_default();
            if let Some(negotiated) = in_force(connection) {
                add_negotiated(&mut status, &negotiated);
                status.sec_type = role(&actions);
            }
        }
    }
    status
}

/// What the handshake agreed on, while TLS is up.
pub(super) fn in_force(connection: &Connection) -> Option<Negotiated> {
    let secure = *connection.stage.borrow() == Stage::Secure;
    connection.facts().negotiated.clone().filter(|_| secure)
}

fn add_negotiated(status: &mut Status, negotiated: &Negotiated) {
    status.protocol = negotiated.protocol_number();
    status.cipher = negotiated.suite_number;
    status.key_share = negotiated.group_number.unwrap_or_default();
    status.resumed = negotiated.resumed;
    status.certificate_length = negotiated
        .peer_certificate
        .as_ref()
        .and_then(|certificate| u32::try_from(certificate.len()).ok())
        .unwrap_or_default();
}

fn shown(stage: Stage) -> StatConn {
    match stage {
        Stage::Clear | Stage::Stopped | Stage::Failed => StatConn::NotSecure,
        Stage::Starting | Stage::Stopping => StatConn::InProgress,
        Stage::Secure => StatConn::Secure,
    }
}

fn role(actions: &ActionSet) -> SecType {
    match (actions.role.value, actions.client_auth.value) {
        (HandshakeRole::Client, _) => SecType::Client,
        (HandshakeRole::Server, _) => SecType::Server,
        (HandshakeRole::ServerWithClientAuth, ClientAuthType::PassThru) => SecType::ServerPassThru,
        (HandshakeRole::ServerWithClientAuth, ClientAuthType::Full) => SecType::ServerFull,
        (HandshakeRole::ServerWithClientAuth, ClientAuthType::Required) => SecType::ServerRequired,
    }
}
