//! Announced connections in the rules: set elements that stand before the announcement goes on.
//!
//! An element that is taken away opens the way past the agent, so it stays for a while after the session that announced
//! it, until nobody listens or dials there any more.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long an element outlives its announcement.
const RETENTION: Duration = Duration::from_secs(600);

/// Elements at most, those that only outlive their announcement among them; beyond it announcements are refused.
const REMEMBERED: usize = 65_536;

/// Why an announcement is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{REMEMBERED} announced data connections stand in the rules of the host, and no more are taken: give the daemon a \
     range of data ports (PASSIVEDATAPORTS), which needs none; each stands for {} s after its session", RETENTION.as_secs()
)]
pub(super) struct Full;

/// Who opens an announced connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// A peer, to a local program.
    Inbound,
    /// A local program.
    Outbound,
}

/// What stands in the sets.
#[derive(Debug, Default)]
pub struct Announced {
    elements: HashMap<(Way, SocketAddr), Hold>,
}

#[derive(Debug, Clone, Copy)]
struct Hold {
    announcements: usize,
    /// When the last one ended; counts where there is none.
    released: Instant,
}

impl Way {
    pub(super) const ALL: [Self; 2] = [Self::Inbound, Self::Outbound];

    pub(super) fn set(self, v6: bool) -> &'static str {
        match (self, v6) {
            (Self::Inbound, false) => "announced_inbound4",
            (Self::Inbound, true) => "announced_inbound6",
            (Self::Outbound, false) => "announced_outbound4",
            (Self::Outbound, true) => "announced_outbound6",
        }
    }
}

impl Announced {
    /// Notes an announcement; true where the rules have to learn of it.
    pub(super) fn add(&mut self, way: Way, address: SocketAddr) -> Result<bool, Full> {
        self.forget_old();
        if self.elements.len() >= REMEMBERED && !self.elements.contains_key(&(way, address)) {
            return Err(Full);
        }
        let hold = self.elements.entry((way, address)).or_insert(Hold {
            announcements: 0,
            released: Instant::now(),
        });
        hold.announcements += 1;
        Ok(hold.announcements == 1)
    }

    /// Notes the end of an announcement; true where the element shall expire.
    pub(super) fn release(&mut self, way: Way, address: SocketAddr) -> bool {
        let Some(hold) = self.elements.get_mut(&(way, address)) else {
            return false;
        };
        hold.announcements = hold.announcements.saturating_sub(1);
        hold.released = Instant::now();
        hold.announcements == 0
    }

    /// Does an element of it stand?
    pub(super) fn holds(&self, way: Way, address: SocketAddr) -> bool {
        self.elements
            .get(&(way, address))
            .is_some_and(|hold| hold.remaining().is_some())
    }

    /// The elements of one set as `nft` writes them.
    pub(super) fn elements(&self, way: Way, v6: bool) -> Vec<String> {
        let mut elements: Vec<String> = self
            .elements
            .iter()
            .filter(|((its, address), _)| *its == way && address.is_ipv6() == v6)
            .filter_map(|((_, address), hold)| Some(element(*address, hold.remaining()?)))
            .collect();
        elements.sort_unstable();
        elements
    }

    /// The script that gives one element its present lifetime.
    pub(super) fn script(&self, table: &str, way: Way, address: SocketAddr) -> String {
        let set = format!("inet {table} {}", way.set(address.is_ipv6()));
        let hold = self.elements.get(&(way, address));
        let remaining = hold.and_then(|hold| hold.remaining()).unwrap_or_default();
        let (always, present) = (element(address, Life::Always), element(address, remaining));
        // Of an element that is there already the lifetime does not change; adding it first makes deleting safe.
        format!(
            "add element {set} {{ {always} }}\ndelete element {set} {{ {always} }}\nadd element {set} {{ {present} }}\n"
        )
    }

    fn forget_old(&mut self) {
        self.elements.retain(|_, hold| hold.remaining().is_some());
    }
}

/// How long an element stands.
#[derive(Debug, Clone, Copy)]
enum Life {
    Always,
    Seconds(u64),
}

impl Default for Life {
    fn default() -> Self {
        Self::Seconds(1)
    }
}

impl Hold {
    /// None when it is over.
    fn remaining(self) -> Option<Life> {
        if self.announcements > 0 {
            return Some(Life::Always);
        }
        let left = RETENTION.checked_sub(self.released.elapsed())?;
        Some(Life::Seconds(left.as_secs().max(1)))
    }
}

fn element(address: SocketAddr, life: Life) -> String {
    let key = format!("{} . {}", address.ip(), address.port());
    match life {
        Life::Always => key,
        Life::Seconds(seconds) => format!("{key} timeout {seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_stands_without_end_and_its_element_for_a_while_after_it() {
        let mut announced = Announced::default();
        let address = "192.0.2.1:5000".parse().unwrap();
        assert_eq!(announced.add(Way::Inbound, address), Ok(true));
        assert_eq!(
            announced.add(Way::Inbound, address),
            Ok(false),
            "it stands already"
        );
        assert_eq!(announced.elements(Way::Inbound, false), ["192.0.2.1 . 5000"]);
        assert!(announced.elements(Way::Inbound, true).is_empty());
        assert!(announced.elements(Way::Outbound, false).is_empty());
        assert!(
            !announced.release(Way::Inbound, address),
            "the other one holds it"
        );
        assert!(announced.release(Way::Inbound, address));
        assert!(announced.holds(Way::Inbound, address), "its element stands");
        assert!(!announced.holds(Way::Outbound, address));
        let [left] = &announced.elements(Way::Inbound, false)[..] else {
            panic!("it is gone")
        };
        assert!(left.starts_with("192.0.2.1 . 5000 timeout 5"), "{left}");
        assert_eq!(
            announced.add(Way::Inbound, address),
            Ok(true),
            "the rules must not let it expire"
        );
    }

    #[test]
    fn beyond_the_bound_only_what_stands_is_announced_again() {
        let hold = Hold {
            announcements: 0,
            released: Instant::now(),
        };
        let address = |number: usize| {
            let [_, a, b, c] = u32::try_from(number).unwrap().to_be_bytes();
            SocketAddr::from(([10, a, b, c], 5000))
        };
        let elements = (0..REMEMBERED).map(|number| ((Way::Inbound, address(number)), hold));
        let mut announced = Announced {
            elements: elements.collect(),
        };
        assert_eq!(announced.add(Way::Inbound, address(REMEMBERED)), Err(Full));
        assert!(!announced.release(Way::Inbound, address(REMEMBERED)));
        assert_eq!(announced.add(Way::Inbound, address(0)), Ok(true));
    }
}
