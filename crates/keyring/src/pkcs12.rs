//! PKCS#12 files (`.p12`, `.pfx`).

use std::path::Path;

use p12_keystore::{CertificateBag, Pkcs12Archive, PrivateKeyBag};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::entry::Key;
use crate::key::Owner;
use crate::{CertificateFacts, Entry, KeyringError, Ring};

/// Opens the ring in a PKCS#12 file with that content.
///
/// Keys and certificates are matched by the keys themselves, because files made by different tools set the
/// local key ids differently or not at all. Labels are the friendly names. Every authority is a trust anchor.
pub(crate) fn open(name: &str, path: &Path, content: &[u8], password: &str) -> Result<Ring, KeyringError> {
    let archive = Pkcs12Archive::from_pkcs12(content, password).map_err(|error| {
        let reason = match error {
            p12_keystore::error::Error::MacError(_) => {
                "does not open with the password given; correct KeyringPw or the stash file".to_owned()
            }
            error => format!("is no PKCS#12 file that can be read ({error})"),
        };
        KeyringError::content(name, path, reason)
    })?;
    let certificates = archive
        .certs
        .iter()
        .map(Certificate::read)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| KeyringError::content(name, path, reason))?;

    let file = File {
        name,
        path,
        certificates,
    };
    let mut entries = Vec::new();
    for bag in &archive.keys {
        entries.push(file.entry(bag, entries.len() + 1)?);
    }
    if let [only] = entries.as_mut_slice() {
        only.is_default = true;
    }
    Ok(Ring {
        name: name.to_owned(),
        path: Some(path.to_owned()),
        no_default: if entries.is_empty() {
            "it holds no private key; export it again with its key".to_owned()
        } else {
            "name one of its certificates with CertificateLabel".to_owned()
        },
        entries,
        anchors: file.anchors(),
        broken: Vec::new(),
    })
}

struct File<'a> {
    name: &'a str,
    path: &'a Path,
    certificates: Vec<Certificate>,
}

struct Certificate {
    der: CertificateDer<'static>,
    facts: CertificateFacts,
    friendly_name: Option<String>,
}

impl Certificate {
    fn read(bag: &CertificateBag) -> Result<Self, String> {
        let der = CertificateDer::from(bag.cert.as_der().to_vec());
        Ok(Self {
            facts: CertificateFacts::read(&der)?,
            der,
            friendly_name: bag.friendly_name.clone(),
        })
    }
}

impl File<'_> {
    fn entry(&self, bag: &PrivateKeyBag, number: usize) -> Result<Entry, KeyringError> {
        let mut problem = KeyringError::content(
            self.name,
            self.path,
            "holds a private key without its certificate; export it again with the certificate",
        );
        for certificate in &self.certificates {
            match self.join(bag, certificate) {
                Ok(key) => return Ok(self.finished(bag, certificate, key, number)),
                Err(KeyringError::KeyMismatch { .. }) => {}
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    fn join(&self, bag: &PrivateKeyBag, certificate: &Certificate) -> Result<Key, KeyringError> {
        let chain = self.chain(certificate);
        let owner = Owner {
            ring: self.name,
            label: &certificate.facts.subject,
            certificate: self.path,
            chain: &chain,
        };
        let key = PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec());
        owner.join(PrivateKeyDer::Pkcs8(key), self.path)
    }

    fn finished(&self, bag: &PrivateKeyBag, certificate: &Certificate, key: Key, number: usize) -> Entry {
        let friendly = bag.friendly_name.as_ref().or(certificate.friendly_name.as_ref());
        let stem = self
            .path
            .file_stem()
            .map(std::ffi::OsStr::to_string_lossy)
            .unwrap_or_default();
        let label = match (friendly, number) {
            (Some(name), _) => name.clone(),
            (None, 1) => stem.into_owned(),
            (None, number) => format!("{stem}-{number}"),
        };
        Entry {
            ring: self.name.to_owned(),
            label,
            path: self.path.to_owned(),
            key_path: Some(self.path.to_owned()),
            chain: self.chain(certificate),
            facts: certificate.facts.clone(),
            key: Ok(key),
            is_default: false,
        }
    }

    /// From the certificate to, but without, its self-signed root.
    fn chain(&self, leaf: &Certificate) -> Vec<CertificateDer<'static>> {
        let mut chain = vec![leaf.der.clone()];
        let mut current = leaf;
        while !current.facts.self_issued() {
            let issuer = self.certificates.iter().find(|candidate| {
                candidate.facts.subject == current.facts.issuer && !candidate.facts.self_issued()
            });
            match issuer {
                // A circle of issuers must not keep us here.
                Some(issuer) if !chain.contains(&issuer.der) => {
                    chain.push(issuer.der.clone());
                    current = issuer;
                }
                _ => break,
            }
        }
        chain
    }

    fn anchors(&self) -> Vec<CertificateDer<'static>> {
        self.certificates
            .iter()
            .filter(|certificate| certificate.facts.authority)
            .map(|certificate| certificate.der.clone())
            .collect()
    }
}
