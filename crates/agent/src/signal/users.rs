//! What one user may take of the channel, so that none can keep out the others.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Clients of one user at the same time: one for each process of a server that forks for each session.
const CLIENTS: usize = 1024;

/// Clients of all users at the same time.
const ALL_CLIENTS: usize = 4096;

/// Requests of one user on their way, each with a descriptor; its next ones wait until one is answered.
const REQUESTS: usize = 2048;

/// Packets of one user that are received and looked through at the same time. A packet can have 253 descriptors, of which
/// a request keeps one.
const RECEIVING: usize = 8;

/// Descriptors of one user that are being closed at the same time. Closing can take as long as the descriptor's owner
/// likes (a socket may linger), and blocks a thread.
const CLOSING: usize = 16;

/// All users with clients.
#[derive(Debug, Default)]
pub(super) struct Users {
    by_id: Mutex<HashMap<u32, User>>,
}

#[derive(Debug)]
struct User {
    clients: usize,
    bounds: Bounds,
}

/// What all clients of one user share.
#[derive(Debug, Clone)]
struct Bounds {
    requests: Arc<Semaphore>,
    receiving: Arc<Semaphore>,
    closing: Arc<Semaphore>,
}

/// One client's place.
#[derive(Debug)]
pub(super) struct Place {
    users: Arc<Users>,
    id: u32,
    bounds: Bounds,
}

/// Leave to have one request on its way.
#[derive(Debug)]
pub(super) struct Leave {
    _request: Option<OwnedSemaphorePermit>,
    receiving: Option<OwnedSemaphorePermit>,
}

impl Users {
    /// A place for one more client of a user; none where there is none left.
    pub(super) fn enter(self: &Arc<Self>, id: u32) -> Option<Place> {
        let mut by_id = self.by_id.lock().unwrap_or_else(PoisonError::into_inner);
        if by_id.values().map(|user| user.clients).sum::<usize>() >= ALL_CLIENTS {
            return None;
        }
        let user = by_id.entry(id).or_insert_with(|| User {
            clients: 0,
            bounds: Bounds {
                requests: Arc::new(Semaphore::new(REQUESTS)),
                receiving: Arc::new(Semaphore::new(RECEIVING)),
                closing: Arc::new(Semaphore::new(CLOSING)),
            },
        });
        if user.clients >= CLIENTS {
            return None;
        }
        user.clients += 1;
        Some(Place {
            users: self.clone(),
            id,
            bounds: user.bounds.clone(),
        })
    }
}

impl Place {
    /// Leave to receive a packet and to answer it; to be asked for when one is there.
    pub(super) async fn leave(&self) -> Leave {
        // The semaphores are never closed.
        Leave {
            _request: self.bounds.requests.clone().acquire_owned().await.ok(),
            receiving: self.bounds.receiving.clone().acquire_owned().await.ok(),
        }
    }

    /// Closes descriptors where that may block; ready when it is done.
    pub(super) async fn close<T: Send + 'static>(&self, descriptors: T) {
        let permit: Result<OwnedSemaphorePermit, _> = self.bounds.closing.clone().acquire_owned().await;
        // A panic in closing is none of ours, and the semaphore is never closed.
        let _ = tokio::task::spawn_blocking(move || {
            drop(descriptors);
            drop(permit);
        })
        .await;
    }

    /// The same for one descriptor that may be there.
    pub(super) async fn close_all(&self, descriptors: Vec<OwnedFd>) {
        if !descriptors.is_empty() {
            self.close(descriptors).await;
        }
    }
}

impl Leave {
    /// The packet is looked through: no more descriptors are left of it than a request has.
    pub(super) fn received(&mut self) {
        self.receiving = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_id = self.users.by_id.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(user) = by_id.get_mut(&self.id) {
            user.clients -= 1;
            if user.clients == 0 {
                by_id.remove(&self.id);
            }
        }
    }
}
