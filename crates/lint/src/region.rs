//! The connections that a rule is for, as sets: directions, families, addresses, ports, users and jobs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ttls_policy::{AddressRange, Connection, Direction, Pattern, PortRange, Rule};

use crate::ranges::Ranges;

/// Connections of one direction and family, as a product of sets.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    direction: Direction,
    family: Family,
    /// Local addresses, remote addresses, local ports, remote ports.
    sides: [Ranges; 4],
    user: Option<Arc<str>>,
    job: Option<Arc<str>>,
}

/// Both ends of a connection have the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

/// `::ffff:0:0/96`: connections with such addresses count as IPv4.
const V4_MAPPED: (u128, u128) = (0xFFFF_0000_0000, 0xFFFF_FFFF_FFFF);

/// A character that no name has: with it, a name matches an open pattern only if all names that start alike do.
const BEYOND: char = '\u{10FFFF}';

impl Region {
    /// What a rule is for; nothing twice.
    pub(crate) fn of(rule: &Rule) -> Vec<Self> {
        let directions = [Direction::Inbound, Direction::Outbound].into_iter();
        directions
            .filter(|direction| rule.direction().covers(*direction))
            .flat_map(|direction| [(direction, Family::V4), (direction, Family::V6)])
            .map(|(direction, family)| Self {
                direction,
                family,
                sides: coded_or_all(rule, family),
                user: rule.user().map(representative),
                job: rule.job().map(representative),
            })
            .filter(|region| !region.is_empty())
            .collect()
    }

    /// What both rules are for.
    pub(crate) fn common(one: &Rule, other: &Rule) -> Vec<Self> {
        // Most rules differ in their ports: nothing needs to be built to see it.
        if !ports_meet(one.local_ports(), other.local_ports())
            || !ports_meet(one.remote_ports(), other.remote_ports())
        {
            return Vec::new();
        }
        let user = common_names(one.user(), other.user());
        let job = common_names(one.job(), other.job());
        let (Some(user), Some(job)) = (user.name(), job.name()) else {
            return Vec::new();
        };
        Self::of(one)
            .into_iter()
            .filter(|region| other.direction().covers(region.direction))
            .map(|region| Self {
                sides: region.cut(sides(other, region.family)),
                user: user.clone(),
                job: job.clone(),
                ..region
            })
            .filter(|region| !region.is_empty())
            .collect()
    }

    /// The connection of the region with the lowest addresses and ports. Whatever rule holds for it holds for all users and
    /// jobs of the region.
    pub(crate) fn lowest(&self) -> Option<Connection<'_>> {
        self.connection(Ranges::first)
    }

    /// The one with the highest addresses and ports, likewise.
    pub(crate) fn highest(&self) -> Option<Connection<'_>> {
        self.connection(Ranges::last)
    }

    fn connection(&self, of: impl Fn(&Ranges) -> Option<u128>) -> Option<Connection<'_>> {
        let [local_addr, remote_addr, local_port, remote_port] = &self.sides;
        Some(Connection {
            direction: self.direction,
            local: socket(self.family, of(local_addr)?, of(local_port)?)?,
            remote: socket(self.family, of(remote_addr)?, of(remote_port)?)?,
            user: self.user.as_deref(),
            job: self.job.as_deref(),
        })
    }

    /// Adds what is left without the addresses and ports of a rule that holds for one of its connections.
    pub(crate) fn without(self, rule: &Rule, left: &mut Vec<Self>) {
        let cut = sides(rule, self.family);
        let mut rest = self;
        for (at, cut) in cut.iter().enumerate() {
            let Some(cut) = cut else {
                continue;
            };
            let outside = rest.sides[at].without(cut);
            if outside.first().is_none() {
                continue;
            }
            let inside = rest.sides[at].common(cut);
            rest.sides[at] = outside;
            left.push(rest.clone());
            rest.sides[at] = inside;
        }
    }

    fn cut(&self, to: Sides) -> [Ranges; 4] {
        let mut to = to.into_iter();
        self.sides.each_ref().map(|side| match to.next().flatten() {
            Some(cut) => side.common(&cut),
            None => side.clone(),
        })
    }

    fn is_empty(&self) -> bool {
        self.sides.iter().any(|side| side.first().is_none())
    }
}

/// Ports that meet both conditions exist.
fn ports_meet(one: &[PortRange], other: &[PortRange]) -> bool {
    let meet = |a: &PortRange| other.iter().any(|b| a.low <= b.high && b.low <= a.high);
    one.is_empty() || other.is_empty() || one.iter().any(meet)
}

/// Names that meet both conditions: all, none, or those of the narrower one.
enum Names {
    All,
    None,
    Like(Arc<str>),
}

impl Names {
    /// A name that stands for them, where a name matters; `None` where there are none.
    fn name(self) -> Option<Option<Arc<str>>> {
        match self {
            Self::All => Some(None),
            Self::None => None,
            Self::Like(name) => Some(Some(name)),
        }
    }
}

fn common_names(one: Option<&Pattern>, other: Option<&Pattern>) -> Names {
    match (one, other) {
        (None, None) => Names::All,
        (Some(only), None) | (None, Some(only)) => Names::Like(representative(only)),
        (Some(one), Some(other)) => {
            let (name, other_name) = (representative(one), representative(other));
            if other.matches(&name) {
                Names::Like(name)
            } else if one.matches(&other_name) {
                Names::Like(other_name)
            } else {
                Names::None
            }
        }
    }
}

fn representative(pattern: &Pattern) -> Arc<str> {
    let mut name = pattern.fixed().to_string();
    if pattern.is_open() {
        name.push(BEYOND);
    }
    name.into()
}

/// Of a rule, in the order of [`Region::sides`]; `None` is all.
type Sides = [Option<Ranges>; 4];

fn sides(rule: &Rule, family: Family) -> Sides {
    [
        addresses(rule.local_addrs(), family),
        addresses(rule.remote_addrs(), family),
        ports(rule.local_ports()),
        ports(rule.remote_ports()),
    ]
}

fn coded_or_all(rule: &Rule, family: Family) -> [Ranges; 4] {
    let [local_addr, remote_addr, local_port, remote_port] = sides(rule, family);
    [
        local_addr.unwrap_or_else(|| all_addresses(family)),
        remote_addr.unwrap_or_else(|| all_addresses(family)),
        local_port.unwrap_or_else(all_ports),
        remote_port.unwrap_or_else(all_ports),
    ]
}

/// Port 0 does not occur.
fn all_ports() -> Ranges {
    Ranges::new([(1, u128::from(u16::MAX))])
}

fn all_addresses(family: Family) -> Ranges {
    match family {
        Family::V4 => Ranges::new([(0, u128::from(u32::MAX))]),
        Family::V6 => Ranges::new([(0, u128::MAX)]).without(&Ranges::new([V4_MAPPED])),
    }
}

fn ports(ranges: &[PortRange]) -> Option<Ranges> {
    let coded = ranges
        .iter()
        .map(|range| (u128::from(range.low), u128::from(range.high)));
    (!ranges.is_empty()).then(|| Ranges::new(coded))
}

fn addresses(ranges: &[AddressRange], family: Family) -> Option<Ranges> {
    if ranges.is_empty() {
        return None;
    }
    let all = Ranges::new(
        ranges
            .iter()
            .filter_map(|range| match (range.low, range.high, family) {
                (IpAddr::V4(low), IpAddr::V4(high), Family::V4) => {
                    Some((low.to_bits().into(), high.to_bits().into()))
                }
                (IpAddr::V6(low), IpAddr::V6(high), Family::V6) => Some((low.to_bits(), high.to_bits())),
                _ => None,
            }),
    );
    Some(match family {
        Family::V4 => all,
        Family::V6 => all.without(&Ranges::new([V4_MAPPED])),
    })
}

fn socket(family: Family, address: u128, port: u128) -> Option<SocketAddr> {
    let address: IpAddr = match family {
        Family::V4 => Ipv4Addr::from_bits(u32::try_from(address).ok()?).into(),
        Family::V6 => Ipv6Addr::from_bits(address).into(),
    };
    Some(SocketAddr::new(address, u16::try_from(port).ok()?))
}
