//! `*AUTH*/*`: the system trust store.

use crate::{KeyringError, Ring};

/// Opens the system trust store (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured) as a ring of anchors.
pub(crate) fn open(name: &str) -> Result<Ring, KeyringError> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let reason = found
            .errors
            .first()
            .map_or_else(String::new, |error| format!(" ({error})"));
        return Err(KeyringError::Name {
            ring: name.to_owned(),
            reason: format!("the system trust store is empty{reason}; install the package ca-certificates"),
        });
    }
    Ok(Ring {
        name: name.to_owned(),
        path: None,
        entries: Vec::new(),
        anchors: found.certs,
        broken: Vec::new(),
        no_default: "it holds trust anchors only; name a ring with a personal certificate".to_owned(),
    })
}
