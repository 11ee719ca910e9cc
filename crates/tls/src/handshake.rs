//! One handshake, in either role, within the limits of the action set.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::Acceptor;
use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{LazyConfigAcceptor, TlsConnector, client, server};

use crate::linger::let_alert_arrive;
use crate::server_names::ServerNames;
use crate::server_side::ServerSide;
use crate::{Environment, HandshakeError};

/// How much longer than the start of a handshake its completion may take.
const COMPLETION_FACTOR: u32 = 10;

/// `HandshakeTimeout`: one number, two intervals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// From being ready to the peer's first record; `None` is no limit.
    pub(crate) start: Option<Duration>,
    /// From that record to the end.
    completion: Option<Duration>,
}

impl Limits {
    pub(crate) fn new(timeout: Option<Duration>) -> Self {
        Self {
            start: timeout,
            completion: timeout.map(|timeout| timeout.saturating_mul(COMPLETION_FACTOR)),
        }
    }
}

/// What TLS runs over.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin {
    /// The socket below, to look at.
    fn socket(&self) -> &TcpStream;

    /// The socket below.
    fn into_socket(self) -> TcpStream;
}

impl Transport for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }

    fn into_socket(self) -> TcpStream {
        self
    }
}

/// Performs the handshake as server. Where it fails for a reason that the peer is told by an alert, the alert is given a
/// moment to arrive.
///
/// On the heap, because its state is large and short-lived: a session that idles for hours would keep the room for it.
pub(crate) fn accept<IO: Transport>(
    io: IO,
    config: Arc<ServerConfig>,
    side: &ServerSide,
    environment: &Environment,
) -> Pin<Box<impl Future<Output = Result<server::TlsStream<IO>, HandshakeError>>>> {
    Box::pin(accepted(io, config, side, environment))
}

async fn accepted<IO: Transport>(
    io: IO,
    config: Arc<ServerConfig>,
    side: &ServerSide,
    environment: &Environment,
) -> Result<server::TlsStream<IO>, HandshakeError> {
    let limits = environment.limits;
    let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), io);
    let hello = match within(limits.start, &mut acceptor).await {
        Some(Ok(hello)) => hello,
        Some(Err(error)) => {
            return Err(failed(error.into(), acceptor.take_io()).await);
        }
        None => {
            return Err(HandshakeError::NoClientHello {
                limit: limits.start.unwrap_or_default(),
            });
        }
    };
    let refused = refused_name(&side.names, hello.client_hello().server_name());
    match within(limits.completion, hello.into_stream(config).into_fallible()).await {
        Some(Ok(stream)) => Ok(stream),
        Some(Err((error, io))) => {
            // A refused name reaches the engine as "no certificate"; the reason is known better here.
            Err(failed(refused.unwrap_or_else(|| error.into()), Some(io)).await)
        }
        None => Err(HandshakeError::NotCompleted {
            limit: limits.completion.unwrap_or_default(),
        }),
    }
}

/// Performs the handshake as client, with `name` in it. Where it fails for a reason that the peer is told by an alert,
/// the alert is given a moment to arrive. On the heap as [`accept`].
pub(crate) fn connect<IO: Transport>(
    io: IO,
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    environment: &Environment,
) -> Pin<Box<impl Future<Output = Result<client::TlsStream<IO>, HandshakeError>>>> {
    Box::pin(connected(io, config, name, environment))
}

async fn connected<IO: Transport>(
    io: IO,
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    environment: &Environment,
) -> Result<client::TlsStream<IO>, HandshakeError> {
    let limits = environment.limits;
    let mut hello = Vec::new();
    let mut connecting = TlsConnector::from(config).connect_with(name, io, |connection| {
        // Into a Vec, which takes everything.
        while connection.wants_write() && connection.write_tls(&mut hello).is_ok() {}
    });
    if let Some(io) = connecting.get_mut() {
        match within(limits.start, answer(io, &hello)).await {
            Some(answered) => answered?,
            None => {
                return Err(HandshakeError::NoServerHello {
                    limit: limits.start.unwrap_or_default(),
                });
            }
        }
    }
    match within(limits.completion, connecting.into_fallible()).await {
        Some(Ok(stream)) => Ok(stream),
        Some(Err((error, io))) => Err(failed(error.into(), Some(io)).await),
        None => Err(HandshakeError::NotCompleted {
            limit: limits.completion.unwrap_or_default(),
        }),
    }
}

/// Writes the ClientHello and waits until something comes back.
async fn answer<IO: Transport>(io: &mut IO, hello: &[u8]) -> Result<(), HandshakeError> {
    io.write_all(hello).await?;
    io.flush().await?;
    match io.socket().peek(&mut [0]).await? {
        0 => Err(HandshakeError::Closed),
        _ => Ok(()),
    }
}

fn refused_name(names: &ServerNames, name: Option<&str>) -> Option<HandshakeError> {
    names.certificates(name).err()
}

async fn failed<IO: Transport>(error: HandshakeError, io: Option<IO>) -> HandshakeError {
    if let (false, Some(io)) = (
        matches!(error, HandshakeError::Io(_) | HandshakeError::Closed),
        io,
    ) {
        let_alert_arrive(io.into_socket()).await;
    }
    error
}

/// `None` where the time is up.
async fn within<F: Future>(limit: Option<Duration>, future: F) -> Option<F::Output> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, future).await.ok(),
        None => Some(future.await),
    }
}
