//! A rule of the effective policy, and its conditions.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::sync::Arc;

use crate::effective::{ActionSet, ClearGroup, Direction};
use crate::time::TimeCondition;

/// A rule of the effective policy.
#[derive(Debug, Clone)]
pub struct Rule {
    pub(crate) name: String,
    pub(crate) priority: u32,
    pub(crate) direction: RuleDirection,
    pub(crate) local_addrs: Arc<[AddressRange]>,
    pub(crate) remote_addrs: Arc<[AddressRange]>,
    pub(crate) local_ports: Arc<[PortRange]>,
    pub(crate) remote_ports: Arc<[PortRange]>,
    pub(crate) job: Option<Pattern>,
    pub(crate) user: Option<Pattern>,
    pub(crate) times: Arc<[TimeCondition]>,
    pub(crate) actions: Actions,
}

/// What matched connections get.
#[derive(Debug, Clone)]
pub(crate) enum Actions {
    /// `TTLSEnabled On`.
    Enabled(Arc<ActionSet>),
    /// `TTLSEnabled Off`.
    NotEnabled(Arc<ClearGroup>),
}

/// `Direction` of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleDirection {
    /// Connections that peers open.
    Inbound,
    /// Connections that applications open.
    Outbound,
    /// Either.
    Both,
}

/// Addresses from `low` to `high`, both included, of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRange {
    /// First address.
    pub low: IpAddr,
    /// Last address.
    pub high: IpAddr,
}

/// Ports from `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PortRange {
    /// First port.
    pub low: u16,
    /// Last port.
    pub high: u16,
}

/// A user or job name; compared without regard to ASCII case, `*` at the end stands for any rest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    fixed: String,
    open: bool,
}

/// Larger `Priority` first, equal ones by name in ASCII order.
pub(crate) fn in_matching_order(rules: &mut [Rule]) {
    rules.sort_by(|a, b| (Reverse(a.priority), &a.name).cmp(&(Reverse(b.priority), &b.name)));
}

impl Rule {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `Priority`.
    pub fn priority(&self) -> u32 {
        self.priority
    }

    /// `Direction`.
    pub fn direction(&self) -> RuleDirection {
        self.direction
    }

    /// Addresses of the application's end; empty is all.
    pub fn local_addrs(&self) -> &[AddressRange] {
        &self.local_addrs
    }

    /// Addresses of the peer; empty is all.
    pub fn remote_addrs(&self) -> &[AddressRange] {
        &self.remote_addrs
    }

    /// Ports of the application's end; empty is any.
    pub fn local_ports(&self) -> &[PortRange] {
        &self.local_ports
    }

    /// Ports of the peer; empty is any.
    pub fn remote_ports(&self) -> &[PortRange] {
        &self.remote_ports
    }

    /// `Jobname`.
    pub fn job(&self) -> Option<&Pattern> {
        self.job.as_ref()
    }

    /// `Userid`.
    pub fn user(&self) -> Option<&Pattern> {
        self.user.as_ref()
    }

    /// Times of which one must hold; empty is always.
    pub fn times(&self) -> &[TimeCondition] {
        &self.times
    }

    /// What matched connections get; `None` is `TTLSEnabled Off`.
    pub fn actions(&self) -> Option<&Arc<ActionSet>> {
        match &self.actions {
            Actions::Enabled(actions) => Some(actions),
            Actions::NotEnabled(_) => None,
        }
    }
}

impl RuleDirection {
    /// The rule is for connections that were opened this way.
    pub fn covers(self, direction: Direction) -> bool {
        match self {
            Self::Inbound => direction == Direction::Inbound,
            Self::Outbound => direction == Direction::Outbound,
            Self::Both => true,
        }
    }
}

impl AddressRange {
    /// The address lies in the range. Families never mix.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.low, self.high, address) {
            (IpAddr::V4(low), IpAddr::V4(high), IpAddr::V4(address)) => (low..=high).contains(&address),
            (IpAddr::V6(low), IpAddr::V6(high), IpAddr::V6(address)) => (low..=high).contains(&address),
            _ => false,
        }
    }
}

impl PortRange {
    /// The port lies in the range.
    pub fn contains(&self, port: u16) -> bool {
        (self.low..=self.high).contains(&port)
    }
}

impl Pattern {
    /// From the text of a policy: `NAME` or `NAME*`.
    pub(crate) fn new(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(fixed) => Self {
                fixed: fixed.to_string(),
                open: true,
            },
            None => Self {
                fixed: text.to_string(),
                open: false,
            },
        }
    }

    /// The characters that names must have, or must start with where the pattern is open.
    pub fn fixed(&self) -> &str {
        &self.fixed
    }

    /// `*` stands at its end: any rest matches.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// The name matches.
    pub fn matches(&self, name: &str) -> bool {
        let (name, fixed) = (name.as_bytes(), self.fixed.as_bytes());
        if self.open {
            name.len() >= fixed.len() && name[..fixed.len()].eq_ignore_ascii_case(fixed)
        } else {
            name.eq_ignore_ascii_case(fixed)
        }
    }
}

/// As a policy writes it.
impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.fixed)?;
        f.write_str(if self.open { "*" } else { "" })
    }
}
