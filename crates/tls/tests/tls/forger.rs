//! A client that protects records as no TLS engine would make them.

use std::sync::{Arc, LazyLock};

use rustls::crypto::cipher::{
    AeadKey, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundOpaqueMessage,
    OutboundPlainMessage, Tls12AeadAlgorithm, Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::crypto::{CipherSuiteCommon, aws_lc_rs};
use rustls::{
    ClientConfig, ConnectionTrafficSecrets, ContentType, Error, SupportedCipherSuite,
    SupportedProtocolVersion, Tls12CipherSuite, Tls13CipherSuite,
};

use crate::support::Rings;

/// Data that start so become a record of the content type that comes next, of the bytes behind it.
const MARK: &[u8] = b"forge this record: ";

static SUITES: LazyLock<Vec<SupportedCipherSuite>> =
    LazyLock::new(|| aws_lc_rs::ALL_CIPHER_SUITES.iter().map(wrapped).collect());

/// What to write for a record of this content type and plaintext.
pub(crate) fn record(typ: u8, plain: &[u8]) -> Vec<u8> {
    [MARK, &[typ], plain].concat()
}

/// A client of the ring `ring`.
pub(crate) fn client(rings: &Rings, version: &'static SupportedProtocolVersion) -> ClientConfig {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.clone_from(&SUITES);
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(rings.trust("ring"))
        .with_no_client_auth()
}

struct Forger(Box<dyn MessageEncrypter>);

impl MessageEncrypter for Forger {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        sequence: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let plain = message.payload.to_vec();
        if let Some((&typ, plain)) = plain.strip_prefix(MARK).and_then(<[u8]>::split_first) {
            let forged = OutboundPlainMessage {
                typ: ContentType::from(typ),
                version: message.version,
                payload: OutboundChunks::Single(plain),
            };
            return self.0.encrypt(forged, sequence);
        }
        self.0.encrypt(message, sequence)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.0.encrypted_payload_len(payload_len)
    }
}

fn wrapped(suite: &SupportedCipherSuite) -> SupportedCipherSuite {
    let common = |common: &CipherSuiteCommon| CipherSuiteCommon {
        suite: common.suite,
        hash_provider: common.hash_provider,
        confidentiality_limit: common.confidentiality_limit,
    };
    match suite {
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&suite.common),
                prf_provider: suite.prf_provider,
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: Box::leak(Box::new(Algorithm12(suite.aead_alg))),
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                hkdf_provider: suite.hkdf_provider,
                aead_alg: Box::leak(Box::new(Algorithm13(suite.aead_alg))),
                quic: None,
            })))
        }
    }
}

struct Algorithm12(&'static dyn Tls12AeadAlgorithm);

impl Tls12AeadAlgorithm for Algorithm12 {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Forger(self.0.encrypter(key, iv, extra)))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.0.key_block_shape()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv, explicit)
    }
}

struct Algorithm13(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Algorithm13 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Forger(self.0.encrypter(key, iv)))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }
}
