//! Sockets made inside before anybody needs them.
//!
//! Asking the helper for one puts two more processes, and their wake-ups, on the way of each connection: more than all else
//! that a small file costs. So a few stand ready, and are made up for behind the connection that took one.

use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::channel::MOST_FDS;

/// Sockets of one delivery: as many as one packet carries.
pub(crate) const DELIVERY: usize = MOST_FDS;

/// Deliver more when fewer than so many are left.
const LOW: usize = DELIVERY;

/// Marked sockets of both families, not bound to an address.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    v4: Mutex<Shelf>,
    v6: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    sockets: Vec<OwnedFd>,
    /// A delivery is on its way.
    ordered: bool,
}

/// What a [`Stock`] gives.
pub(crate) struct Taken {
    /// `None` where nothing is left.
    pub(crate) socket: Option<OwnedFd>,
    /// The taker is to order a delivery.
    pub(crate) order: bool,
}

impl Stock {
    /// Takes one.
    pub(crate) fn take(&self, v6: bool) -> Taken {
        let mut shelf = self.shelf(v6);
        let socket = shelf.sockets.pop();
        let order = shelf.sockets.len() < LOW && !std::mem::replace(&mut shelf.ordered, true);
        Taken { socket, order }
    }

    /// Puts a delivery on the shelf. An empty one says that none can be made now; the next taker asks again.
    pub(crate) fn deliver(&self, v6: bool, sockets: Vec<OwnedFd>) {
        let mut shelf = self.shelf(v6);
        shelf.ordered = false;
        shelf.sockets.extend(sockets);
    }

    /// Lets go of all that there is: no connection can be made with them any more.
    pub(crate) fn clear(&self) {
        for v6 in [false, true] {
            *self.shelf(v6) = Shelf::default();
        }
    }

    /// A panic elsewhere leaves these simple values whole.
    fn shelf(&self, v6: bool) -> MutexGuard<'_, Shelf> {
        let shelf = if v6 { &self.v6 } else { &self.v4 };
        shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery() -> Vec<OwnedFd> {
        let any = || std::net::UdpSocket::bind("127.0.0.1:0").unwrap().into();
        (0..DELIVERY).map(|_| any()).collect()
    }

    #[test]
    fn one_delivery_is_ordered_at_a_time_and_the_stock_stays_bounded() {
        let stock = Stock::default();
        let first = stock.take(false);
        assert!(first.socket.is_none() && first.order);
        assert!(!stock.take(false).order, "it is on its way");
        stock.deliver(false, delivery());
        let mut most = 0;
        for _ in 0..100 {
            let taken = stock.take(false);
            assert!(taken.socket.is_some());
            if taken.order {
                stock.deliver(false, delivery());
            }
            most = most.max(stock.shelf(false).sockets.len());
        }
        assert!((LOW..LOW + DELIVERY).contains(&most), "{most}");
    }

    #[test]
    fn a_family_that_cannot_be_had_is_asked_for_again_by_the_next_taker() {
        let stock = Stock::default();
        assert!(stock.take(true).order);
        stock.deliver(true, Vec::new());
        let next = stock.take(true);
        assert!(next.socket.is_none() && next.order);
        assert!(stock.take(false).order, "the other family is another matter");
    }

    #[test]
    fn a_cleared_stock_gives_nothing() {
        let stock = Stock::default();
        stock.deliver(false, delivery());
        stock.clear();
        assert!(stock.take(false).socket.is_none());
    }
}
