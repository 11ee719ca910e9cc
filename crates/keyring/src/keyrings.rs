//! The folder of rings.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::name::{Place, place};
use crate::{Access, KeyringError, Ring, file, folder, system};

/// Finds and opens rings. Names that are not absolute paths are below its root folder.
#[derive(Debug, Clone)]
pub struct Keyrings {
    root: PathBuf,
}

/// What `ttls keyring list` says about a ring.
#[derive(Debug, Clone)]
pub struct RingSummary {
    /// `name` or `user/name`.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
    /// Labels of its personal certificates.
    pub labels: Vec<String>,
    /// Label of the default certificate.
    pub default: Option<String>,
    /// Number of its trust anchors.
    pub anchors: usize,
    /// The first end of validity among its personal certificates.
    pub not_after: Option<SystemTime>,
    /// What is wrong with it, in the words of [`KeyringError`].
    pub problems: Vec<String>,
}

impl Keyrings {
    /// Rings below `root`. Nothing is read yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens a ring by its `Keyring` value: `name`, `user/name`, an absolute path, `*AUTH*/*`.
    ///
    /// With `access`, the value may also be a PEM or PKCS#12 file. This reads files and, for protected ones,
    /// derives keys from passwords: call it off the reactor.
    ///
    /// # Errors
    /// The ring is not there, cannot be read, is of a kind that is not supported, or the password is wrong.
    pub fn open(&self, name: &str, access: Option<Access>) -> Result<Ring, KeyringError> {
        let path = match place(&self.root, name)? {
            Place::System => return system::open(name),
            Place::Path(path) => path,
        };
        let kind = match fs::metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(KeyringError::Missing {
                    ring: name.to_owned(),
                    path,
                });
            }
            Err(error) => return Err(KeyringError::io(name, "read", &path, &error)),
        };
        let password = access.map(|access| access.password(name)).transpose()?;
        let password = password.as_ref().map(|password| password.as_str());
        if kind.is_dir() {
            return folder::open(name, &path, password);
        }
        let Some(password) = password else {
            return Err(KeyringError::content(
                name,
                &path,
                "is a file; add KeyringStashFile or KeyringPw (for an unprotected file any value), or name a folder",
            ));
        };
        file::open(name, &path, password)
    }

    /// All ring folders below the root, by name.
    ///
    /// # Errors
    /// The root folder cannot be read.
    pub fn list(&self) -> Result<Vec<RingSummary>, KeyringError> {
        let mut rings = Vec::new();
        for (name, path) in folders(&self.root)? {
            if holds_ring(&path) {
                rings.push(summary(&name, &path));
                continue;
            }
            for (inner, path) in folders(&path)? {
                if holds_ring(&path) {
                    rings.push(summary(&format!("{name}/{inner}"), &path));
                }
            }
        }
        Ok(rings)
    }
}

fn summary(name: &str, path: &Path) -> RingSummary {
    let mut summary = RingSummary {
        name: name.to_owned(),
        path: path.to_owned(),
        labels: Vec::new(),
        default: None,
        anchors: 0,
        not_after: None,
        problems: Vec::new(),
    };
    let ring = match folder::open(name, path, None) {
        Ok(ring) => ring,
        Err(error) => {
            summary.problems.push(error.to_string());
            return summary;
        }
    };
    summary.labels = ring
        .entries()
        .iter()
        .map(|entry| entry.label().to_owned())
        .collect();
    summary.default = ring.entry(None).ok().map(|entry| entry.label().to_owned());
    summary.anchors = ring.anchors().len();
    summary.not_after = ring.entries().iter().map(|entry| entry.facts().not_after).min();
    summary.problems = ring
        .broken
        .iter()
        .map(|broken| broken.error.to_string())
        .collect();
    summary
}

fn holds_ring(path: &Path) -> bool {
    path.join(folder::ANCHORS).is_dir()
        || path.join(folder::DEFAULT).exists()
        || folder::certificate_files("", path).is_ok_and(|files| !files.is_empty())
}

fn folders(parent: &Path) -> Result<Vec<(String, PathBuf)>, KeyringError> {
    let unreadable =
        |error: &std::io::Error| KeyringError::io(&parent.display().to_string(), "read", parent, error);
    let mut folders = Vec::new();
    for entry in fs::read_dir(parent).map_err(|error| unreadable(&error))? {
        let entry = entry.map_err(|error| unreadable(&error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') {
            folders.push((name, entry.path()));
        }
    }
    folders.sort();
    Ok(folders)
}
