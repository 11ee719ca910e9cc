//! What those need who sit in the record layer of TLS 1.3: wrapped suites, and where handshake messages end.

use rustls::crypto::cipher::Tls13AeadAlgorithm;
use rustls::crypto::{CipherSuiteCommon, CryptoProvider, aws_lc_rs};
use rustls::{SupportedCipherSuite, Tls13CipherSuite};

/// Handshake type `new_session_ticket` (RFC 8446 section 4).
pub(crate) const NEW_SESSION_TICKET: u8 = 4;

/// Handshake type and length, in front of every handshake message.
pub(crate) const MESSAGE_HEADER: usize = 4;

/// The most plaintext that a record takes (RFC 8446 section 5.1).
pub(crate) const RECORD_LIMIT: usize = 1 << 14;

/// The TLS 1.3 suites of the engine.
pub(crate) fn originals() -> impl Iterator<Item = &'static Tls13CipherSuite> {
    aws_lc_rs::ALL_CIPHER_SUITES
        .iter()
        .filter_map(SupportedCipherSuite::tls13)
}

/// A suite with another record protection; nothing else differs.
pub(crate) fn with_algorithm(
    suite: &Tls13CipherSuite,
    algorithm: &'static dyn Tls13AeadAlgorithm,
) -> Tls13CipherSuite {
    Tls13CipherSuite {
        common: CipherSuiteCommon {
            suite: suite.common.suite,
            hash_provider: suite.common.hash_provider,
            confidentiality_limit: suite.common.confidentiality_limit,
        },
        hkdf_provider: suite.hkdf_provider,
        aead_alg: algorithm,
        quic: suite.quic,
    }
}

/// The provider with these suites in the place of its own of the same numbers.
pub(crate) fn with_suites(
    mut provider: CryptoProvider,
    suites: &'static [Tls13CipherSuite],
) -> CryptoProvider {
    for suite in &mut provider.cipher_suites {
        if let Some(wrapped) = suites
            .iter()
            .find(|wrapped| wrapped.common.suite == suite.suite())
        {
            *suite = SupportedCipherSuite::Tls13(wrapped);
        }
    }
    provider
}

/// Takes the whole handshake messages off the front of `bytes`; what stays is the start of the next one.
pub(crate) fn take_messages(bytes: &mut Vec<u8>, mut see: impl FnMut(&[u8])) {
    let mut rest = bytes.as_slice();
    while let Some((message, behind)) = message_length(rest).and_then(|length| rest.split_at_checked(length))
    {
        see(message);
        rest = behind;
    }
    *bytes = rest.to_vec();
}

/// Length of the handshake message that starts here, with its header; `None` where that is not all there.
fn message_length(bytes: &[u8]) -> Option<usize> {
    let [_, length @ ..] = bytes.first_chunk::<MESSAGE_HEADER>()?;
    let body = length
        .iter()
        .fold(0, |length, &byte| length << 8 | usize::from(byte));
    Some(MESSAGE_HEADER + body)
}
