//! Where an interceptor works, and the names and numbers that it takes on the host.

use std::path::PathBuf;

/// How an interceptor is set up. Names and numbers are the host's: they must not be another tool's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSettings {
    /// File of the network namespace (`/run/netns/NAME`, `/proc/PID/ns/net`); none is the agent's own.
    pub namespace: Option<PathBuf>,
    /// Name of the nftables table (family inet): letters, digits and `_`.
    pub table: String,
    /// The marks.
    pub marks: Marks,
    /// Number of the routing table.
    pub routing_table: u32,
    /// Preference of the routing rules.
    pub rule_preference: u32,
    /// First of three ports on loopback.
    pub listen_port: u16,
}

/// Packet marks: three values in one byte, so that the other bytes stay other tools'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// The first value, 1 to 253.
    pub first: u8,
    /// The byte, 0 is the lowest.
    pub byte: u8,
}

impl Marks {
    /// The bits that are the interceptor's.
    pub fn mask(self) -> u32 {
        0xff << self.shift()
    }

    /// Between the agent and local programs.
    pub fn inner(self) -> u32 {
        self.value(0)
    }

    /// The agent's own network side.
    pub fn outer(self) -> u32 {
        self.value(1)
    }

    /// Local programs' connections on their way to the agent.
    pub fn diverted(self) -> u32 {
        self.value(2)
    }

    fn value(self, place: u8) -> u32 {
        u32::from(self.first.saturating_add(place)) << self.shift()
    }

    fn shift(self) -> u32 {
        8 * u32::from(self.byte.min(3))
    }
}

impl HostSettings {
    /// The listener of inbound connections.
    pub fn inbound_port(&self) -> u16 {
        self.listen_port
    }

    /// The listener of announced connections of peers.
    pub fn data_port(&self) -> u16 {
        self.listen_port.saturating_add(1)
    }

    /// The listener of local programs' connections.
    pub fn outbound_port(&self) -> u16 {
        self.listen_port.saturating_add(2)
    }

    /// One of the listeners has this port on loopback.
    pub fn listens_on(&self, port: u16) -> bool {
        (self.inbound_port()..=self.outbound_port()).contains(&port)
    }
}
