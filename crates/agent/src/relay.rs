//! Moving bytes between the inner and the outer side, with half-closes and resets passed on.
//!
//! Nothing is ever injected: an extra byte would turn a sender's close into a reset and truncate a file.

use std::future::poll_fn;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use ttls_tls::Piece;

use crate::connection::Moved;
use crate::eager;
use crate::flow::Flow;
use crate::limits::Limits;
use crate::outcome::{Ended, Outcome};

mod sides;

pub(crate) use sides::OuterStream;
use sides::{Half, Source};

/// Which directions must have ended in order before a relay counts as complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompleteWhen {
    /// Everything was sent to the peer and its end too; what the peer still sends is of no interest.
    Sent,
    /// Everything was received and its end passed on, and the other direction ended too. Where it ended last, that is left to
    /// be passed on: no final reply need wait for it.
    Received,
    /// Everything was received from a server and its end passed on; what the application still sends is of no interest.
    Fetched,
    /// Everything was sent to a server, and the server took the end of it too.
    Stored,
    /// Both directions ended.
    Both,
}

/// Relays a connection that has no controller, to its end.
pub(crate) async fn tunnel<O: OuterStream>(
    mut inner: TcpStream,
    mut outer: O,
    limits: &Limits,
    outcome: &Outcome,
) -> Ended {
    outcome.inner(&inner);
    // However this ends before its time, by the end of this process too, neither side may take it for the end.
    ttls_intercept::reset(&inner);
    ttls_intercept::reset(outer.tcp());
    let ended = relay(
        &mut inner,
        &mut outer,
        CompleteWhen::Both,
        limits.relay_idle,
        outcome.moved(),
    )
    .await;
    if ended == Ended::Complete {
        ttls_intercept::end_in_order(&inner);
        ttls_intercept::end_in_order(outer.tcp());
    }
    ended
}

/// Relays until `complete_when` holds or a side fails.
pub(crate) async fn relay<O: OuterStream>(
    inner: &mut TcpStream,
    outer: &mut O,
    complete_when: CompleteWhen,
    idle: Duration,
    moved: &Moved,
) -> Ended {
    let outer = Mutex::new(outer);
    let (mut outer_read, mut outer_write) = (Half(&outer), Half(&outer));
    let (mut inner_read, mut inner_write) = inner.split();
    let received = AtomicBool::new(false);
    let left = (complete_when == CompleteWhen::Received).then_some(&received);
    let receive = copy(&mut outer_read, &mut inner_write, &moved.received, None);
    let send = copy(&mut inner_read, &mut outer_write, &moved.sent, left);
    tokio::pin!(receive, send);
    let (mut receiving, mut sending) = (true, true);
    let mut seen = 0;
    loop {
        let done = match complete_when {
            CompleteWhen::Sent | CompleteWhen::Stored => !sending,
            CompleteWhen::Fetched => !receiving,
            CompleteWhen::Received | CompleteWhen::Both => !sending && !receiving,
        };
        if done {
            return Ended::Complete;
        }
        tokio::select! {
            result = &mut receive, if receiving => match result {
                Ok(()) => {
                    receiving = false;
                    received.store(true, Ordering::Relaxed);
                }
                // Whoever only receives has nothing that could be truncated.
                Err(error)
                    if matches!(complete_when, CompleteWhen::Sent | CompleteWhen::Stored)
                        && error.is_truncation() =>
                {
                    receiving = false;
                }
                Err(CopyError::Read(error)) => return peer_broke("reading from", &error),
                Err(CopyError::Write(error) | CopyError::End(error)) => {
                    return application_broke("writing to", &error);
                }
            },
            result = &mut send, if sending => match result {
                Ok(()) => sending = false,
                // Everything was sent. A client that knows the size may close before it has seen the end.
                Err(CopyError::End(_)) if complete_when == CompleteWhen::Sent => sending = false,
                Err(CopyError::Write(_) | CopyError::End(_))
                    if complete_when == CompleteWhen::Received && !receiving =>
                {
                    sending = false;
                }
                Err(CopyError::Read(error)) => return application_broke("reading from", &error),
                Err(CopyError::Write(error) | CopyError::End(error)) => return peer_broke("writing to", &error),
            },
            () = tokio::time::sleep(idle) => {
                let now = moved.total();
                if now == seen {
                    return Ended::TimedOut("no byte moved within the idle bound");
                }
                seen = now;
            }
        }
    }
}

/// Discards what a peer still sends after our end, so that closing does not reset what is in flight.
pub(crate) async fn linger<O: OuterStream>(outer: &mut O, bound: Duration) {
    let discard = async {
        // On the heap: a task would have room for it from its first moment.
        let mut scrap = vec![0; 4096];
        while matches!(outer.read(&mut scrap).await, Ok(n) if n > 0) {}
    };
    // Reaching the bound is the purpose of it.
    let _ = tokio::time::timeout(bound, discard).await;
}

enum CopyError {
    Read(std::io::Error),
    Write(std::io::Error),
    /// Passing on the end failed; every byte before it was written.
    End(std::io::Error),
}

impl CopyError {
    fn is_truncation(&self) -> bool {
        matches!(self, Self::Read(error) if is_truncation(error))
    }
}

fn is_truncation(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::UnexpectedEof
}

fn peer_broke(doing: &str, error: &std::io::Error) -> Ended {
    if is_truncation(error) {
        Ended::Truncated
    } else {
        Ended::Broken(format!("{doing} the peer: {error}"))
    }
}

fn application_broke(doing: &str, error: &std::io::Error) -> Ended {
    Ended::ApplicationBroke(format!("{doing} the application: {error}"))
}

/// Moves one direction, and passes its end on, `unless` that says otherwise then.
async fn copy<S, W>(
    from: &mut S,
    to: &mut W,
    flow: &Flow,
    unless: Option<&AtomicBool>,
) -> Result<(), CopyError>
where
    S: Source,
    W: AsyncWrite + Unpin,
{
    loop {
        let piece = poll_fn(|cx| from.poll_piece(cx)).await.map_err(CopyError::Read)?;
        eager::came();
        if piece.is_empty() {
            return match unless {
                Some(unless) if unless.load(Ordering::Relaxed) => Ok(()),
                _ => to.shutdown().await.map_err(CopyError::End),
            };
        }
        write(to, &piece).await.map_err(CopyError::Write)?;
        flow.pass_all(&piece);
    }
}

/// All parts in as few system calls as the socket allows.
async fn write<W: AsyncWrite + Unpin>(to: &mut W, piece: &Piece) -> std::io::Result<()> {
    let (mut written, length) = (0, piece.len());
    while written < length {
        let slices = piece.slices(written);
        written += match slices.as_slice() {
            [one] => to.write(one).await?,
            many => to.write_vectored(many).await?,
        };
    }
    to.flush().await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::net::TcpListener;

    use super::*;
    use crate::connection::{Map, Origin};
    use crate::table::Table;
    use ttls_policy::Direction;

    /// Both ends of a TCP connection.
    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (near, far) = tokio::join!(TcpStream::connect(address), listener.accept());
        (near.unwrap(), far.unwrap().0)
    }

    async fn ended(inner: TcpStream, outer: TcpStream, idle: Duration) -> (Ended, Outcome) {
        let nowhere = "127.0.0.1:1".parse().unwrap();
        let origin = Origin {
            map: Map::Primary,
            interceptor: "gateway",
            direction: Direction::Inbound,
        };
        let outcome = Arc::new(Table::default()).register(origin, nowhere, nowhere);
        let limits = Limits {
            relay_idle: idle,
            ..Limits::default()
        };
        let ended = tunnel(inner, outer, &limits, &outcome).await;
        (ended, outcome)
    }

    const LONG: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn a_half_close_is_passed_on_and_the_other_half_goes_on() {
        let (mut application, inner) = pair().await;
        let (outer, mut peer) = pair().await;
        let relay = tokio::spawn(ended(inner, outer, LONG));
        peer.write_all(b"question").await.unwrap();
        peer.shutdown().await.unwrap();
        let mut question = String::new();
        application.read_to_string(&mut question).await.unwrap();
        assert_eq!(question, "question");
        application.write_all(b"answer").await.unwrap();
        drop(application);
        let mut answer = String::new();
        peer.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "answer");
        let (ended, outcome) = relay.await.unwrap();
        assert_eq!(ended, Ended::Complete);
        assert_eq!(outcome.moved().both(), (8, 6));
    }

    #[tokio::test]
    async fn a_reset_is_passed_on_as_a_reset() {
        let (mut application, inner) = pair().await;
        let (outer, mut peer) = pair().await;
        let relay = tokio::spawn(ended(inner, outer, LONG));
        peer.write_all(b"half a file").await.unwrap();
        let mut buffer = [0; 64];
        assert_eq!(application.read(&mut buffer).await.unwrap(), 11);
        ttls_intercept::reset(&peer);
        drop(peer);
        let error = application.read(&mut buffer).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        assert!(matches!(relay.await.unwrap().0, Ended::Broken(_)));
    }

    /// The relay of an upload, with its two connections.
    async fn upload(mut inner: TcpStream, mut outer: TcpStream) -> (Ended, TcpStream, TcpStream) {
        let moved = Moved::default();
        let ended = relay(&mut inner, &mut outer, CompleteWhen::Received, LONG, &moved).await;
        (ended, inner, outer)
    }

    #[tokio::test]
    async fn the_end_that_a_daemon_puts_to_an_upload_is_left_behind_the_final_reply() {
        let (mut application, inner) = pair().await;
        let (outer, mut peer) = pair().await;
        let relay = tokio::spawn(upload(inner, outer));
        peer.write_all(b"a file").await.unwrap();
        peer.shutdown().await.unwrap();
        let mut file = String::new();
        application.read_to_string(&mut file).await.unwrap();
        drop(application);
        let (ended, _inner, mut outer) = relay.await.unwrap();
        assert_eq!((ended, file.as_str()), (Ended::Complete, "a file"));
        let mut nothing = [0];
        let end = peer.read(&mut nothing);
        assert!(
            tokio::time::timeout(Duration::from_millis(50), end)
                .await
                .is_err()
        );
        outer.shutdown().await.unwrap();
        assert_eq!(peer.read(&mut nothing).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn an_end_that_comes_before_the_whole_upload_is_passed_on_at_once() {
        let (mut application, inner) = pair().await;
        let (outer, mut peer) = pair().await;
        let relay = tokio::spawn(upload(inner, outer));
        application.shutdown().await.unwrap();
        assert_eq!(peer.read(&mut [0]).await.unwrap(), 0);
        peer.write_all(b"a file").await.unwrap();
        peer.shutdown().await.unwrap();
        let mut file = String::new();
        application.read_to_string(&mut file).await.unwrap();
        assert_eq!(
            (relay.await.unwrap().0, file.as_str()),
            (Ended::Complete, "a file")
        );
    }

    #[tokio::test]
    async fn a_relay_that_moves_nothing_ends_at_its_bound() {
        let (_application, inner) = pair().await;
        let (outer, _peer) = pair().await;
        let (ended, _) = ended(inner, outer, Duration::from_millis(50)).await;
        assert!(matches!(ended, Ended::TimedOut(_)));
    }
}
