//! Putting a certificate chain and its private key together.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::KeyringError;
use crate::entry::Key;
use crate::pem::{PemKey, decrypt};

/// The certificate that a key is looked for, for messages.
pub(crate) struct Owner<'a> {
    pub(crate) ring: &'a str,
    pub(crate) label: &'a str,
    pub(crate) certificate: &'a Path,
    pub(crate) chain: &'a [CertificateDer<'static>],
}

impl Owner<'_> {
    /// The first of `keys` that belongs to the certificate; `path` is the file they come from.
    pub(crate) fn pick(
        &self,
        keys: Vec<PemKey>,
        path: &Path,
        password: Option<&str>,
    ) -> Result<Key, KeyringError> {
        let mut problem = self.none();
        for key in keys {
            let usable = self
                .open(key, path, password)
                .and_then(|mut key| self.join(std::mem::replace(&mut *key, empty()), path));
            match usable {
                Ok(key) => return Ok(key),
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    /// Joins chain and key.
    pub(crate) fn join(&self, key: PrivateKeyDer<'static>, path: &Path) -> Result<Key, KeyringError> {
        let key = Zeroizing::new(key);
        let signing = any_supported_type(&key).map_err(|error| {
            KeyringError::content(
                self.ring,
                path,
                format!("private key of a kind that cannot be used ({error}); use ECDSA, RSA (2048 bits or more) or Ed25519"),
            )
        })?;
        let certified = CertifiedKey::new(self.chain.to_vec(), signing);
        certified.keys_match().map_err(|_| KeyringError::KeyMismatch {
            ring: self.ring.to_owned(),
            label: self.label.to_owned(),
            certificate: self.certificate.to_owned(),
            key: path.to_owned(),
        })?;
        Ok(Key(Arc::new(certified)))
    }

    /// The error of a certificate without key.
    pub(crate) fn none(&self) -> KeyringError {
        KeyringError::NoKey {
            ring: self.ring.to_owned(),
            label: self.label.to_owned(),
            path: self.certificate.to_owned(),
        }
    }

    fn open(
        &self,
        key: PemKey,
        path: &Path,
        password: Option<&str>,
    ) -> Result<Zeroizing<PrivateKeyDer<'static>>, KeyringError> {
        let locked = |reason: String| KeyringError::KeyLocked {
            ring: self.ring.to_owned(),
            label: self.label.to_owned(),
            path: PathBuf::from(path),
            reason,
        };
        match (key, password) {
            (PemKey::Plain(key), _) => Ok(key),
            (PemKey::Encrypted(key), Some(password)) => decrypt(&key, password).map_err(locked),
            (PemKey::Encrypted(_), None) => Err(locked(
                "is encrypted and no password is given; add KeyringStashFile or KeyringPw".to_owned(),
            )),
            (PemKey::Obsolete, _) => Err(locked(
                "is encrypted in OpenSSL's old form; convert it with `openssl pkcs8 -topk8 -in OLD -out NEW`"
                    .to_owned(),
            )),
        }
    }
}

fn empty() -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(Vec::new().into())
}
