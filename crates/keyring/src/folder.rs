//! Rings that are folders.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;

use crate::key::Owner;
use crate::pem::{PemContent, parse, read_file};
use crate::ring::Broken;
use crate::{CertificateFacts, Entry, KeyringError, Ring};

/// Name of the default mark.
pub(crate) const DEFAULT: &str = "default";

/// Name of the folder of trust anchors.
pub(crate) const ANCHORS: &str = "ca";

/// Opens the ring in the folder `path`; `password` opens encrypted keys.
pub(crate) fn open(name: &str, path: &Path, password: Option<&str>) -> Result<Ring, KeyringError> {
    let mut ring = Ring {
        name: name.to_owned(),
        path: Some(path.to_owned()),
        entries: Vec::new(),
        anchors: Vec::new(),
        broken: Vec::new(),
        no_default: String::new(),
    };
    for file in certificate_files(name, path)? {
        match entry(name, &file, password) {
            Ok(entry) => ring.entries.push(entry),
            Err(error) => ring.broken.push(Broken {
                label: Some(label(&file)),
                error,
            }),
        }
    }
    let anchors = path.join(ANCHORS);
    if anchors.is_dir() {
        for file in certificate_files(name, &anchors)? {
            match anchors_of(name, &file) {
                Ok(mut found) => ring.anchors.append(&mut found),
                Err(error) => ring.broken.push(Broken { label: None, error }),
            }
        }
    }
    mark_default(&mut ring, path);
    Ok(ring)
}

/// The `.pem` and `.crt` files of a folder, by name. Hidden files are none of ours.
pub(crate) fn certificate_files(ring: &str, folder: &Path) -> Result<Vec<PathBuf>, KeyringError> {
    let unreadable = |error: &std::io::Error| KeyringError::io(ring, "read", folder, error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&error))? {
        let path = entry.map_err(|error| unreadable(&error))?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        // `default.pem` as a symbolic link is the default mark, not a second copy of the certificate.
        if !hidden && is_certificate_file(&path) && !is_mark(&path) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn entry(ring: &str, path: &Path, password: Option<&str>) -> Result<Entry, KeyringError> {
    let PemContent { certificates, keys } = parse(ring, path, &read_file(ring, path)?)?;
    let Some(first) = certificates.first() else {
        return Err(KeyringError::content(
            ring,
            path,
            "holds no certificate; put one in, or remove the file",
        ));
    };
    let facts = CertificateFacts::read(first).map_err(|reason| KeyringError::content(ring, path, reason))?;
    let label = label(path);
    let owner = Owner {
        ring,
        label: &label,
        certificate: path,
        chain: &certificates,
    };
    let beside = path.with_extension("key");
    let (key_path, key) = if beside.is_file() {
        let key = read_file(ring, &beside)
            .and_then(|text| parse(ring, &beside, &text))
            .and_then(|content| owner.pick(content.keys, &beside, password));
        (Some(beside), key)
    } else if keys.is_empty() {
        (None, Err(owner.none()))
    } else {
        (Some(path.to_owned()), owner.pick(keys, path, password))
    };
    Ok(Entry {
        ring: ring.to_owned(),
        path: path.to_owned(),
        key_path,
        facts,
        key,
        is_default: false,
        label,
        chain: certificates,
    })
}

fn anchors_of(ring: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, KeyringError> {
    let content = parse(ring, path, &read_file(ring, path)?)?;
    if content.certificates.is_empty() {
        return Err(KeyringError::content(
            ring,
            path,
            "holds no certificate; put one in, or remove the file",
        ));
    }
    for certificate in &content.certificates {
        CertificateFacts::read(certificate).map_err(|reason| KeyringError::content(ring, path, reason))?;
    }
    Ok(content.certificates)
}

fn mark_default(ring: &mut Ring, folder: &Path) {
    let mark = match marked(&ring.name, folder) {
        Ok(mark) => mark,
        Err(error) => {
            ring.no_default = "its default mark cannot be read".to_owned();
            ring.broken.push(Broken { label: None, error });
            return;
        }
    };
    let Some(label) = mark else {
        if let [only] = ring.entries.as_mut_slice() {
            only.is_default = true;
        }
        ring.no_default = if ring.entries.is_empty() {
            "it holds no personal certificate; make one with `ttls keyring new`".to_owned()
        } else {
            format!(
                "name one with CertificateLabel, or write its label into {}/{DEFAULT}",
                folder.display()
            )
        };
        return;
    };
    if let Some(entry) = ring.entries.iter_mut().find(|entry| entry.label == label) {
        entry.is_default = true;
        return;
    }
    // The mark's target being broken is already told; a label that is nowhere is told here.
    ring.no_default = format!(
        "the mark {}/{DEFAULT} names \"{label}\", which is not in the ring",
        folder.display()
    );
    if !ring
        .broken
        .iter()
        .any(|broken| broken.label.as_deref() == Some(label.as_str()))
    {
        let error = KeyringError::NoDefault {
            ring: ring.name.clone(),
            path: folder.to_owned(),
            remedy: ring.no_default.clone(),
        };
        ring.broken.push(Broken { label: None, error });
    }
}

/// The label that the default mark names.
fn marked(ring: &str, folder: &Path) -> Result<Option<String>, KeyringError> {
    for name in [DEFAULT, "default.pem", "default.crt"] {
        let mark = folder.join(name);
        if let Ok(target) = fs::read_link(&mark) {
            // Mounted configuration makes *every* file a link to one of the same name: that is content.
            if target.file_name() != Some(OsStr::new(name)) {
                return Ok(Some(label(&target)));
            }
        }
    }
    let mark = folder.join(DEFAULT);
    match fs::read_to_string(&mark) {
        Ok(content) => Ok(Some(content.trim().to_owned()).filter(|label| !label.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(KeyringError::io(ring, "read", &mark, &error)),
    }
}

fn is_mark(path: &Path) -> bool {
    path.file_stem() == Some(OsStr::new(DEFAULT))
        && fs::read_link(path).is_ok_and(|target| target.file_name() != path.file_name())
}

fn is_certificate_file(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "pem" || extension == "crt")
}

/// The label of a certificate file: its name without the ending.
pub(crate) fn label(path: &Path) -> String {
    path.file_stem()
        .map(OsStr::to_string_lossy)
        .unwrap_or_default()
        .into_owned()
}
