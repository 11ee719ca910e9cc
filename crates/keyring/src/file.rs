//! Rings that are one file: PEM or PKCS#12, told apart by content.

use std::ffi::OsStr;
use std::path::Path;

use crate::key::Owner;
use crate::pem::{parse, read_file};
use crate::{CertificateFacts, Entry, KeyringError, Ring, pkcs12};

/// Opens the ring in the file `path`.
pub(crate) fn open(name: &str, path: &Path, password: &str) -> Result<Ring, KeyringError> {
    let content = read_file(name, path)?;
    // A PKCS#12 file is a DER SEQUENCE; no PEM text starts with that byte ('0') followed by a long length.
    if let [0x30, 0x80..=0x84, ..] = content.as_slice() {
        return pkcs12::open(name, path, &content, password);
    }
    pem_ring(name, path, &content, password)
}

/// A PEM file is one personal certificate, labelled by the file's name: the first certificate with its key,
/// its chain, and roots as trust anchors.
fn pem_ring(name: &str, path: &Path, text: &[u8], password: &str) -> Result<Ring, KeyringError> {
    let content = parse(name, path, text)?;
    let Some(first) = content.certificates.first() else {
        return Err(KeyringError::content(
            name,
            path,
            "is neither PKCS#12 nor PEM with a certificate; name another file",
        ));
    };
    let facts = CertificateFacts::read(first).map_err(|reason| KeyringError::content(name, path, reason))?;
    let mut chain = vec![first.clone()];
    let mut anchors = Vec::new();
    for certificate in &content.certificates[1..] {
        let facts = CertificateFacts::read(certificate)
            .map_err(|reason| KeyringError::content(name, path, reason))?;
        if facts.self_issued() {
            anchors.push(certificate.clone());
        } else {
            chain.push(certificate.clone());
        }
    }
    let label = path
        .file_stem()
        .map(OsStr::to_string_lossy)
        .unwrap_or_default()
        .into_owned();
    let owner = Owner {
        ring: name,
        label: &label,
        certificate: path,
        chain: &chain,
    };
    let has_key = !content.keys.is_empty();
    let key = owner.pick(content.keys, path, Some(password));
    let entry = Entry {
        ring: name.to_owned(),
        path: path.to_owned(),
        key_path: has_key.then(|| path.to_owned()),
        facts,
        key,
        is_default: true,
        label,
        chain,
    };
    Ok(Ring {
        name: name.to_owned(),
        path: Some(path.to_owned()),
        entries: vec![entry],
        anchors,
        broken: Vec::new(),
        no_default: String::new(),
    })
}
