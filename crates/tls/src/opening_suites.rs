//! The engine's suites with decrypters that can move into an [`crate::opening::Opening`].

use std::sync::LazyLock;

use rustls::crypto::cipher::{
    AeadKey, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter, Tls12AeadAlgorithm, Tls13AeadAlgorithm,
    UnsupportedOperationError,
};
use rustls::crypto::{CipherSuiteCommon, CryptoProvider, aws_lc_rs};
use rustls::{ConnectionTrafficSecrets, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite};

use crate::opening::Decrypter;
use crate::tls13::{originals, with_algorithm, with_suites};

/// The wrapped algorithms, in the order of the suites; rustls wants all to live as long as the process.
static ALGORITHMS13: LazyLock<Vec<Algorithm13>> =
    LazyLock::new(|| originals().map(|suite| Algorithm13(suite.aead_alg)).collect());

static SUITES13: LazyLock<Vec<Tls13CipherSuite>> = LazyLock::new(|| {
    originals()
        .zip(ALGORITHMS13.iter())
        .map(|(suite, algorithm)| with_algorithm(suite, algorithm))
        .collect()
});

static ALGORITHMS12: LazyLock<Vec<Algorithm12>> =
    LazyLock::new(|| originals12().map(|suite| Algorithm12(suite.aead_alg)).collect());

static SUITES12: LazyLock<Vec<Tls12CipherSuite>> = LazyLock::new(|| {
    originals12()
        .zip(ALGORITHMS12.iter())
        .map(|(suite, aead_alg)| Tls12CipherSuite {
            common: CipherSuiteCommon {
                suite: suite.common.suite,
                hash_provider: suite.common.hash_provider,
                confidentiality_limit: suite.common.confidentiality_limit,
            },
            prf_provider: suite.prf_provider,
            kx: suite.kx,
            sign: suite.sign,
            aead_alg,
        })
        .collect()
});

fn originals12() -> impl Iterator<Item = &'static Tls12CipherSuite> {
    aws_lc_rs::ALL_CIPHER_SUITES
        .iter()
        .filter_map(|suite| match suite {
            SupportedCipherSuite::Tls12(suite) => Some(*suite),
            SupportedCipherSuite::Tls13(_) => None,
        })
}

/// The provider for bulk connections; nothing but the place of the decrypters differs.
pub(crate) fn with_openings(provider: CryptoProvider) -> CryptoProvider {
    let mut provider = with_suites(provider, &SUITES13);
    for suite in &mut provider.cipher_suites {
        if let Some(wrapped) = SUITES12
            .iter()
            .find(|wrapped| wrapped.common.suite == suite.suite())
        {
            *suite = SupportedCipherSuite::Tls12(wrapped);
        }
    }
    provider
}

struct Algorithm13(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for Algorithm13 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.0.encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Decrypter::new(self.0.decrypter(key, iv)))
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

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

struct Algorithm12(&'static dyn Tls12AeadAlgorithm);

impl Tls12AeadAlgorithm for Algorithm12 {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        self.0.encrypter(key, iv, extra)
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Decrypter::new(self.0.decrypter(key, iv)))
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

    fn fips(&self) -> bool {
        self.0.fips()
    }
}
