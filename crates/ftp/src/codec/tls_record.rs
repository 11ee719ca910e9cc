//! The little that a clear-text parser must know of TLS records (RFC 8446 section 5.1).

/// Content type of handshake records.
pub(crate) const HANDSHAKE: u8 = 0x16;
/// Content type of alert records.
pub(crate) const ALERT: u8 = 0x15;
/// Content type of application data; TLS 1.3 alerts travel under it.
pub(crate) const APPLICATION_DATA: u8 = 0x17;
/// Major version in every record header since SSL 3.0.
pub(crate) const MAJOR: u8 = 0x03;

/// These bytes may be the start of a ClientHello: handshake type and major version, as far as they are there.
pub(crate) fn looks_like_client_hello(bytes: &[u8]) -> bool {
    match bytes {
        [] => false,
        [first] => *first == HANDSHAKE,
        [first, second, ..] => *first == HANDSHAKE && *second == MAJOR,
    }
}
