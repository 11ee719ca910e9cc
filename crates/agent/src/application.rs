//! A session whose TLS the application controls: a plain relay until it asks for TLS, and again after it has ended it.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;
use ttls_intercept::passed;
use ttls_policy::{ActionSet, HandshakeRole};
use ttls_tls::PrimaryStream;

use crate::flow::Flow;
use crate::limits::Limits;
use crate::outcome::{Ended, Outcome};
use crate::scope::Scope;
use crate::signal::Control;

mod control;
mod cut;
mod outer;
mod pump;

use outer::Outer;
use pump::{Pump, Stopped};

/// Requests that may wait for the session; the channel answers more with `EAGAIN`.
const WAITING: usize = 4;

/// How long after the peer's end of TLS the program may ask for its own: it has agreed to it before.
const STOP_FOLLOWS: Duration = Duration::from_secs(2);

/// Relays a connection to its end while the application starts and stops TLS on it.
pub(crate) async fn serve(
    inner: TcpStream,
    outer: TcpStream,
    actions: &ActionSet,
    scope: &Scope,
    limits: &Limits,
    outcome: &Outcome,
) -> Ended {
    let (controls, received) = mpsc::channel(WAITING);
    // Once for each connection.
    let _ = outcome.connection().controls.set(controls);
    outcome.inner(&inner);
    // However this ends before its time, by the end of this process too, neither side may take it for the end.
    ttls_intercept::reset(&inner);
    ttls_intercept::reset(&outer);
    let session = Session {
        inner,
        outer: Outer::Clear(outer),
        to_peer: Pump::new(),
        to_program: Pump::new(),
        peer: PeerEnd::Open,
        program_ended: false,
        sent_before_end: 0,
        controls: received,
        outcome,
        scope,
        role: actions.role.value,
        handshake_timeout: actions.handshake_timeout.value,
        limits: limits.clone(),
    };
    session.run().await
}

struct Session<'a> {
    /// The leg towards the program.
    inner: TcpStream,
    /// The leg towards the peer.
    outer: Outer,
    to_peer: Pump,
    to_program: Pump,
    peer: PeerEnd,
    /// The program has ended its side, and the peer was told.
    program_ended: bool,
    /// What the peer was sent before it ended: it may still have read that.
    sent_before_end: u64,
    controls: mpsc::Receiver<Control>,
    outcome: &'a Outcome,
    scope: &'a Scope,
    role: HandshakeRole,
    handshake_timeout: Option<Duration>,
    limits: Limits,
}

/// How far the peer's direction has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PeerEnd {
    Open,
    /// The peer has ended TLS, or sends clear text without having done so. Whether that is the end of the connection or
    /// half of an agreed return to clear text, the program's STOP will tell, if it comes by then.
    TlsEnded {
        by: Instant,
        clear_text: bool,
    },
    /// Its end was passed on.
    Ended,
}

/// What woke the session.
enum Woken {
    PeerStopped(Stopped),
    ProgramStopped(Stopped),
    /// The peer closed behind its end of TLS, or the time for a STOP is over.
    TlsEndStands,
    Asked(Control),
    Idle,
}

impl Session<'_> {
    async fn run(mut self) -> Ended {
        let ended = self.relay().await;
        if ended == Ended::Complete {
            ttls_intercept::end_in_order(&self.inner);
            if let Some(socket) = self.outer.socket() {
                ttls_intercept::end_in_order(socket);
            }
        } else {
            self.outcome.failed();
        }
        ended
    }

    async fn relay(&mut self) -> Ended {
        let mut seen = 0;
        loop {
            if self.program_ended && self.peer == PeerEnd::Ended {
                return Ended::Complete;
            }
            let idle = tokio::time::sleep(self.limits.relay_idle);
            let woken = {
                let Self {
                    inner,
                    outer,
                    to_peer,
                    to_program,
                    peer,
                    program_ended,
                    controls,
                    outcome,
                    ..
                } = self;
                let stands = peer.stands();
                let moved = poll_fn(|cx| {
                    if !*program_ended
                        && let Poll::Ready(stopped) =
                            to_peer.poll(cx, Pin::new(inner), Pin::new(outer), &outcome.moved().sent)
                    {
                        return Poll::Ready(Woken::ProgramStopped(stopped));
                    }
                    poll_peer(cx, *peer, outer, inner, to_program, &outcome.moved().received)
                });
                tokio::select! {
                    biased;
                    Some(control) = controls.recv() => Woken::Asked(control),
                    () = stands => Woken::TlsEndStands,
                    woken = moved => woken,
                    () = idle => Woken::Idle,
                }
            };
            let ended = match woken {
                Woken::Asked(control) => self.control(control).await,
                Woken::TlsEndStands => self.end_of_tls_stands().await,
                Woken::PeerStopped(stopped) => self.peer_stopped(stopped).await,
                Woken::ProgramStopped(stopped) => self.program_stopped(stopped).await,
                Woken::Idle => {
                    let now = self.outcome.moved().total();
                    if now == seen {
                        Err(Ended::TimedOut("no byte moved within the idle bound"))
                    } else {
                        seen = now;
                        Ok(())
                    }
                }
            };
            if let Err(ended) = ended {
                return ended;
            }
        }
    }

    async fn program_stopped(&mut self, stopped: Stopped) -> Result<(), Ended> {
        match stopped {
            Stopped::End => {
                self.program_ended = true;
                match self.outer.end(self.limits.write).await {
                    Ok(()) => Ok(()),
                    // Whether a peer that has ended still takes this end is of no interest.
                    Err(_) if self.peer == PeerEnd::Ended && self.sent() == self.sent_before_end => Ok(()),
                    // The peer is gone, with every byte written to it: how it ended, reading from it tells.
                    Err(error)
                        if self.peer != PeerEnd::Ended
                            && error.kind() == std::io::ErrorKind::NotConnected =>
                    {
                        Ok(())
                    }
                    Err(error) => Err(peer_broke(&error)),
                }
            }
            Stopped::Read(error) => Err(program_broke(&error)),
            Stopped::Write(error) => Err(peer_broke(&error)),
        }
    }

    async fn peer_stopped(&mut self, stopped: Stopped) -> Result<(), Ended> {
        let by = Instant::now() + STOP_FOLLOWS;
        match stopped {
            Stopped::End if self.outer.is_tls() && !self.program_ended => {
                self.peer = PeerEnd::TlsEnded {
                    by,
                    clear_text: false,
                };
                Ok(())
            }
            Stopped::End => self.pass_on_end(),
            Stopped::Read(error) if PrimaryStream::found_clear_text(&error) => {
                self.peer = PeerEnd::TlsEnded { by, clear_text: true };
                Ok(())
            }
            Stopped::Read(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                Err(Ended::Truncated)
            }
            Stopped::Read(error) => Err(peer_broke(&error)),
            Stopped::Write(error) => Err(program_broke(&error)),
        }
    }

    /// No STOP came: the peer's end of TLS was the end of the connection.
    async fn end_of_tls_stands(&mut self) -> Result<(), Ended> {
        let clear_text = matches!(self.peer, PeerEnd::TlsEnded { clear_text: true, .. });
        if clear_text || self.outer.has_clear_text() {
            return Err(Ended::Broken(
                "the peer went on in clear, and the application did not stop TLS".to_owned(),
            ));
        }
        self.pass_on_end()
    }

    fn sent(&self) -> u64 {
        self.outcome.moved().both().1
    }

    fn pass_on_end(&mut self) -> Result<(), Ended> {
        self.peer = PeerEnd::Ended;
        self.sent_before_end = self.sent();
        passed::end_writing(&self.inner).map_err(|error| program_broke(&error))
    }
}

impl PeerEnd {
    /// Ready when an end of TLS must be taken for the end of the connection.
    async fn stands(self) {
        match self {
            Self::TlsEnded { by, .. } => tokio::time::sleep_until(by).await,
            Self::Open | Self::Ended => std::future::pending().await,
        }
    }
}

/// Moves what the peer sends; ready when that stops.
fn poll_peer(
    cx: &mut Context<'_>,
    peer: PeerEnd,
    outer: &mut Outer,
    inner: &mut TcpStream,
    to_program: &mut Pump,
    received: &Flow,
) -> Poll<Woken> {
    match peer {
        PeerEnd::Open => to_program
            .poll(cx, Pin::new(outer), Pin::new(inner), received)
            .map(Woken::PeerStopped),
        PeerEnd::TlsEnded {
            clear_text: false, ..
        } => outer.poll_closed(cx).map(|()| Woken::TlsEndStands),
        PeerEnd::TlsEnded { clear_text: true, .. } | PeerEnd::Ended => Poll::Pending,
    }
}

fn peer_broke(error: &std::io::Error) -> Ended {
    Ended::Broken(format!("connection of the peer: {error}"))
}

fn program_broke(error: &std::io::Error) -> Ended {
    Ended::ApplicationBroke(format!("connection of the application: {error}"))
}
