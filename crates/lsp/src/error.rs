//! What ends the server.

/// Why the server ended otherwise than an editor asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The editor did not keep to the protocol.
    #[error("speaking to the editor: {0}; the server is started by an editor and speaks LSP")]
    Protocol(#[from] lsp_server::ProtocolError),
    /// What the editor says about itself cannot be read.
    #[error("reading what the editor asks for: {0}")]
    Message(#[from] serde_json::Error),
    /// Standard input or output failed.
    #[error("reading or writing messages: {0}")]
    Io(#[from] std::io::Error),
    /// The editor went away without `shutdown` and `exit`.
    #[error("the editor closed the connection without asking the server to end")]
    Gone,
}
