//! What a `Keyring` value means.

use std::path::{Component, Path, PathBuf};

use crate::KeyringError;

/// Where the ring of a name is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A folder or file.
    Path(PathBuf),
    /// `*AUTH*/*`.
    System,
}

/// Reads a `Keyring` value; relative names are below `root`.
pub(crate) fn place(root: &Path, name: &str) -> Result<Place, KeyringError> {
    let refuse = |reason: &str| {
        Err(KeyringError::Name {
            ring: name.to_owned(),
            reason: reason.to_owned(),
        })
    };
    if name.is_empty() {
        return refuse("the name is empty; write the name of a ring");
    }
    if name == "*AUTH*/*" {
        return Ok(Place::System);
    }
    if name.starts_with("*TOKEN*/") {
        return refuse(
            "PKCS#11 tokens are not supported by this version; use a ring folder or a PKCS#12 file instead",
        );
    }
    if name == "*SITE*/*" || name.ends_with("/*") {
        return refuse(
            "virtual rings of a security product do not exist here (only *AUTH*/*, the system trust store, \
             does); put the certificates into a ring folder and name it",
        );
    }
    let path = Path::new(name);
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("kdb"))
    {
        return refuse(
            "gskkyman key databases (.kdb) cannot be read; export the certificates as PKCS#12 (.p12) and name \
             that file together with KeyringPw or KeyringStashFile",
        );
    }
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("sth"))
    {
        return refuse("a stash file is no key ring; name it with KeyringStashFile");
    }
    if path.is_absolute() {
        return Ok(Place::Path(path.to_owned()));
    }
    let plain = path
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    if !plain {
        return refuse(
            "a ring name must not lead out of the key ring folder; write an absolute path instead",
        );
    }
    Ok(Place::Path(root.join(path)))
}
