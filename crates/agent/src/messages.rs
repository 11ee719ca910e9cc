//! The AT-TLS messages EZD1281I to EZD1287I, which the `Trace` bits of the policy ask for.
//!
//! They are log events of the target `attls`, or `attls::auth` where `SyslogFacility` says Auth. What they say is names,
//! numbers and addresses: no payload, no keys.

pub(crate) mod environment;
mod say;
mod words;

use ttls_policy::{ActionSet, ClearGroup, Direction, HandshakeRole};
use ttls_tls::{HandshakeError, Negotiated};

use crate::connection::{Connection, Facts, Map, Mapped};
use crate::outcome::Ended;
use words::{Actions, Ids, OrNone, Socket};

/// `Trace` 1: errors in the job log (EZD1287I).
const ERROR_JOBLOG: u8 = 1;
/// `Trace` 2, the default: errors in syslog (EZD1286I).
const ERROR_SYSLOG: u8 = 2;
/// `Trace` 4: connections that are mapped (EZD1281I).
const INFO: u8 = 4;
/// `Trace` 8: events (EZD1282I, EZD1283I).
const EVENT: u8 = 8;
/// `Trace` 16: flow (EZD1284I, with EZD1282I and EZD1283I).
const FLOW: u8 = 16;
/// `Trace` 32: data (EZD1285I, and payload traces).
const DATA: u8 = 32;

/// A connection was mapped to a rule that secures it.
pub(crate) fn mapped(connection: &Connection) {
    let facts = connection.facts().clone();
    let Mapped::Tls(actions) = &facts.mapped else {
        return;
    };
    if actions.trace.value & INFO != 0 {
        let status = if actions.application_controlled.value {
            "Appl Control"
        } else {
            "Enabled"
        };
        let names = format!("{} ACTIONS: {}", actions.rule, Actions(actions));
        say::info(
            actions.facility.value,
            map_line(connection, &facts, status, &names),
        );
    }
    if actions.trace.value & (EVENT | FLOW) != 0 {
        let kind = match connection.map() {
            Map::Primary => "Primary".to_owned(),
            Map::Secondary(primary) => format!("Secondary {primary}"),
        };
        event(
            connection,
            actions,
            0,
            &format!("Connection Init MapType: {kind}"),
        );
        event(connection, actions, 0, "Environment Link");
    }
}

/// A connection was mapped to a rule that leaves it in clear.
pub(crate) fn not_enabled(connection: &Connection, rule: &str, group: &ClearGroup) {
    if group.trace & INFO != 0 {
        let none = OrNone(None);
        let names = format!("{rule} ACTIONS: {} {none} {none}", group.name);
        let facts = connection.facts().clone();
        say::info(
            group.facility,
            map_line(connection, &facts, "Not Enabled", &names),
        );
    }
}

fn map_line(connection: &Connection, facts: &Facts, status: &str, names: &str) -> String {
    let direction = match connection.origin.direction {
        Direction::Inbound => "InBound",
        Direction::Outbound => "OutBound",
    };
    format!(
        "EZD1281I TTLS Map   CONNID: {} LOCAL: {} REMOTE: {} JOBNAME: {} USERID: {} TYPE: {direction} STATUS: {status} \
         RULE: {names}",
        connection.id,
        Socket(facts.local),
        Socket(facts.peer),
        OrNone(facts.job.as_deref()),
        OrNone(facts.owner.as_deref()),
    )
}

/// A handshake begins.
pub(crate) fn handshake(connection: &Connection) {
    let facts = connection.facts().clone();
    let Some(actions) = asks(&facts, EVENT | FLOW) else {
        return;
    };
    let role = match actions.role.value {
        HandshakeRole::Client => "HS-Client",
        HandshakeRole::Server => "HS-Server",
        HandshakeRole::ServerWithClientAuth => "HS-ServerWithClientAuth",
    };
    start(connection, actions, "Initial Handshake", role);
}

/// A handshake succeeded.
pub(crate) fn secured(connection: &Connection, negotiated: &Negotiated) {
    let facts = connection.facts().clone();
    let Some(actions) = asks(&facts, EVENT | FLOW) else {
        return;
    };
    if actions.trace.value & FLOW != 0 {
        let resumed = if negotiated.resumed {
            "CACHED"
        } else {
            "NON_CACHED"
        };
        let number = format!("{:04X}", negotiated.suite_number);
        flow(
            connection,
            actions,
            0,
            "Call",
            "GSK_SECURE_SOCKET_INIT",
            "success",
        );
        for (name, value) in [
            ("GSK_CONNECT_SEC_TYPE", negotiated.protocol),
            ("GSK_CONNECT_CIPHER_SPEC", &number),
            ("GSK_SID_FIRST", resumed),
        ] {
            flow(connection, actions, 0, "Get", name, value);
        }
    }
    let agreed = format!(
        "Initial Handshake {} {:04X} {}",
        negotiated.protocol, negotiated.suite_number, negotiated.suite
    );
    event(connection, actions, 0, &agreed);
}

/// A handshake failed; the end of the connection follows and says more.
pub(crate) fn handshake_failed(connection: &Connection, error: &HandshakeError) {
    let facts = connection.facts().clone();
    if let Some(actions) = asks(&facts, FLOW) {
        let code = error.return_code();
        flow(
            connection,
            actions,
            code,
            "Call",
            "GSK_SECURE_SOCKET_INIT",
            "failed",
        );
    }
}

/// TLS is being stopped while the connection goes on.
pub(crate) fn stopping(connection: &Connection) {
    let facts = connection.facts().clone();
    if let Some(actions) = asks(&facts, EVENT | FLOW) {
        start(connection, actions, "Connection Stop", "");
    }
}

/// TLS was stopped and the connection goes on in clear.
pub(crate) fn stopped(connection: &Connection) {
    let facts = connection.facts().clone();
    if let Some(actions) = asks(&facts, EVENT | FLOW) {
        event(connection, actions, 0, "Connection Stop");
    }
}

/// The application has had the session forgotten, or new keys made.
pub(crate) fn renewed(connection: &Connection, session: bool, cipher: bool) {
    let facts = connection.facts().clone();
    if let Some(actions) = asks(&facts, EVENT | FLOW) {
        for (done, what) in [(session, "Session Reset"), (cipher, "Cipher Reset")] {
            if done {
                event(connection, actions, 0, what);
            }
        }
    }
}

/// Whether pieces of payload are told of, and whether they may be shown.
pub(crate) fn asks_data(actions: &ActionSet) -> (bool, bool) {
    let asked = actions.trace.value & DATA != 0;
    (asked, asked && actions.trace_clear_text.value)
}

/// A piece of payload passed; `what`: Receive or Send, as the application would call it.
pub(crate) fn data(connection: &Connection, what: &str, bytes: usize) {
    let facts = connection.facts().clone();
    if let Some(actions) = asks(&facts, DATA) {
        let ids = Ids::of(connection, actions);
        say::debug(
            actions.facility.value,
            format_args!("EZD1285I TTLS Data  {ids} RC: 0 {what} {bytes} bytes"),
        );
    }
}

/// A connection ended.
pub(crate) fn ended(connection: &Connection, ended: &Ended) {
    let facts = connection.facts().clone();
    let code = ended.return_code();
    let what = match ended {
        Ended::HandshakeFailed { .. } => "Initial Handshake",
        Ended::Truncated => "Data Decryption",
        _ if code == 0 => "Connection Close",
        _ => "Connection Abend",
    };
    let secured = facts.negotiated.is_some() || matches!(ended, Ended::HandshakeFailed { .. });
    if code != 0 && secured {
        error(connection, &facts, code, what);
    }
    if let Some(actions) = asks(&facts, EVENT | FLOW) {
        event(connection, actions, code, what);
    }
}

fn error(connection: &Connection, facts: &Facts, code: u32, event: &str) {
    let (local, remote) = (Socket(facts.local), Socket(facts.peer));
    let (job, user) = (OrNone(facts.job.as_deref()), OrNone(facts.owner.as_deref()));
    let Some(actions) = asks(facts, ERROR_SYSLOG | ERROR_JOBLOG) else {
        return;
    };
    let (ids, rule) = (Ids::of(connection, actions), &actions.rule);
    if actions.trace.value & ERROR_SYSLOG != 0 {
        say::error(
            actions.facility.value,
            format_args!(
                "EZD1286I TTLS Error {ids} LOCAL: {local} REMOTE: {remote} JOBNAME: {job} USERID: {user} RULE: {rule} \
                 RC: {code} {event}"
            ),
        );
    }
    if actions.trace.value & ERROR_JOBLOG != 0 {
        say::error(
            actions.facility.value,
            format_args!(
                "EZD1287I TTLS Error RC: {code} {event} LOCAL: {local} REMOTE: {remote} JOBNAME: {job} RULE: {rule} \
                 USERID: {user} {ids}"
            ),
        );
    }
}

fn start(connection: &Connection, actions: &ActionSet, what: &str, data: &str) {
    let line = format!(
        "EZD1282I TTLS Start {} {what} ACTIONS: {} {data}",
        Ids::of(connection, actions),
        Actions(actions),
    );
    say::debug(actions.facility.value, line.trim_end());
}

fn event(connection: &Connection, actions: &ActionSet, code: u32, what: &str) {
    let ids = Ids::of(connection, actions);
    say::debug(
        actions.facility.value,
        format_args!("EZD1283I TTLS Event {ids} RC: {code} {what}"),
    );
}

fn flow(connection: &Connection, actions: &ActionSet, code: u32, verb: &str, name: &str, data: &str) {
    let ids = Ids::of(connection, actions);
    say::debug(
        actions.facility.value,
        format_args!("EZD1284I TTLS Flow  {ids} RC: {code} {verb} {name} - {data}"),
    );
}

/// The action set, where its `Trace` has one of the bits.
fn asks(facts: &Facts, bits: u8) -> Option<&ActionSet> {
    match &facts.mapped {
        Mapped::Tls(actions) if actions.trace.value & bits != 0 => Some(actions),
        Mapped::Tls(_) | Mapped::NotEnabled(_) | Mapped::No => None,
    }
}
