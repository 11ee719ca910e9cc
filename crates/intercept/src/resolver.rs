//! Name resolution: the program's queries to UDP port 53 of any address, asked outside in its place.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket as StdUdpSocket};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use nix::cmsg_space;
use nix::libc;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::Namespace;
use crate::socket::any;

/// Queries waiting for their answers; those beyond are dropped, as a busy name server does, and asked again.
const OUTSTANDING: usize = 256;

/// How long an answer is waited for, as resolvers do by default.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest UDP payload.
const LONGEST: usize = 65_535;

/// Relays name queries until the namespace ends. One task; a second one for the same namespace ends at once.
///
/// Each query goes out from a socket of its own, to the address that the program asked, and the answer comes
/// from that address. Where the outside cannot be asked at all the answer is "server failure"; silence stays
/// silence. TCP queries are connections like others.
pub async fn relay_queries(namespace: Namespace) {
    let sockets = namespace.take_query_sockets();
    let ended = namespace.ended();
    // The handle must not keep the namespace alive.
    drop(namespace);
    let outstanding = Arc::new(Semaphore::new(OUTSTANDING));
    let mut tasks = tokio::task::JoinSet::new();
    for socket in sockets {
        tasks.spawn(serve(socket, outstanding.clone()));
    }
    // Dropping the set stops them.
    tokio::select! {
        () = ended => {}
        () = async { while tasks.join_next().await.is_some() {} } => {}
    }
}

/// A query, and where it came from and went to.
struct Query {
    text: Vec<u8>,
    program: SocketAddr,
    server: IpAddr,
}

async fn serve(socket: OwnedFd, outstanding: Arc<Semaphore>) {
    let inside = match UdpSocket::from_std(StdUdpSocket::from(socket)) {
        Ok(socket) => Arc::new(socket),
        Err(error) => return tracing::error!(%error, "name queries of the program cannot be relayed"),
    };
    let mut buffer = vec![0; LONGEST];
    let mut queries = tokio::task::JoinSet::new();
    loop {
        let query = tokio::select! {
            query = inside.async_io(Interest::READABLE, || receive(&inside, &mut buffer)) => query,
            Some(_) = queries.join_next() => continue,
        };
        match query {
            Ok(Some(query)) => {
                let Ok(permit) = outstanding.clone().try_acquire_owned() else {
                    tracing::debug!(program = %query.program, "too many name queries at once, one is dropped");
                    continue;
                };
                let inside = inside.clone();
                queries.spawn(async move {
                    let (program, server) = (query.program, query.server);
                    if let Err(error) = relay(&inside, query).await {
                        tracing::debug!(%program, %server, %error, "name query without answer");
                    }
                    drop(permit);
                });
            }
            // Without the address asked, or an error message of the network about an earlier answer.
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(%error, "name queries of the program");
                // Never a tight loop, whatever the system says.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

async fn relay(inside: &UdpSocket, query: Query) -> io::Result<()> {
    let answer = match timeout(PATIENCE, ask(&query)).await {
        Ok(Ok(answer)) => answer,
        // The outside said at once that it is no use; the program is to know too, not to wait.
        Ok(Err(error)) => {
            tracing::debug!(program = %query.program, server = %query.server, %error, "name query cannot be asked");
            server_failure(query.text)
        }
        Err(_) => return Err(io::ErrorKind::TimedOut.into()),
    };
    inside
        .async_io(Interest::WRITABLE, || {
            send_from(inside, query.server, query.program, &answer)
        })
        .await
}

async fn ask(query: &Query) -> io::Result<Vec<u8>> {
    let outside = UdpSocket::bind(any(query.server.is_ipv6(), 0)).await?;
    outside.connect((query.server, 53)).await?;
    outside.send(&query.text).await?;
    answer(&outside).await
}

/// Makes a query its own answer, "server failure" (RFC 1035 section 4.1.1: QR set, RCODE 2).
fn server_failure(mut query: Vec<u8>) -> Vec<u8> {
    if let Some([high, low]) = query.get_mut(2..4) {
        *high |= 0x80;
        *low = *low & 0xf0 | 2;
    }
    query
}

async fn answer(outside: &UdpSocket) -> io::Result<Vec<u8>> {
    // A refusal is no data: without asking for errors too it would never be heard of.
    if outside
        .ready(Interest::READABLE | Interest::ERROR)
        .await?
        .is_error()
        && let Some(error) = outside.take_error()?
    {
        return Err(error);
    }
    // Large buffers only once there is something to read.
    let mut answer = vec![0; LONGEST];
    let length = outside.recv(&mut answer).await?;
    answer.truncate(length);
    Ok(answer)
}

fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<Option<Query>> {
    let mut beside = cmsg_space!(libc::in_pktinfo, libc::in6_pktinfo);
    let mut parts = [IoSliceMut::new(buffer)];
    let packet = recvmsg::<SockaddrStorage>(
        socket.as_fd().as_raw_fd(),
        &mut parts,
        Some(&mut beside),
        MsgFlags::empty(),
    )?;
    let server = packet.cmsgs()?.find_map(|part| match part {
        ControlMessageOwned::Ipv4PacketInfo(info) => Some(IpAddr::from(info.ipi_addr.s_addr.to_ne_bytes())),
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(IpAddr::V6(Ipv6Addr::from(info.ipi6_addr.s6_addr))),
        _ => None,
    });
    let program =
        packet.address.and_then(
            |address| match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
                (Some(v4), _) => Some(SocketAddr::from(*v4)),
                (_, Some(v6)) => Some(SocketAddr::from(*v6)),
                _ => None,
            },
        );
    let length = packet.bytes;
    let (Some(program), Some(server)) = (program, server) else {
        return Ok(None);
    };
    Ok(Some(Query {
        text: buffer[..length].to_vec(),
        program,
        server,
    }))
}

fn send_from(socket: &UdpSocket, from: IpAddr, to: SocketAddr, text: &[u8]) -> io::Result<()> {
    let to = SockaddrStorage::from(to);
    let fd = socket.as_fd().as_raw_fd();
    let parts = [IoSlice::new(text)];
    match from {
        IpAddr::V4(ip) => {
            let address = libc::in_addr {
                s_addr: u32::from_ne_bytes(ip.octets()),
            };
            let info = libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: address,
                ipi_addr: address,
            };
            sendmsg(
                fd,
                &parts,
                &[ControlMessage::Ipv4PacketInfo(&info)],
                MsgFlags::empty(),
                Some(&to),
            )?;
        }
        IpAddr::V6(ip) => {
            let info = libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr { s6_addr: ip.octets() },
                ipi6_ifindex: 0,
            };
            sendmsg(
                fd,
                &parts,
                &[ControlMessage::Ipv6PacketInfo(&info)],
                MsgFlags::empty(),
                Some(&to),
            )?;
        }
    }
    Ok(())
}
