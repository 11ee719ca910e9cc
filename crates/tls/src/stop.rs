//! The peer's part in ending TLS.

use std::io;
use std::time::Duration;

use rustls::Connection;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout_at};

use crate::record_io::{Ahead, RecordIo};

/// Bytes taken from the socket at once.
const CHUNK: usize = 4096;

/// How the peer answered the end of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// By its own end of TLS, by clear text, or by the end of the connection.
    Yes,
    /// Not within the wait.
    No,
}

/// Reads records until the peer's close_notify, clear text, the end of the connection, or the end of the wait.
/// Clear text is left in the socket.
pub(crate) async fn await_peer(
    io: &mut RecordIo,
    connection: &mut Connection,
    wait: Duration,
) -> io::Result<Answered> {
    let deadline = Instant::now() + wait;
    let mut chunk = vec![0; CHUNK];
    loop {
        if has_closed(connection)? {
            return Ok(Answered::Yes);
        }
        if io.at_boundary() {
            match timeout_at(deadline, io.ahead()).await {
                Ok(ahead) => match ahead? {
                    Ahead::Record => {}
                    Ahead::ClearText | Ahead::End => return Ok(Answered::Yes),
                },
                Err(_) => return Ok(Answered::No),
            }
        }
        let count = match timeout_at(deadline, io.read(&mut chunk)).await {
            Ok(count) => count?,
            // A started record cannot be given back.
            Err(_) if !io.at_boundary() => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the peer did not finish a TLS record while TLS was being stopped",
                ));
            }
            Err(_) => return Ok(Answered::No),
        };
        if count == 0 {
            return Ok(Answered::Yes);
        }
        feed(connection, &chunk[..count])?;
    }
}

/// Whether the peer's close_notify was seen; data that nobody read is an error, because it was meant to be
/// protected and what follows is not.
fn has_closed(connection: &mut Connection) -> io::Result<bool> {
    let state = connection.process_new_packets().map_err(invalid)?;
    if state.plaintext_bytes_to_read() > 0 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the peer sent data under TLS behind the agreed end of it",
        ));
    }
    Ok(state.peer_has_closed())
}

fn feed(connection: &mut Connection, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        // Never 0: a closed peer ends the loop above before more is fed, and a record fits the buffers.
        if connection.read_tls(&mut bytes)? == 0 {
            break;
        }
        connection.process_new_packets().map_err(invalid)?;
    }
    Ok(())
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
