//! Who owns a socket of a program: its user and its job.
//!
//! The kernel tells the user who made a socket and the socket's inode (`sock_diag(7)`); `/proc` tells which process holds
//! that inode. A **user** is a name of the user database, or the number in decimal where that has no name for it. A
//! **job** is the name of the systemd service that the process belongs to, without `.service`, else the process's command
//! name (`/proc/PID/comm`, 15 characters at most). What cannot be found out stays unknown; processes of other users are
//! hidden from an agent that is not root.

mod process;
mod sharing;
mod sock_diag;

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use nix::unistd::{Uid, User};

pub use sharing::Sharing;
pub(crate) use sock_diag::{is_taken, open as open_socket_table};

/// The owner of a socket, as far as it is known and was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    /// Name of the user who made the socket.
    pub user: Option<String>,
    /// Name of the job that holds it.
    pub job: Option<String>,
}

/// What is asked about an owner: finding a job costs a walk through `/proc`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// [`Owner::user`].
    pub user: bool,
    /// [`Owner::job`].
    pub job: bool,
}

/// A socket of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnedSocket {
    /// The one that a connection to this address arrives at.
    Listening(SocketAddr),
    /// The program's end of a connection.
    Connected {
        /// The program's own address.
        local: SocketAddr,
        /// The other end as the program sees it.
        remote: SocketAddr,
    },
}

/// The kernel's table of TCP sockets of one network namespace.
#[derive(Debug, Clone)]
pub struct SocketTable {
    /// One question at a time, each with its answer.
    netlink: Arc<Mutex<OwnedFd>>,
}

impl Wanted {
    /// Nothing is asked for.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl SocketTable {
    /// The table of this process's own network namespace.
    ///
    /// # Errors
    /// What `socket` says.
    pub fn here() -> io::Result<Self> {
        Ok(Self::new(sock_diag::open()?))
    }

    /// `netlink` was made in the namespace in question.
    pub(crate) fn new(netlink: OwnedFd) -> Self {
        Self {
            netlink: Arc::new(Mutex::new(netlink)),
        }
    }

    /// The owner of a socket; unknown where there is no such socket, or no process holds it any more.
    pub async fn owner(&self, socket: OwnedSocket, wanted: Wanted) -> Owner {
        if wanted.is_nothing() {
            return Owner::default();
        }
        let netlink = self.netlink.clone();
        // User databases may be on the network, and /proc is large.
        let asked = tokio::task::spawn_blocking(move || {
            let netlink = netlink.lock().unwrap_or_else(PoisonError::into_inner);
            let found = sock_diag::find(&netlink, socket)?;
            drop(netlink);
            Ok(found.map(|held| Owner {
                user: wanted.user.then(|| user_name(held.user)),
                job: wanted.job.then(|| process::job_of(held.inode)).flatten(),
            }))
        });
        let answer: io::Result<Option<Owner>> = asked
            .await
            .unwrap_or_else(|stopped| Err(io::Error::other(stopped)));
        match answer {
            Ok(owner) => owner.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(?socket, %error, "the owner of a socket cannot be found out");
                Owner::default()
            }
        }
    }
}

fn user_name(user: Uid) -> String {
    match User::from_uid(user) {
        Ok(Some(known)) => known.name,
        Ok(None) | Err(_) => user.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    const BOTH: Wanted = Wanted {
        user: true,
        job: true,
    };

    #[tokio::test]
    async fn both_ends_of_a_connection_and_its_listener_have_an_owner() {
        let table = SocketTable::here().unwrap();
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(host).unwrap();
            let address = listener.local_addr().unwrap();
            let near = TcpStream::connect(address).unwrap();
            let sockets = [
                OwnedSocket::Listening(address),
                OwnedSocket::Connected {
                    local: near.local_addr().unwrap(),
                    remote: address,
                },
            ];
            for socket in sockets {
                let owner = table.owner(socket, BOTH).await;
                assert_eq!(owner.user, Some(user_name(nix::unistd::getuid())), "{socket:?}");
                assert!(owner.job.is_some_and(|job| !job.is_empty()), "{socket:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_listener_on_every_address_is_found_by_any() {
        let table = SocketTable::here().unwrap();
        let listener = TcpListener::bind("[::]:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "::1"] {
            let address = SocketAddr::new(host.parse().unwrap(), port);
            let owner = table.owner(OwnedSocket::Listening(address), BOTH).await;
            assert!(owner.user.is_some(), "{address}");
        }
    }

    #[tokio::test]
    async fn a_socket_that_is_not_there_has_no_owner() {
        let table = SocketTable::here().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // Listening is not the end of a connection, and nobody listens once it is gone.
        let peer = SocketAddr::new(address.ip(), 1);
        let end = OwnedSocket::Connected {
            local: address,
            remote: peer,
        };
        assert_eq!(table.owner(end, BOTH).await, Owner::default());
        drop(listener);
        assert_eq!(
            table.owner(OwnedSocket::Listening(address), BOTH).await,
            Owner::default()
        );
    }

    #[tokio::test]
    async fn what_is_not_wanted_is_not_told() {
        let table = SocketTable::here().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = OwnedSocket::Listening(listener.local_addr().unwrap());
        let wanted = Wanted {
            user: true,
            job: false,
        };
        let owner = table.owner(socket, wanted).await;
        assert!(owner.user.is_some() && owner.job.is_none());
    }
}
