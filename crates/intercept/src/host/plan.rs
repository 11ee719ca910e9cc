//! What a host interceptor is to catch: plain data, made of a policy by the agent.

use std::net::IpAddr;

/// What is to be caught.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Connections by address and port.
    pub rules: Vec<PlanRule>,
    /// Ports (bounds included) on which local programs await announced connections and nothing else.
    pub passive: Vec<(u16, u16)>,
    /// Local ports from which local programs make announced connections and nothing else.
    pub active: Vec<u16>,
}

/// Connections that may need the agent. Empty conditions hold always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRule {
    /// Name of the policy's rule.
    pub name: String,
    /// Those that peers open.
    pub inbound: bool,
    /// Those that local programs open.
    pub outbound: bool,
    /// Addresses of this host, bounds included.
    pub local_addrs: Vec<(IpAddr, IpAddr)>,
    /// Addresses of peers, bounds included.
    pub remote_addrs: Vec<(IpAddr, IpAddr)>,
    /// Ports of this host, bounds included.
    pub local_ports: Vec<(u16, u16)>,
    /// Ports of peers, bounds included.
    pub remote_ports: Vec<(u16, u16)>,
}

impl Plan {
    /// Does a condition on ports catch what peers send to this port?
    pub(super) fn covers(&self, port: u16) -> bool {
        let inbound = self.rules.iter().filter(|rule| rule.inbound);
        inbound
            .flat_map(|rule| &rule.local_ports)
            .chain(&self.passive)
            .any(|(low, high)| (*low..=*high).contains(&port))
    }
}
