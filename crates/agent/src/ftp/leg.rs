//! One leg of a control connection: in clear, under TLS, and from one to the other.

use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use ttls_tls::{ClientScope, HandshakeError, Negotiated, PrimaryStream, SessionScope};

use super::answers::Answers;
use crate::eager;
use crate::relay::linger;

/// How long a peer may take to send its close_notify after CCC before ours goes first.
const PEER_FIRST: Duration = Duration::from_secs(1);

/// The connection to the client, or to the server.
pub(super) struct Leg {
    stream: Stream,
    negotiated: Option<Negotiated>,
    answers: Answers,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<PrimaryStream>),
    /// Given to a transition that failed: there is nothing left to read or write.
    Gone,
}

impl Leg {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream: Stream::Clear(stream),
            negotiated: None,
            answers: Answers::default(),
        }
    }

    /// What the last handshake agreed on.
    pub(super) fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref()
    }

    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = match &mut self.stream {
            Stream::Clear(stream) => stream.read(buffer).await,
            Stream::Tls(stream) => read_record(stream, buffer).await,
            Stream::Gone => Ok(0),
        };
        eager::came();
        self.answers.came(Instant::now());
        read
    }

    pub(super) async fn write(&mut self, bytes: &[u8], bound: Duration) -> std::io::Result<()> {
        let write = async {
            match &mut self.stream {
                Stream::Clear(stream) => stream.write_all(bytes).await,
                Stream::Tls(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
                Stream::Gone => Err(std::io::ErrorKind::NotConnected.into()),
            }
        };
        let written = tokio::time::timeout(bound, write)
            .await
            .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
        if self.answers.told(Instant::now()) {
            eager::answer_is_near();
        }
        written
    }

    /// Starts TLS as server; the bytes of `preamble` were received before and belong to the handshake.
    pub(super) async fn start_tls(
        &mut self,
        scope: &SessionScope,
        preamble: Vec<u8>,
    ) -> Result<(), HandshakeError> {
        let Stream::Clear(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Ok(());
        };
        let stream = scope.accept_primary(stream, preamble).await?;
        self.negotiated = Some(stream.info().clone());
        self.stream = Stream::Tls(Box::new(stream));
        Ok(())
    }

    /// Starts TLS as client.
    pub(super) async fn connect_tls(&mut self, scope: &ClientScope) -> Result<(), HandshakeError> {
        let Stream::Clear(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Ok(());
        };
        let stream = scope.connect_primary(stream).await?;
        self.negotiated = Some(stream.info().clone());
        self.stream = Stream::Tls(Box::new(stream));
        Ok(())
    }

    /// Makes the end of the connection a reset, where it is still in clear.
    pub(super) fn reset(&self) {
        if let Stream::Clear(stream) = &self.stream {
            ttls_intercept::reset(stream);
        }
    }

    /// Shows the client a ticket for the next data connection: some use each ticket once, and an upload brings no new one.
    /// It travels with the next reply. Nothing happens in clear, below TLS 1.3 and where sessions are not reused.
    pub(super) async fn send_ticket(&mut self, bound: Duration) -> std::io::Result<()> {
        match &mut self.stream {
            Stream::Tls(stream) => tokio::time::timeout(bound, stream.send_ticket())
                .await
                .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())),
            Stream::Clear(_) | Stream::Gone => Ok(()),
        }
    }

    /// Ends TLS and goes on in clear; waits at most `bound` for the peer to show that it did too.
    ///
    /// The peer may go first: lftp takes a close_notify that comes with the reply to CCC for the end of the connection.
    pub(super) async fn stop_tls(&mut self, bound: Duration) -> std::io::Result<()> {
        if let Stream::Tls(stream) = std::mem::replace(&mut self.stream, Stream::Gone) {
            // Whatever comes, stopping knows what to make of it.
            let _ = tokio::time::timeout(PEER_FIRST, stream.socket().peek(&mut [0; 1])).await;
            self.stream = Stream::Clear(Box::pin(stream.stop(bound)).await?);
        }
        Ok(())
    }

    /// Ends the connection so that what was written last still arrives.
    pub(super) async fn close(self, bound: Duration) {
        match self.stream {
            Stream::Clear(mut stream) => {
                if stream.shutdown().await.is_ok() {
                    linger(&mut stream, bound).await;
                }
            }
            Stream::Tls(stream) => {
                // Whether the client still listens decides nothing any more.
                let _ = tokio::time::timeout(bound, Box::pin(stream.close())).await;
            }
            Stream::Gone => {}
        }
    }
}

/// What has arrived of one record; a command is passed on before anyone looks for the next.
async fn read_record(stream: &mut PrimaryStream, buffer: &mut [u8]) -> std::io::Result<usize> {
    let record = stream.fill_buf().await?;
    let count = record.len().min(buffer.len());
    buffer[..count].copy_from_slice(&record[..count]);
    stream.consume(count);
    Ok(count)
}
