//! How messages write addresses, names and numbers.

use std::fmt;
use std::net::SocketAddr;

use ttls_policy::ActionSet;

use crate::connection::{ConnId, Connection};

/// `ip..port`.
#[derive(Clone, Copy)]
pub(super) struct Socket(pub(super) SocketAddr);

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.0.ip(), self.0.port())
    }
}

/// `**N/A**` where there is none.
#[derive(Clone, Copy)]
pub(super) struct OrNone<'a>(pub(super) Option<&'a str>);

impl fmt::Display for OrNone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.unwrap_or("**N/A**"))
    }
}

/// Names of group, environment and connection action.
pub(super) struct Actions<'a>(pub(super) &'a ActionSet);

impl fmt::Display for Actions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connection = OrNone(self.0.connection.as_deref());
        write!(f, "{} {} {connection}", self.0.group, self.0.environment)
    }
}

/// Numbers of group and environment: made from their names, so that they are the same after a restart.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    group: u32,
    environment: u32,
    connection: ConnId,
}

impl Ids {
    pub(super) fn of(connection: &Connection, actions: &ActionSet) -> Self {
        Self {
            group: number(&actions.group),
            environment: number(&actions.environment),
            connection: connection.id,
        }
    }

    /// Of what concerns no connection.
    pub(super) fn without_connection(actions: &ActionSet) -> Self {
        Self {
            group: number(&actions.group),
            environment: number(&actions.environment),
            connection: ConnId(0),
        }
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "GRPID: {:08X} ENVID: {:08X} CONNID: {}",
            self.group, self.environment, self.connection
        )
    }
}

/// FNV-1a; 0 means none.
fn number(name: &str) -> u32 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash.max(1)
}
