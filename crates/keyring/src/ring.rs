//! An opened ring.

use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;

use crate::{Entry, KeyringError};

/// An opened ring: personal certificates and trust anchors.
///
/// A certificate file that cannot be read does not spoil the others: it is reported where its label is asked
/// for, and by [`Ring::check`].
#[derive(Debug, Clone)]
pub struct Ring {
    pub(crate) name: String,
    pub(crate) path: Option<PathBuf>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) anchors: Vec<CertificateDer<'static>>,
    pub(crate) broken: Vec<Broken>,
    pub(crate) no_default: String,
}

/// A certificate file that cannot be used.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    /// The label that the file would have had; none for a file of trust anchors or a default mark.
    pub(crate) label: Option<String>,
    pub(crate) error: KeyringError,
}

impl Ring {
    /// The name it was opened by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its folder or file; none for the system trust store.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The personal certificate of that label, or the default one.
    ///
    /// # Errors
    /// No such label (the message lists those there are), no default, or what is wrong with its file.
    pub fn entry(&self, label: Option<&str>) -> Result<&Entry, KeyringError> {
        let Some(label) = label else {
            return self.default_entry();
        };
        if let Some(entry) = self.entries.iter().find(|entry| entry.label == label) {
            return Ok(entry);
        }
        if let Some(broken) = self
            .broken
            .iter()
            .find(|broken| broken.label.as_deref() == Some(label))
        {
            return Err(broken.error.clone());
        }
        Err(KeyringError::NoLabel {
            ring: self.name.clone(),
            path: self.shown_path(),
            label: label.to_owned(),
            labels: self.entries.iter().map(|entry| entry.label.clone()).collect(),
        })
    }

    /// All personal certificates, by label.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The trust anchors.
    pub fn anchors(&self) -> &[CertificateDer<'static>] {
        &self.anchors
    }

    fn default_entry(&self) -> Result<&Entry, KeyringError> {
        if let Some(entry) = self.entries.iter().find(|entry| entry.is_default) {
            return Ok(entry);
        }
        // With nothing usable at all, the broken file is the better explanation.
        if let (true, Some(broken)) = (self.entries.is_empty(), self.broken.first()) {
            return Err(broken.error.clone());
        }
        Err(KeyringError::NoDefault {
            ring: self.name.clone(),
            path: self.shown_path(),
            remedy: self.no_default.clone(),
        })
    }

    fn shown_path(&self) -> PathBuf {
        self.path
            .clone()
            .unwrap_or_else(|| PathBuf::from("the system trust store"))
    }
}
