//! Everything that can be wrong with a ring.

use std::path::PathBuf;

use thiserror::Error;

/// Why a ring, or something in it, cannot be used. Messages name the ring, the object, the reason and the
/// remedy; none holds a key or a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyringError {
    /// The name is none that this engine can look up.
    #[error("key ring {ring}: {reason}")]
    Name {
        /// The ring as the policy names it.
        ring: String,
        /// What is wrong with it and what to write instead.
        reason: String,
    },
    /// Nothing is there.
    #[error(
        "key ring {ring}: {} does not exist; make it with `ttls keyring new` or correct the Keyring parameter",
        path.display()
    )]
    Missing {
        /// The ring.
        ring: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file or folder of the ring cannot be read or written.
    #[error("key ring {ring}: cannot {operation} {}: {reason}", path.display())]
    Io {
        /// The ring.
        ring: String,
        /// `read`, `write`, `create`, ...
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The content of a file is not what it should be.
    #[error("key ring {ring}: {}: {reason}", path.display())]
    Content {
        /// The ring.
        ring: String,
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The stash file cannot be used.
    #[error("key ring {ring}: stash file {}: {reason}", path.display())]
    Stash {
        /// The ring.
        ring: String,
        /// The stash file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// No certificate has the label.
    #[error(
        "key ring {ring} ({}): no certificate with the label \"{label}\"; {}",
        path.display(), known(labels)
    )]
    NoLabel {
        /// The ring.
        ring: String,
        /// Its folder or file.
        path: PathBuf,
        /// The label asked for.
        label: String,
        /// The labels that are there.
        labels: Vec<String>,
    },
    /// No label was asked for and no certificate is the default one.
    #[error("key ring {ring} ({}): no default certificate; {}", path.display(), remedy)]
    NoDefault {
        /// The ring.
        ring: String,
        /// Its folder or file.
        path: PathBuf,
        /// What to do.
        remedy: String,
    },
    /// The certificate has no private key, and its role needs one.
    #[error(
        "key ring {ring}: certificate \"{label}\" ({}) has no private key; put the key beside it as \
         \"{label}.key\" or into the same file",
        path.display()
    )]
    NoKey {
        /// The ring.
        ring: String,
        /// The certificate's label.
        label: String,
        /// The certificate's file.
        path: PathBuf,
    },
    /// The private key is encrypted and no password, or the wrong one, was given.
    #[error("key ring {ring}: the private key of \"{label}\" ({}) {reason}", path.display())]
    KeyLocked {
        /// The ring.
        ring: String,
        /// The certificate's label.
        label: String,
        /// The key's file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The private key belongs to another certificate.
    #[error(
        "key ring {ring}: the private key {} does not belong to the certificate \"{label}\" ({}); \
         one of the two was replaced without the other",
        key.display(), certificate.display()
    )]
    KeyMismatch {
        /// The ring.
        ring: String,
        /// The certificate's label.
        label: String,
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The certificate's time is over.
    #[error(
        "key ring {ring}: certificate \"{label}\" ({}) expired on {not_after}; renew it",
        path.display()
    )]
    Expired {
        /// The ring.
        ring: String,
        /// The certificate's label.
        label: String,
        /// The certificate's file.
        path: PathBuf,
        /// End of its validity.
        not_after: String,
    },
    /// The certificate's time has not come.
    #[error(
        "key ring {ring}: certificate \"{label}\" ({}) is not valid before {not_before}; \
         wait, or check this machine's clock",
        path.display()
    )]
    NotYetValid {
        /// The ring.
        ring: String,
        /// The certificate's label.
        label: String,
        /// The certificate's file.
        path: PathBuf,
        /// Start of its validity.
        not_before: String,
    },
    /// `ttls keyring new` would overwrite something.
    #[error(
        "key ring {ring}: {} is already there and is not overwritten; choose another label or move it away",
        path.display()
    )]
    AlreadyThere {
        /// The ring.
        ring: String,
        /// The file in the way.
        path: PathBuf,
    },
    /// A certificate or key cannot be made.
    #[error("key ring {ring}: cannot make the certificate \"{label}\": {reason}")]
    Make {
        /// The ring.
        ring: String,
        /// The label asked for.
        label: String,
        /// Why, and what to do.
        reason: String,
    },
}

impl KeyringError {
    pub(crate) fn io(
        ring: &str,
        operation: &'static str,
        path: &std::path::Path,
        error: &std::io::Error,
    ) -> Self {
        Self::Io {
            ring: ring.to_owned(),
            operation,
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }

    pub(crate) fn content(ring: &str, path: &std::path::Path, reason: impl Into<String>) -> Self {
        Self::Content {
            ring: ring.to_owned(),
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}

fn known(labels: &[String]) -> String {
    if labels.is_empty() {
        return "it holds no personal certificate at all".to_owned();
    }
    format!("it holds \"{}\"", labels.join("\", \""))
}
