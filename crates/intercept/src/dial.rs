use std::io;
use std::net::{SocketAddr, TcpStream as StdStream};

use tokio::net::{TcpSocket, TcpStream};

use crate::socket;

/// Connects from a given local address outside: an active data connection.
///
/// The local port is a wish where it is not 0. A port that needs a privilege which the agent lacks, or that
/// is taken towards this peer, gives way to any free one; the address does not. The stream's `local_addr`
/// tells. Bound the wait from outside. From its first moment, closing the connection is a reset until
/// [`end_in_order`](crate::end_in_order).
///
/// # Errors
/// What `bind` and `connect` say.
pub async fn connect_from(local: SocketAddr, remote: SocketAddr) -> io::Result<TcpStream> {
    match attempt(local, remote).await {
        Err(error) if local.port() != 0 && port_denied(&error) => {
            tracing::debug!(%local, %remote, %error, "local port not to be had, another is taken");
            attempt(SocketAddr::new(local.ip(), 0), remote).await
        }
        result => result,
    }
}

/// Whether `bind` or `connect` failed for want of this very local port.
pub(crate) fn port_denied(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable
    )
}

/// Connects from an address of the system's choice outside; closing it is a reset, as with [`connect_from`].
///
/// # Errors
/// What `connect` says.
pub async fn connect_to(remote: SocketAddr) -> io::Result<TcpStream> {
    attempt(socket::any(remote.is_ipv6(), 0), remote).await
}

/// Connects a socket that is bound already.
pub(crate) async fn connect(bound: impl Into<StdStream>, remote: SocketAddr) -> io::Result<TcpStream> {
    let bound = TcpSocket::from_std_stream(bound.into());
    // The system may complete a connection whose wait has been given up here: the other end must not take that for
    // an empty file.
    socket::reset(&bound);
    bound.connect(remote).await
}

async fn attempt(local: SocketAddr, remote: SocketAddr) -> io::Result<TcpStream> {
    connect(socket::dialer(local, remote)?, remote).await
}
