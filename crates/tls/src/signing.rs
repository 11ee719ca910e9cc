//! `SignaturePairs` on our own side: a key that signs with the listed schemes only.

use std::sync::Arc;

use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::SubjectPublicKeyInfoDer;

use crate::peer_rules::PeerRules;

/// The same certificate and key, as far as the schemes allow.
pub(crate) fn restricted(certified: Arc<CertifiedKey>, rules: &PeerRules) -> Arc<CertifiedKey> {
    if !rules.restrict_signatures() {
        return certified;
    }
    let key = Restricted {
        key: Arc::clone(&certified.key),
        rules: rules.clone(),
    };
    let mut restricted = CertifiedKey::new(certified.cert.clone(), Arc::new(key));
    restricted.ocsp.clone_from(&certified.ocsp);
    Arc::new(restricted)
}

#[derive(Debug)]
struct Restricted {
    key: Arc<dyn SigningKey>,
    rules: PeerRules,
}

impl SigningKey for Restricted {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        self.key.choose_scheme(&self.rules.schemes(offered.to_vec()))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.key.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}
