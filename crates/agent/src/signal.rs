//! The agent's end of the signaling channel: applications look at and control the TLS of their own connections.

use std::sync::Arc;

use tokio::sync::oneshot;
use ttls_intercept::passed::PassedSocket;
use ttls_signal::{Operations, Options, Refusal};

mod answering;
mod client;
mod listener;
mod status;
mod users;

pub(crate) use listener::{ControlSocket, Serves, open};

/// A request on its way from the channel to the session that carries the connection.
#[derive(Debug)]
pub(crate) struct Control {
    /// The program's own socket.
    pub(crate) program: Arc<PassedSocket>,
    pub(crate) operations: Operations,
    pub(crate) options: Options,
    /// Hears when the cut between before and after is made, for callers that do not wait for the end.
    begun: Option<oneshot::Sender<()>>,
    /// Hears how it ended.
    pub(crate) done: oneshot::Sender<Result<(), Refusal>>,
}

impl Control {
    /// The cut is made: what the program does from now on belongs behind it.
    pub(crate) fn begin(&mut self) {
        if let Some(begun) = self.begun.take() {
            // A caller that is gone does not want to know.
            let _ = begun.send(());
        }
    }
}
