//! PEM files: certificates and private keys, also encrypted ones.

use std::fs;
use std::path::Path;

use pkcs8::der::{Document, SecretDocument};
use rustls_pki_types::pem::{PemObject, SectionKind};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::KeyringError;

/// What a PEM file holds, in its order.
#[derive(Default)]
pub(crate) struct PemContent {
    pub(crate) certificates: Vec<CertificateDer<'static>>,
    pub(crate) keys: Vec<PemKey>,
}

/// A private key of a PEM file.
pub(crate) enum PemKey {
    /// Ready to use.
    Plain(Zeroizing<PrivateKeyDer<'static>>),
    /// `ENCRYPTED PRIVATE KEY` (PKCS#8), still in DER.
    Encrypted(Document),
    /// A key encrypted in the way of OpenSSL before PKCS#8 (`Proc-Type: 4,ENCRYPTED`).
    Obsolete,
}

/// Reads all of a file; private content is wiped when dropped.
pub(crate) fn read_file(ring: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| KeyringError::io(ring, "read", path, &error))
}

/// Reads a PEM text. `path` is for messages.
pub(crate) fn parse(ring: &str, path: &Path, text: &[u8]) -> Result<PemContent, KeyringError> {
    let mut content = PemContent::default();
    for block in blocks(text) {
        match block {
            Block::Encrypted(pem) => content.keys.push(encrypted(ring, path, pem)?),
            Block::Obsolete => content.keys.push(PemKey::Obsolete),
            Block::Other(pem) => plain(ring, path, pem, &mut content)?,
        }
    }
    Ok(content)
}

/// One section of a PEM text, by how it must be read.
enum Block<'a> {
    Encrypted(&'a [u8]),
    Obsolete,
    Other(&'a [u8]),
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// Cuts a text into its sections. What stands between them (names, comments) is left out.
fn blocks(text: &[u8]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = find(rest, BEGIN) {
        rest = &rest[start..];
        // An unfinished section goes to the parser as it is, which then says what is missing.
        let end = find(rest, END).map_or(rest.len(), |end| line_end(rest, end));
        let (block, after) = rest.split_at(end);
        rest = after;
        blocks.push(classify(block));
    }
    blocks
}

fn classify(block: &[u8]) -> Block<'_> {
    if block.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        return Block::Encrypted(block);
    }
    if find(block, b"Proc-Type: 4,ENCRYPTED").is_some() {
        return Block::Obsolete;
    }
    Block::Other(block)
}

fn encrypted(ring: &str, path: &Path, pem: &[u8]) -> Result<PemKey, KeyringError> {
    let unreadable =
        |reason: String| KeyringError::content(ring, path, format!("unreadable encrypted key: {reason}"));
    let text = std::str::from_utf8(pem).map_err(|error| unreadable(error.to_string()))?;
    let (_, document) = Document::from_pem(text.trim_end()).map_err(|error| unreadable(error.to_string()))?;
    Ok(PemKey::Encrypted(document))
}

fn plain(ring: &str, path: &Path, pem: &[u8], content: &mut PemContent) -> Result<(), KeyringError> {
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem) {
        let (kind, der) =
            section.map_err(|error| KeyringError::content(ring, path, format!("unreadable PEM: {error}")))?;
        match kind {
            SectionKind::Certificate => content.certificates.push(CertificateDer::from(der)),
            SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey => {
                if let Some(key) = PrivateKeyDer::from_pem(kind, der) {
                    content.keys.push(PemKey::Plain(Zeroizing::new(key)));
                }
            }
            // Requests, parameters, revocation lists: not ours.
            _ => {}
        }
    }
    Ok(())
}

/// Decrypts a PKCS#8 key.
pub(crate) fn decrypt(key: &Document, password: &str) -> Result<Zeroizing<PrivateKeyDer<'static>>, String> {
    let info = pkcs8::EncryptedPrivateKeyInfoRef::try_from(key.as_bytes())
        .map_err(|error| format!("is no encrypted PKCS#8 key that can be read ({error})"))?;
    let plain: SecretDocument = info.decrypt(password).map_err(|_| {
        "does not open with the password given; correct KeyringPw or the stash file".to_owned()
    })?;
    let key = PrivateKeyDer::try_from(plain.as_bytes())
        .map_err(|reason| format!("holds no key that can be read ({reason})"))?;
    Ok(Zeroizing::new(key.clone_key()))
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

fn line_end(text: &[u8], from: usize) -> usize {
    let rest = &text[from..];
    from + rest
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(rest.len(), |end| end + 1)
}
