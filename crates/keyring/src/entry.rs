//! A personal certificate of a ring.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::sign::CertifiedKey;
use rustls_pki_types::CertificateDer;

use crate::facts::shown;
use crate::{CertificateFacts, KeyringError};

/// A personal certificate: label, chain and, where there is one, the private key.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(crate) ring: String,
    pub(crate) label: String,
    pub(crate) path: PathBuf,
    pub(crate) key_path: Option<PathBuf>,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) facts: CertificateFacts,
    pub(crate) key: Result<Key, KeyringError>,
    pub(crate) is_default: bool,
}

impl Entry {
    /// The label, compared exactly and with case.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The file that holds the certificate.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file that holds the private key, where one was found.
    pub fn key_path(&self) -> Option<&Path> {
        self.key_path.as_deref()
    }

    /// The certificate, then its intermediates.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// What the certificate says about itself.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// Whether it is the ring's default certificate.
    pub fn is_default(&self) -> bool {
        self.is_default
    }

    /// Chain and private key, ready for a TLS configuration; the key was seen to match the certificate.
    ///
    /// # Errors
    /// No key, a locked key, a key of another certificate.
    pub fn certified_key(&self) -> Result<Arc<CertifiedKey>, KeyringError> {
        match &self.key {
            Ok(key) => Ok(Arc::clone(&key.0)),
            Err(error) => Err(error.clone()),
        }
    }

    /// Whether `now` lies in the certificate's validity.
    ///
    /// # Errors
    /// [`KeyringError::Expired`], [`KeyringError::NotYetValid`].
    pub fn valid_at(&self, now: SystemTime) -> Result<(), KeyringError> {
        if now > self.facts.not_after {
            return Err(KeyringError::Expired {
                ring: self.ring.clone(),
                label: self.label.clone(),
                path: self.path.clone(),
                not_after: shown(self.facts.not_after),
            });
        }
        if now < self.facts.not_before {
            return Err(KeyringError::NotYetValid {
                ring: self.ring.clone(),
                label: self.label.clone(),
                path: self.path.clone(),
                not_before: shown(self.facts.not_before),
            });
        }
        Ok(())
    }
}

/// A usable private key with its chain. Its `Debug` shows nothing.
#[derive(Clone)]
pub(crate) struct Key(pub(crate) Arc<CertifiedKey>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}
