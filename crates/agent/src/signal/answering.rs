//! From a request to its answer.

use std::sync::Arc;

use nix::errno::Errno;
use tokio::sync::{mpsc::error::TrySendError, oneshot};
use ttls_intercept::passed::{PassedSocket, Progress};
use ttls_signal::{Answer, HostStatus, Operations, Reason, Refusal, Request, StatConn, StatPolicy, Status};
use ttls_tls::HostCheck;

use super::{Control, status};
use crate::connection::{Connection, Stage};
use crate::table::Table;

/// An operation has begun; the connection as it is since.
#[derive(Debug)]
pub(super) struct Begun(pub(super) Status);

/// Performs a request. `begun` hears where it takes longer and the caller does not wait.
pub(super) async fn answer(
    table: &Table,
    request: &Request,
    socket: &Arc<PassedSocket>,
    begun: Option<oneshot::Sender<Begun>>,
) -> Answer {
    let Some(connection) = table.find(socket.ends()).await else {
        // As on a system whose AT-TLS is off.
        let answer = Answer::success(
            request.id,
            Status {
                policy: StatPolicy::Off,
                connection: StatConn::NotSecure,
                ..Status::default()
            },
        );
        let refused = request.operations.has_any(Operations::CONTROL);
        return if refused {
            answer.with(not_enabled())
        } else {
            answer
        };
    };
    let performed = perform(&connection, request, socket, begun).await;
    let mut answer = Answer::success(request.id, status::of(&connection));
    if let Err(refusal) = performed {
        answer = answer.with(refusal);
        answer.valid = !matches!(refusal.reason, Reason::HandshakeFailed | Reason::StopFailed);
        return answer;
    }
    add_certificate(&mut answer, &connection, request);
    answer
}

async fn perform(
    connection: &Connection,
    request: &Request,
    socket: &Arc<PassedSocket>,
    begun: Option<oneshot::Sender<Begun>>,
) -> Result<(), Refusal> {
    let asked = request.operations;
    if asked.has_any(Operations::CONTROL) {
        match status::of(connection).policy {
            StatPolicy::ApplicationControlled => {}
            StatPolicy::Enabled => return Err(Refusal::new(Errno::EACCES, Reason::ConnDeniedPolicy)),
            StatPolicy::Unknown | StatPolicy::Off | StatPolicy::NoPolicy | StatPolicy::NotEnabled => {
                return Err(not_enabled());
            }
        }
        match socket.progress() {
            Ok(Progress::Established) => {}
            Ok(Progress::Ending) => return Err(not_established()),
            _ => return Err(Refusal::new(Errno::ENOTCONN, Reason::NotConnected)),
        }
    }
    let passing = connection.stage.borrow().is_passing();
    if passing && asked.has_any(Operations::INIT | Operations::STOP) {
        return Err(Refusal::new(Errno::EALREADY, Reason::AlreadyActive));
    }
    if passing && request.options.non_blocking {
        return Err(Refusal::new(Errno::EWOULDBLOCK, Reason::InProgress));
    }
    settled(connection).await?;
    if asked.has_any(Operations::CONTROL) {
        control(connection, request, socket, begun).await?;
    }
    Ok(())
}

/// Waits for the end of a handshake or stop; bounded by what bounds those.
async fn settled(connection: &Connection) -> Result<(), Refusal> {
    let mut stage = connection.stage.subscribe();
    // The connection holds the other end, so this cannot fail before it is settled.
    match stage.wait_for(|stage| !stage.is_passing()).await {
        Ok(stage) if *stage == Stage::Failed => Err(Refusal::new(Errno::ECONNRESET, Reason::HandshakeFailed)),
        _ => Ok(()),
    }
}

async fn control(
    connection: &Connection,
    request: &Request,
    socket: &Arc<PassedSocket>,
    begun: Option<oneshot::Sender<Begun>>,
) -> Result<(), Refusal> {
    let Some(controls) = connection.controls.get() else {
        return Err(Refusal::new(Errno::EACCES, Reason::ConnDeniedPolicy));
    };
    let (cut, begins) = oneshot::channel();
    let (done, ends) = oneshot::channel();
    let control = Control {
        program: socket.clone(),
        operations: request.operations,
        options: request.options,
        begun: Some(cut),
        done,
    };
    match controls.try_send(control) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => return Err(Refusal::new(Errno::EAGAIN, Reason::Busy)),
        Err(TrySendError::Closed(_)) => return Err(not_established()),
    }
    if let Some(begun) = begun
        && begins.await.is_ok()
    {
        // The caller may be gone.
        let _ = begun.send(Begun(status::of(connection)));
    }
    // A session that ends without an answer has lost its connection.
    ends.await.unwrap_or_else(|_| Err(not_established()))
}

fn add_certificate(answer: &mut Answer, connection: &Connection, request: &Request) {
    let negotiated = status::in_force(connection);
    let negotiated = negotiated.as_ref();
    if let Some(host) = &request.host {
        answer.status.host = Some(match negotiated.map(|negotiated| negotiated.is_of_host(host)) {
            Some(HostCheck::Matches) => HostStatus::Matches,
            Some(HostCheck::NoCertificate) | None => HostStatus::NoCertificate,
            Some(HostCheck::NoMatch) => HostStatus::NoMatch,
            Some(HostCheck::NameUnusable) => HostStatus::NameUnusable,
            Some(HostCheck::CertificateUnreadable) => HostStatus::CertificateUnreadable,
        });
    }
    let certificate = negotiated.and_then(|negotiated| negotiated.peer_certificate.as_ref());
    if let Some(certificate) = certificate.filter(|_| request.operations.has(Operations::RETURN_CERTIFICATE))
    {
        let room = usize::try_from(request.certificate_room).unwrap_or(usize::MAX);
        if certificate.len() > room.min(usize::from(u16::MAX)) {
            *answer = std::mem::take(answer).with(Refusal::new(Errno::ENOBUFS, Reason::BuffTooSmall));
        } else {
            answer.certificate = certificate.to_vec();
        }
    }
}

fn not_enabled() -> Refusal {
    Refusal::new(Errno::EOPNOTSUPP, Reason::NotEnabled)
}

fn not_established() -> Refusal {
    Refusal::new(Errno::EPIPE, Reason::NotEstablished)
}
