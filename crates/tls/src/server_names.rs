//! Server name indication: which certificates a name may have.

use std::sync::Arc;

use rustls::sign::CertifiedKey;
use ttls_policy::{Extension, ServerSni};

use crate::HandshakeError;

/// `ServerHandshakeSNI` with the certificates in place of their labels.
#[derive(Debug)]
pub(crate) struct ServerNames {
    mode: Extension,
    match_required: bool,
    /// Lower-case host name and its certificates, in file order.
    listed: Vec<(String, Vec<Arc<CertifiedKey>>)>,
    others: Vec<Arc<CertifiedKey>>,
}

impl ServerNames {
    /// `others` are the certificates for clients that name no server, or none that is listed.
    pub(crate) fn new(rules: &ServerSni, others: Vec<Arc<CertifiedKey>>) -> Self {
        Self {
            mode: rules.mode,
            match_required: rules.match_required,
            listed: Vec::new(),
            others,
        }
    }

    /// Adds a certificate for a host; a host may have several (RSA and ECDSA).
    pub(crate) fn add(&mut self, host: &str, certificate: Arc<CertifiedKey>) {
        let host = host.to_ascii_lowercase();
        match self.listed.iter_mut().find(|(listed, _)| *listed == host) {
            Some((_, certificates)) => certificates.push(certificate),
            None => self.listed.push((host, vec![certificate])),
        }
    }

    /// The certificates to choose from for a client that sent this name.
    pub(crate) fn certificates(&self, name: Option<&str>) -> Result<&[Arc<CertifiedKey>], HandshakeError> {
        if self.mode == Extension::Off {
            return Ok(&self.others);
        }
        let Some(name) = name else {
            return match self.mode {
                Extension::Required => Err(HandshakeError::ServerNameMissing),
                Extension::Off | Extension::Optional => Ok(&self.others),
            };
        };
        match self
            .listed
            .iter()
            .find(|(host, _)| host.eq_ignore_ascii_case(name))
        {
            Some((_, certificates)) => Ok(certificates),
            None if self.match_required => Err(HandshakeError::ServerNameUnknown {
                name: name.to_owned(),
            }),
            None => Ok(&self.others),
        }
    }
}
