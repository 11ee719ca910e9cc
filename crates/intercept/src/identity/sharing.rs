//! Which sockets are in the hands of one process.

use std::collections::HashSet;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::sync::PoisonError;

use super::{OwnedSocket, SocketTable, process, sock_diag};
use crate::passed::{Ends, namespace};

/// Whether a process holds two sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// One process holds both.
    Together,
    /// The processes that hold the one do not hold the other.
    Apart,
    /// The processes that hold one of them are not to be seen.
    Unknown,
}

impl SocketTable {
    /// For each of `others` whether a process that holds `socket` holds it too. Those of another network namespace are
    /// apart.
    ///
    /// # Errors
    /// What the kernel's table of sockets says.
    pub async fn shared(&self, socket: OwnedSocket, others: Vec<Ends>) -> io::Result<Vec<Sharing>> {
        let netlink = self.netlink.clone();
        // /proc is large.
        let asked = tokio::task::spawn_blocking(move || {
            let netlink = netlink.lock().unwrap_or_else(PoisonError::into_inner);
            let here = namespace(&*netlink)?;
            let inode = |wanted| io::Result::Ok(sock_diag::find(&netlink, wanted)?.map(|held| held.inode));
            let one = inode(socket)?;
            let mut inodes = Vec::with_capacity(others.len());
            for ends in others {
                inodes.push(if ends.namespace == here {
                    let (local, remote) = (ends.local, ends.remote);
                    Other::Here(inode(OwnedSocket::Connected { local, remote })?)
                } else {
                    Other::Elsewhere
                });
            }
            drop(netlink);
            Ok(match one {
                Some(one) => compare(one, &inodes),
                None => inodes.iter().map(|_| Sharing::Unknown).collect(),
            })
        });
        asked
            .await
            .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
    }
}

/// A socket to compare with.
enum Other {
    Elsewhere,
    /// Its inode, where a process holds it.
    Here(Option<u32>),
}

fn compare(one: u32, others: &[Other]) -> Vec<Sharing> {
    let link = |inode: u32| format!("socket:[{inode}]").into_bytes();
    let (one, mut seen) = (link(one), false);
    let others: Vec<_> = others
        .iter()
        .map(|other| match other {
            Other::Elsewhere => None,
            Other::Here(inode) => Some(inode.map(link)),
        })
        .collect();
    let mut found = vec![Sharing::Unknown; others.len()];
    for pid in process::processes() {
        let held: HashSet<_> = process::open_files(pid)
            .map(|file| file.as_os_str().as_bytes().to_vec())
            .filter(|file| file.starts_with(b"socket:["))
            .collect();
        let with_one = held.contains(&one);
        seen |= with_one;
        for (other, found) in others.iter().zip(&mut found) {
            match other {
                Some(Some(other)) if held.contains(other) => match with_one {
                    true => *found = Sharing::Together,
                    false if *found == Sharing::Unknown => *found = Sharing::Apart,
                    false => {}
                },
                Some(_) => {}
                None => *found = Sharing::Apart,
            }
        }
    }
    if seen {
        found
    } else {
        vec![Sharing::Unknown; found.len()]
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::passed::ends_of_partner;

    fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    }

    #[tokio::test]
    async fn a_socket_is_together_with_those_of_its_process_and_apart_from_those_of_others() {
        let table = SocketTable::here().unwrap();
        let (near, far) = connected();
        let (given, partner) = connected();
        let ends = [ends_of_partner(&far).unwrap(), ends_of_partner(&partner).unwrap()];
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = OwnedSocket::Listening(listener.local_addr().unwrap());
        let mut child = Command::new("sleep")
            .arg("60")
            .stdin(Stdio::from(given.as_fd().try_clone_to_owned().unwrap()))
            .spawn()
            .unwrap();
        drop(given);
        let shared = table.shared(socket, ends.to_vec()).await;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(shared.unwrap(), [Sharing::Together, Sharing::Apart]);
        let elsewhere = Ends {
            namespace: 0,
            ..ends[0]
        };
        let shared = table.shared(socket, vec![elsewhere]).await.unwrap();
        assert_eq!(shared, [Sharing::Apart]);
        drop(near);
        let shared = table.shared(socket, ends.to_vec()).await.unwrap();
        assert_eq!(shared, [Sharing::Unknown; 2], "nobody holds them");
    }

    #[tokio::test]
    async fn a_socket_that_nobody_holds_is_together_with_nothing() {
        let table = SocketTable::here().unwrap();
        let (_near, far) = connected();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = OwnedSocket::Listening(listener.local_addr().unwrap());
        drop(listener);
        let shared = table.shared(socket, vec![ends_of_partner(&far).unwrap()]).await;
        assert_eq!(shared.unwrap(), [Sharing::Unknown]);
    }
}
