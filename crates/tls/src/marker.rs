//! What tells a record of our own among those that go through rustls.

use std::sync::LazyLock;

/// Length of the marker, in bytes.
pub(crate) const MARKER_LENGTH: usize = 32;

static MARKER: LazyLock<[u8; MARKER_LENGTH]> = LazyLock::new(rand::random);

/// Random bytes that never leave the process, so nobody else can write them.
pub(crate) fn marker() -> &'static [u8; MARKER_LENGTH] {
    &MARKER
}
