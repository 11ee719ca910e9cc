//! Closing a socket so that what was written last arrives.
//!
//! Closing a socket with unread bytes in it makes the kernel send a reset, and a reset throws away what the peer
//! has not read yet. So: end our side, read the peer's rest, then close; all of it bounded.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a peer may take to close after an alert.
const ALERT_WAIT: Duration = Duration::from_millis(500);

/// What is read and thrown away at most, in bytes: a peer that keeps sending is cut off.
const MOST_DISCARDED: usize = 1 << 20;

/// Closes a socket whose last bytes are an alert.
pub(crate) async fn let_alert_arrive(socket: TcpStream) {
    finish(socket, ALERT_WAIT).await;
}

/// Ends our side of a socket, discards what still comes until the peer ends its side or `wait` is over, closes.
pub(crate) async fn finish(mut socket: TcpStream, wait: Duration) {
    let orderly = async {
        // Errors mean that the peer is gone, and then there is nothing left to wait for.
        if socket.shutdown().await.is_err() {
            return;
        }
        let mut discarded = 0;
        // On the heap: a task would have room for it from its first moment.
        let mut buffer = vec![0; 4096];
        while discarded < MOST_DISCARDED {
            match socket.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => discarded += count,
            }
        }
    };
    // Running into the bound is one of the three ways it ends.
    let _ = tokio::time::timeout(wait, orderly).await;
}
