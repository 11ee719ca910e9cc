//! The status page of a connection: a snapshot of its record.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use ttls_policy::{ActionSet, Direction, HandshakeRole};

use crate::connection::{Connection, Facts, Map, Mapped, Security};

/// One connection as operators see it. A field that does not apply (yet) is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Eight hexadecimal digits.
    pub conn: String,
    /// `primary`, `secondary`.
    pub map: String,
    /// Of a secondary connection: the one that it is mapped onto.
    pub primary: Option<String>,
    /// `gateway`, `run`, `host`.
    pub interceptor: String,
    /// `inbound`, `outbound`.
    pub direction: String,
    /// The network side's far end.
    pub peer: SocketAddr,
    /// The application's end as the peer sees it.
    pub local: SocketAddr,
    /// The application's end of the inner leg.
    pub application: Option<SocketAddr>,
    /// What the application's `getpeername` says.
    pub application_peer: Option<SocketAddr>,
    /// `No_Policy`, `Not_Enabled`, `Enabled`, `Appl_Cntrl`.
    pub policy: String,
    /// `Not_Secure`, `In_Progress`, `Secure`.
    pub security: String,
    /// The generation of the policy that was asked about it.
    pub generation: Option<u64>,
    /// Name of the `TTLSRule`.
    pub rule: Option<String>,
    /// Name of the `TTLSGroupAction`.
    pub group: Option<String>,
    /// Name of the `TTLSEnvironmentAction`.
    pub environment: Option<String>,
    /// Name of the `TTLSConnectionAction`.
    pub connection: Option<String>,
    /// `HandshakeRole`.
    pub role: Option<String>,
    /// `TLSv1.2`, `TLSv1.3`.
    pub protocol: Option<String>,
    /// IANA name of the cipher suite.
    pub suite: Option<String>,
    /// Its number, four hexadecimal digits.
    pub suite_number: Option<String>,
    /// Key exchange group.
    pub key_share: Option<String>,
    /// Whether an earlier session was resumed.
    pub resumed: Option<bool>,
    /// Subject of the client's certificate.
    pub certificate: Option<String>,
    /// Whom the application knows the peer as.
    pub user: Option<String>,
    /// User of the application's process, where the policy asks for it.
    pub owner: Option<String>,
    /// Job name of the application's process, where the policy asks for it.
    pub job: Option<String>,
    /// Bytes of payload from the peer to the application.
    pub received: u64,
    /// Bytes of payload from the application to the peer.
    pub sent: u64,
    /// Age.
    pub seconds: f64,
}

impl Row {
    pub(crate) fn of(connection: &Connection) -> Self {
        let facts = connection.facts().clone();
        let actions = match &facts.mapped {
            Mapped::Tls(actions) => Some(actions.as_ref()),
            Mapped::NotEnabled(_) | Mapped::No => None,
        };
        let negotiated = facts.negotiated.as_ref();
        let primary = match connection.map() {
            Map::Primary => None,
            Map::Secondary(primary) => Some(primary.to_string()),
        };
        Self {
            conn: connection.id.to_string(),
            map: connection.map().word().to_owned(),
            primary,
            interceptor: connection.origin.interceptor.to_owned(),
            direction: direction(connection.origin.direction).to_owned(),
            peer: facts.peer,
            local: facts.local,
            application: facts.inner.map(|inner| inner.application),
            application_peer: facts.inner.map(|inner| inner.other),
            policy: policy_state(&facts).to_owned(),
            security: security(facts.security).to_owned(),
            generation: facts.generation,
            rule: rule(&facts).map(str::to_owned),
            group: actions.map(|actions| actions.group.clone()),
            environment: actions.map(|actions| actions.environment.clone()),
            connection: actions.and_then(|actions| actions.connection.clone()),
            role: actions.map(|actions| role(actions).to_owned()),
            protocol: negotiated.map(|negotiated| negotiated.protocol.to_owned()),
            suite: negotiated.map(|negotiated| negotiated.suite.clone()),
            suite_number: negotiated.map(|negotiated| format!("{:04X}", negotiated.suite_number)),
            key_share: negotiated.and_then(|negotiated| negotiated.group.clone()),
            resumed: negotiated.map(|negotiated| negotiated.resumed),
            certificate: negotiated.and_then(|negotiated| negotiated.client_subject.clone()),
            user: facts.user,
            owner: facts.owner,
            job: facts.job,
            received: connection.moved.received.total(),
            sent: connection.moved.sent.total(),
            seconds: connection.age().as_secs_f64(),
        }
    }
}

/// The rule that decided, where one did.
pub(crate) fn rule(facts: &Facts) -> Option<&str> {
    match &facts.mapped {
        Mapped::Tls(actions) => Some(&actions.rule),
        Mapped::NotEnabled(rule) => Some(rule),
        Mapped::No => None,
    }
}

/// The word for who opened the connection.
pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    }
}

fn policy_state(facts: &Facts) -> &'static str {
    match &facts.mapped {
        Mapped::No => "No_Policy",
        Mapped::NotEnabled(_) => "Not_Enabled",
        Mapped::Tls(actions) if actions.application_controlled.value => "Appl_Cntrl",
        Mapped::Tls(_) => "Enabled",
    }
}

fn security(security: Security) -> &'static str {
    match security {
        Security::Clear => "Not_Secure",
        Security::Handshake(_) => "In_Progress",
        Security::Tls => "Secure",
    }
}

fn role(actions: &ActionSet) -> &'static str {
    match actions.role.value {
        HandshakeRole::Client => "Client",
        HandshakeRole::Server => "Server",
        HandshakeRole::ServerWithClientAuth => "ServerWithClientAuth",
    }
}
