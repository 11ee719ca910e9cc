//! The cut between clear text and TLS: what was written before belongs before it, and nothing after.
//!
//! The program waits for the answer to its request meanwhile, so it neither writes nor reads, and the amounts that the
//! systems of both ends of the inner leg report can only fall.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;
use ttls_intercept::passed::{self, PassedSocket};

use ttls_policy::HandshakeRole;

use super::pump::Stopped;
use super::{PeerEnd, Session, peer_broke, program_broke};
use crate::outcome::Ended;

/// Between two looks at amounts that no event announces.
const LOOK: Duration = Duration::from_millis(1);

/// How long bytes may take from the agent's socket to the program's, which is one on the same machine with room.
const INSIDE: Duration = Duration::from_secs(1);

/// Most that a peer may have sent of its handshake before it was asked for; a ClientHello is shorter.
const HELLO_MAX: usize = 64 * 1024;

/// What came from the peer and was not read by the program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Nothing.
    Nothing,
    /// The start of a TLS handshake, no longer in the program's socket.
    Handshake(Vec<u8>),
    /// Something that the program has to read.
    ClearText,
}

impl Session<'_> {
    /// Delivers everything that the program has written; false where the peer does not take it within `bound`.
    pub(super) async fn deliver(&mut self, program: &PassedSocket, bound: Duration) -> Result<bool, Ended> {
        let deadline = Instant::now() + bound;
        loop {
            let stopped = poll_fn(|cx| {
                let polled = self.to_peer.poll(
                    cx,
                    Pin::new(&mut self.inner),
                    Pin::new(&mut self.outer),
                    &self.outcome.moved().sent,
                );
                Poll::Ready(match polled {
                    Poll::Ready(stopped) => Some(stopped),
                    Poll::Pending => None,
                })
            })
            .await;
            match stopped {
                Some(Stopped::Write(error)) => return Err(peer_broke(&error)),
                Some(Stopped::Read(error)) => return Err(program_broke(&error)),
                // The relay will meet the end again.
                Some(Stopped::End) | None => {}
            }
            passed::acknowledge(&self.inner);
            // In this order: what has left the program's socket is in ours.
            let unsent = program.unsent().map_err(|error| program_broke(&error))?;
            let unread = passed::unread(&self.inner).map_err(|error| program_broke(&error))?;
            if unsent == 0 && unread == 0 && self.to_peer.is_empty() {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Reads what has come from the peer under TLS, as far as the program has room for it.
    pub(super) async fn take_in(&mut self) -> Result<(), Ended> {
        if self.peer != PeerEnd::Open {
            return Ok(());
        }
        let stopped = poll_fn(|cx| {
            let polled = self.to_program.poll(
                cx,
                Pin::new(&mut self.outer),
                Pin::new(&mut self.inner),
                &self.outcome.moved().received,
            );
            Poll::Ready(match polled {
                Poll::Ready(stopped) => Some(stopped),
                Poll::Pending => None,
            })
        });
        match stopped.await {
            Some(stopped) => self.peer_stopped(stopped).await,
            None => Ok(()),
        }
    }

    /// Hands everything that was read from the peer over to the program's socket; false where that has no room for it.
    pub(super) async fn hand_over(&mut self, program: &PassedSocket) -> Result<bool, Ended> {
        let deadline = Instant::now() + INSIDE;
        loop {
            let delivered = poll_fn(|cx| {
                let polled = self.to_program.poll_deliver(
                    cx,
                    Pin::new(&mut self.inner),
                    &self.outcome.moved().received,
                );
                Poll::Ready(match polled {
                    Poll::Ready(delivered) => delivered,
                    Poll::Pending => Ok(()),
                })
            });
            delivered.await.map_err(|error| program_broke(&error))?;
            program.acknowledge();
            let unsent = passed::unsent(&self.inner).map_err(|error| program_broke(&error))?;
            if unsent == 0 && self.to_program.is_empty() {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What the program has not read of what came in clear. A peer that saw the program's consent may have started its
    /// handshake before the program asked for TLS: that is taken back from the program's socket.
    pub(super) async fn unread(&mut self, program: &PassedSocket) -> Result<Unread, Ended> {
        if !self.hand_over(program).await? {
            return Ok(Unread::ClearText);
        }
        let count = program.unread().map_err(|error| program_broke(&error))?;
        if count == 0 {
            return Ok(Unread::Nothing);
        }
        let mut start = [0; 3];
        let seen = program.peek(&mut start).map_err(|error| program_broke(&error))?;
        // In the client role the peer says nothing before it is asked.
        let hello = self.role != HandshakeRole::Client && starts_handshake(&start[..seen]);
        if count > HELLO_MAX || !hello {
            return Ok(Unread::ClearText);
        }
        let mut hello = vec![0; count];
        let mut taken = 0;
        while taken < count {
            match program.take_back(&mut hello[taken..]) {
                Ok(0) => break,
                Ok(more) => taken += more,
                // The program reads while it waits for us: its bytes can belong to nobody now.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(Ended::ApplicationBroke(
                        "the application read while it waited for the start of TLS".to_owned(),
                    ));
                }
                Err(error) => return Err(program_broke(&error)),
            }
        }
        hello.truncate(taken);
        Ok(Unread::Handshake(hello))
    }
}

/// A handshake record of any version of TLS, as far as it can be seen.
pub(super) fn starts_handshake(bytes: &[u8]) -> bool {
    const HANDSHAKE: [u8; 2] = [22, 3];
    !bytes.is_empty()
        && bytes
            .iter()
            .zip(HANDSHAKE)
            .all(|(&byte, expected)| byte == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_is_known_by_its_first_bytes() {
        assert!(starts_handshake(&[22, 3, 1]));
        assert!(starts_handshake(&[22]));
        assert!(!starts_handshake(&[]));
        assert!(!starts_handshake(b"USER ann\r\n"));
        assert!(!starts_handshake(&[22, 1, 3]));
    }
}
