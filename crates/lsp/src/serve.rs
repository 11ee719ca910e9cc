//! The server over standard input and output.

use std::time::Duration;

use lsp_server::{Connection, Message};

use crate::error::Error;
use crate::server::{self, Server};

/// Texts are looked at when nothing was written for so long.
const PAUSE: Duration = Duration::from_millis(120);

/// Serves an editor until it says `exit`.
///
/// # Errors
/// The editor does not speak the protocol, or goes away.
pub fn serve() -> Result<(), Error> {
    let (connection, threads) = Connection::stdio();
    let capabilities = serde_json::to_value(server::capabilities())?;
    let (id, client) = connection.initialize_start()?;
    let info = serde_json::json!({
        "capabilities": capabilities,
        "serverInfo": {"name": "ttls", "version": env!("CARGO_PKG_VERSION")},
    });
    connection.initialize_finish(id, info)?;
    let ended = converse(&connection, Server::new(&serde_json::from_value(client)?));
    // The writing thread ends when nothing more can be sent.
    drop(connection);
    ended?;
    threads.join()?;
    Ok(())
}

fn converse(connection: &Connection, mut server: Server) -> Result<(), Error> {
    loop {
        let received = if server.has_work() {
            connection.receiver.recv_timeout(PAUSE)
        } else {
            connection.receiver.recv().map_err(Into::into)
        };
        let answers = match received {
            Ok(Message::Request(request)) if connection.handle_shutdown(&request)? => return Ok(()),
            Ok(message) => server.handle(message),
            Err(error) if error.is_timeout() => server.work(),
            Err(_) => return Err(Error::Gone),
        };
        for answer in answers {
            // Nobody listens any more: the next receive says so too.
            let _ = connection.sender.send(answer);
        }
    }
}
