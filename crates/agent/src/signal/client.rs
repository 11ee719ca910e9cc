//! One client of the channel.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use tokio::sync::{Semaphore, oneshot};
use ttls_intercept::packets::{Packet, PacketStream};
use ttls_intercept::passed::{PassedError, PassedSocket};
use ttls_signal::{Answer, FrameError, HOST_MAX, Operations, Reason, Refusal, Request};

use super::answering::{self, Begun};
use super::users::{Place, Users};
use crate::table::Table;

/// Requests of one client at the same time; the next is read when one has been answered.
const OUTSTANDING: u32 = 64;

/// More than any request has.
const REQUEST: usize = 64 + HOST_MAX;

/// Descriptors kept of a packet: a request comes with one, and more than one make it none.
const KEPT: usize = 2;

/// How long a client may leave an answer in its way.
const UNREAD: Duration = Duration::from_secs(10);

struct Client {
    stream: PacketStream,
    place: Place,
    table: Arc<Table>,
}

/// Serves a client until it goes.
pub(super) async fn serve(stream: PacketStream, table: Arc<Table>, users: Arc<Users>) {
    // Without knowing who it is there is no bound for it.
    let Ok((user, process)) = stream.peer() else {
        return;
    };
    let Some(place) = users.enter(user) else {
        tracing::warn!(user, process, "signaling: too many clients");
        let busy = Answer::refused(0, Refusal::new(Errno::EAGAIN, Reason::Busy));
        // It may be gone already.
        let _ = tokio::time::timeout(UNREAD, stream.send(&busy.encode())).await;
        return;
    };
    let client = Arc::new(Client { stream, place, table });
    let outstanding = Arc::new(Semaphore::new(OUTSTANDING as usize));
    let mut buffer = [0; REQUEST];
    loop {
        // The semaphore is never closed.
        let Ok(permit) = outstanding.clone().acquire_owned().await else {
            return;
        };
        if client.stream.waiting().await.is_err() {
            break;
        }
        let mut leave = client.place.leave().await;
        let mut packet = match client.stream.receive(&mut buffer) {
            Ok(Some(packet)) => packet,
            Ok(None) => continue,
            Err(_) => break,
        };
        if packet.length == 0 {
            client.place.close_all(packet.descriptors).await;
            break;
        }
        // Nobody's descriptors wait here for an answer to be read, except as many as tell a request from others.
        let kept = packet.descriptors.len().min(KEPT);
        client.place.close_all(packet.descriptors.split_off(kept)).await;
        leave.received();
        let bytes = buffer[..packet.length].to_vec();
        let client = client.clone();
        tokio::spawn(async move {
            client.handle(&bytes, packet).await;
            drop((permit, leave));
        });
    }
    // What the client has begun goes on to its end.
    let all = outstanding.acquire_many(OUTSTANDING).await;
    drop(all);
    if let Some(Client { stream, place, .. }) = Arc::into_inner(client) {
        // Requests that nobody has read go with it, and the sockets beside them.
        place.close(stream).await;
    }
}

impl Client {
    async fn handle(&self, bytes: &[u8], packet: Packet) {
        let id = Request::id_of(bytes);
        match understand(bytes, packet) {
            Ok((request, socket)) => {
                let socket = Arc::new(socket);
                self.answer(&request, &socket).await;
                if let Some(socket) = Arc::into_inner(socket) {
                    self.place.close(socket.into_descriptor()).await;
                }
            }
            Err((refusal, descriptors)) => {
                self.send(&Answer::refused(id, refusal)).await;
                self.place.close_all(descriptors).await;
            }
        }
    }

    async fn answer(&self, request: &Request, socket: &Arc<PassedSocket>) {
        let lasting = request.operations.has_any(Operations::INIT | Operations::STOP);
        if !(request.options.non_blocking && lasting) {
            let answer = answering::answer(&self.table, request, socket, None).await;
            return self.send(&answer).await;
        }
        let (begun, begins) = oneshot::channel();
        let answer = answering::answer(&self.table, request, socket, Some(begun));
        tokio::pin!(answer);
        tokio::select! {
            biased;
            Ok(Begun(status)) = begins => {
                let mut begun = Answer::success(request.id, status)
                    .with(Refusal::new(Errno::EINPROGRESS, Reason::Ok));
                begun.more = true;
                self.send(&begun).await;
                let answer = answer.await;
                self.send(&answer).await;
            }
            answer = &mut answer => self.send(&answer).await,
        }
    }

    async fn send(&self, answer: &Answer) {
        match tokio::time::timeout(UNREAD, self.stream.send(&answer.encode())).await {
            // One that is gone is noticed by reading.
            Ok(_) => {}
            Err(_) => {
                tracing::warn!("signaling: a client does not read its answers");
                self.stream.shut();
            }
        }
    }
}

/// What a packet asks for and about which socket, or how to refuse it.
fn understand(bytes: &[u8], packet: Packet) -> Result<(Request, PassedSocket), (Refusal, Vec<OwnedFd>)> {
    let mut descriptors = packet.descriptors;
    let malformed = Refusal::new(Errno::EINVAL, Reason::SocketCallParmError);
    if packet.truncated {
        return Err((malformed, descriptors));
    }
    let request = match Request::decode(bytes) {
        Ok(request) => request,
        Err(FrameError::UnknownVersion(_)) => {
            let refusal = Refusal::new(Errno::EINVAL, Reason::InvalidVersion);
            return Err((refusal, descriptors));
        }
        Err(FrameError::NotAMessage | FrameError::Malformed { .. }) => return Err((malformed, descriptors)),
    };
    let Some(socket) = descriptors.pop().filter(|_| descriptors.is_empty()) else {
        return Err((Refusal::new(Errno::EBADF, Reason::NoSocket), descriptors));
    };
    let socket =
        PassedSocket::check(socket).map_err(|(error, socket)| (passed_error(error), vec![socket]))?;
    match request.check() {
        Ok(()) => Ok((request, socket)),
        Err(refusal) => Err((refusal, vec![socket.into_descriptor()])),
    }
}

fn passed_error(error: PassedError) -> Refusal {
    match error {
        PassedError::NotASocket => Refusal::new(Errno::ENOTSOCK, Reason::NotTcp),
        PassedError::NotTcp => Refusal::new(Errno::EPROTOTYPE, Reason::NotTcp),
        PassedError::NotConnected => Refusal::new(Errno::ENOTCONN, Reason::NotConnected),
        PassedError::System(errno) => Refusal::new(errno, Reason::NotConnected),
    }
}
