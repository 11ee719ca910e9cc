//! The trust anchors of a key ring, as rustls takes them.

use rustls::RootCertStore;
use ttls_keyring::Ring;

/// Those that can be used. System stores hold a few that cannot.
pub(crate) fn usable(ring: &Ring) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for anchor in ring.anchors() {
        if let Err(error) = roots.add(anchor.clone()) {
            tracing::warn!(ring = ring.name(), %error, "a trust anchor cannot be used");
        }
    }
    roots
}
