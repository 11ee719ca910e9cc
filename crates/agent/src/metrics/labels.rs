//! Labels: each has few values, whatever peers do.

use prometheus_client::encoding::EncodeLabelSet;

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Ending {
    /// `-` where none decided.
    pub(super) rule: String,
    pub(super) map: &'static str,
    pub(super) outcome: &'static str,
}

/// What a handshake agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Handshake {
    pub(super) protocol: &'static str,
    pub(super) suite: String,
    pub(super) resumed: &'static str,
}

/// Why a handshake failed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Failure {
    pub(super) code: u32,
}
