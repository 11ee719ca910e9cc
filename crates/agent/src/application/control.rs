//! The application's requests: starting and stopping TLS, new keys, tickets.

use std::io;
use std::time::Duration;

use nix::errno::Errno;
use ttls_intercept::passed::Progress;
use ttls_policy::HandshakeRole;
use ttls_signal::{Operations, Reason, Refusal};

use super::cut::{Unread, starts_handshake};
use super::{Outer, PeerEnd, Session, peer_broke, program_broke};
use crate::connection::Stage;
use crate::outcome::Ended;
use crate::signal::Control;

/// How long a caller that does not wait waits for the peer to take what was written before.
const AT_ONCE: Duration = Duration::from_millis(200);

/// How long the peer may take to end TLS before we do, where the application wants that.
const PEER_FIRST: Duration = Duration::from_secs(1);

/// What came of a request: done, refused with the connection as it was, or the end of the connection.
enum Failed {
    Refused(Refusal),
    Ended(Refusal, Ended),
}

impl Session<'_> {
    /// Performs one request and answers it; an error is the end of the session.
    pub(super) async fn control(&mut self, mut control: Control) -> Result<(), Ended> {
        let asked = control.operations;
        let done = if asked.has(Operations::INIT) {
            self.init(&mut control).await
        } else if asked.has(Operations::STOP) {
            self.stop(&mut control).await
        } else {
            self.renew(&control).await
        };
        let Control {
            program, done: tell, ..
        } = control;
        // Before the answer: whoever gets it may close the socket for good.
        drop(program);
        // A caller that is gone does not want to know.
        let _ = match done {
            Ok(()) => tell.send(Ok(())),
            Err(Failed::Refused(refusal)) => tell.send(Err(refusal)),
            Err(Failed::Ended(refusal, ended)) => {
                self.outcome.failed();
                let _ = tell.send(Err(refusal));
                return Err(ended);
            }
        };
        Ok(())
    }

    async fn init(&mut self, control: &mut Control) -> Result<(), Failed> {
        let may_time_out = control.operations.has(Operations::ALLOW_HSTIMEOUT);
        if self.outer.is_tls() {
            return refuse(Errno::EALREADY, Reason::AlreadyActive);
        }
        if may_time_out && (self.role == HandshakeRole::Client || self.handshake_timeout.is_none()) {
            return refuse(Errno::EPROTO, Reason::NoHandshakeTimeout);
        }
        if !self
            .deliver(&control.program, self.patience(control))
            .await
            .or_else(broken)?
        {
            return refuse(Errno::EPROTO, Reason::InitWriteDataPending);
        }
        self.check_established(control)?;
        let preamble = match self.unread(&control.program).await.or_else(broken)? {
            Unread::Nothing => Vec::new(),
            Unread::Handshake(hello) => hello,
            Unread::ClearText => return refuse(Errno::EPROTO, Reason::InitReadDataPending),
        };
        let Outer::Clear(socket) = &self.outer else {
            return gone();
        };
        if preamble.is_empty() && !awaits_handshake(socket, self.role).map_err(|error| ended(&error))? {
            return refuse(Errno::EPROTO, Reason::InitReadDataPending);
        }
        let before = self.stage();
        self.outcome.handshake();
        control.begin();
        if may_time_out && preamble.is_empty() {
            let wait = self.handshake_timeout.unwrap_or_default();
            // A peer that is gone is the handshake's to notice.
            if tokio::time::timeout(wait, socket.peek(&mut [0])).await.is_err() {
                self.outcome.not_started_tls(before);
                return Ok(());
            }
        }
        let Outer::Clear(socket) = std::mem::replace(&mut self.outer, Outer::Gone) else {
            return gone();
        };
        match self.scope.start(socket, preamble).await {
            Ok(stream) => {
                self.outcome.secured(stream.info());
                self.outer = Outer::Tls(Box::new(stream));
                Ok(())
            }
            Err(error) => Err(Failed::Ended(
                Refusal::new(Errno::ECONNRESET, Reason::HandshakeFailed),
                self.outcome.handshake_failed(&error),
            )),
        }
    }

    async fn stop(&mut self, control: &mut Control) -> Result<(), Failed> {
        self.check_secure(Errno::EALREADY, Reason::AlreadyActive)?;
        if !self
            .deliver(&control.program, self.patience(control))
            .await
            .or_else(broken)?
        {
            return refuse(Errno::EPROTO, Reason::StopWriteDataPending);
        }
        self.check_established(control)?;
        self.take_in().await.or_else(broken)?;
        if !self.hand_over(&control.program).await.or_else(broken)?
            || control
                .program
                .unread()
                .map_err(|error| program_broke(&error))
                .or_else(broken)?
                > 0
        {
            return refuse(Errno::EPROTO, Reason::StopReadDataPending);
        }
        self.outcome.stopping_tls();
        control.begin();
        let Outer::Tls(stream) = std::mem::replace(&mut self.outer, Outer::Gone) else {
            return gone();
        };
        if control.options.peer_closes_first && self.peer == PeerEnd::Open {
            // Whatever comes, stopping knows what to make of it.
            let _ = tokio::time::timeout(PEER_FIRST, stream.socket().peek(&mut [0])).await;
        }
        match Box::pin(stream.stop_with_peer(self.limits.linger)).await {
            Ok(socket) => {
                self.outer = Outer::Clear(socket);
                self.peer = PeerEnd::Open;
                self.outcome.stopped_tls();
                Ok(())
            }
            Err(error) => Err(Failed::Ended(
                Refusal::new(Errno::ECONNRESET, Reason::StopFailed),
                Ended::Broken(format!("stopping TLS: {error}")),
            )),
        }
    }

    /// RESET_SESSION, RESET_CIPHER, RESET_WRITE_CIPHER and SEND_SESSION_TICKET, together or alone.
    async fn renew(&mut self, control: &Control) -> Result<(), Failed> {
        self.check_secure(Errno::EPROTO, Reason::NeverStarted)?;
        let (asked, patience) = (control.operations, self.patience(control));
        let forget = asked.has(Operations::RESET_SESSION);
        let ticket = asked.has(Operations::SEND_SESSION_TICKET);
        let keys = asked.has_any(Operations::RESET_CIPHER | Operations::RESET_WRITE_CIPHER);
        if ticket && self.role == HandshakeRole::Client {
            return refuse(Errno::EPROTO, Reason::WrongRole);
        }
        let Outer::Tls(stream) = &mut self.outer else {
            return gone();
        };
        // All that is asked for, or nothing. A ticket of a session that is forgotten is none.
        if keys && !stream.can_refresh_keys() || ticket && (forget || !stream.has_ticket()) {
            return refuse(Errno::EOPNOTSUPP, Reason::EngineCannot);
        }
        // Before the keys, which the engine forgets the ticket with.
        if ticket {
            match tokio::time::timeout(patience, stream.send_ticket()).await {
                Ok(sent) => sent.map_err(|error| ended(&error))?,
                // The peer does not take what was written before.
                Err(_) => return refuse(Errno::EAGAIN, Reason::Busy),
            }
        }
        if forget && let Err(full) = stream.forget_session() {
            tracing::warn!(%full, "signaling: RESET_SESSION refused");
            return refuse(Errno::EAGAIN, Reason::Busy);
        }
        if keys {
            stream.refresh_keys().map_err(|error| ended(&error))?;
        }
        self.to_peer.flush_next();
        self.outcome.renewed_tls(forget, keys);
        Ok(())
    }

    fn stage(&self) -> Stage {
        *self.outcome.connection().stage.borrow()
    }

    fn patience(&self, control: &Control) -> Duration {
        if control.options.non_blocking {
            AT_ONCE
        } else {
            self.limits.write
        }
    }

    /// `other` is the answer where TLS has been there and is not now.
    fn check_secure(&self, errno: Errno, other: Reason) -> Result<(), Failed> {
        if self.outer.is_tls() {
            Ok(())
        } else if self.stage() == Stage::Stopped {
            refuse(errno, other)
        } else {
            refuse(Errno::EPROTO, Reason::NeverStarted)
        }
    }

    fn check_established(&self, control: &Control) -> Result<(), Failed> {
        match control.program.progress() {
            Ok(Progress::Established) if self.peer != PeerEnd::Ended => Ok(()),
            _ => refuse(Errno::EPIPE, Reason::NotEstablished),
        }
    }
}

/// Whether the next that the peer sends can be its handshake: nothing is there yet, or the start of one.
fn awaits_handshake(socket: &tokio::net::TcpStream, role: HandshakeRole) -> io::Result<bool> {
    let mut start = [0; 3];
    match ttls_intercept::passed::peek(socket, &mut start) {
        // The end of the connection: the handshake will say so.
        Ok(0) => Ok(true),
        // To the client role the peer says nothing before it is asked.
        Ok(seen) => Ok(role != HandshakeRole::Client && starts_handshake(&start[..seen])),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}

fn refuse<T>(errno: Errno, reason: Reason) -> Result<T, Failed> {
    Err(Failed::Refused(Refusal::new(errno, reason)))
}

fn ended(error: &io::Error) -> Failed {
    Failed::Ended(
        Refusal::new(Errno::EPIPE, Reason::NotEstablished),
        peer_broke(error),
    )
}

fn broken<T>(ended: Ended) -> Result<T, Failed> {
    Err(Failed::Ended(
        Refusal::new(Errno::EPIPE, Reason::NotEstablished),
        ended,
    ))
}

fn gone<T>() -> Result<T, Failed> {
    broken(Ended::Broken("the connection of the peer is gone".to_owned()))
}
