//! `exposed-key-file`.

use std::os::unix::fs::MetadataExt;

use ttls_keyring::{CertificateFacts, Entry};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A key ring has a problem of its own.
    ///
    /// Others than its owner can read a private key, or a trust anchor has ended.
    ///
    /// ## Why it matters
    ///
    /// Who has the private key can be the server. Peers whose authority has ended cannot get in.
    ///
    /// ## Example
    ///
    /// ```text
    /// -rw-r--r-- 1 root root 1704 /etc/ttls/keyrings/ftpd/server.key
    /// ```
    ///
    /// ## Instead
    ///
    /// `chmod 600` the key (and think of it as known if the machine has other users); replace ended authorities.
    EXPOSED_KEY_FILE = Warning "TTLS369" "exposed-key-file" when Keyrings by check
}

/// Bits of a file mode that let anybody but the owner in.
const OTHERS: u32 = 0o077;

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(options) = model.ring_options() else {
        return;
    };
    for used in model.ring_uses() {
        let Ok(ring) = &used.ring else {
            continue;
        };
        for path in ring.entries().iter().filter_map(Entry::key_path) {
            let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.mode());
            if mode & OTHERS != 0 {
                let message = format!("others can use the private key {}", path.display());
                let help = format!("chmod 600 {}", path.display());
                findings.push(used.at, message, help, Vec::new());
            }
        }
        let anchors = ring
            .anchors()
            .iter()
            .filter_map(|der| CertificateFacts::read(der).ok());
        for anchor in anchors.filter(|anchor| anchor.not_after < options.now) {
            let message = format!(
                "key ring {}: the authority {} has ended",
                ring.name(),
                anchor.subject
            );
            findings.push(used.at, message, "replace it, or remove it", Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use crate::testing::Rings;

    const NAME: &str = "exposed-key-file";

    #[test]
    fn a_key_that_others_can_read_is_reported() {
        let rings = Rings::new();
        let readable = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(rings.path("good/server.key"), readable).expect("ours");
        rings.fires(NAME, "Keyring good", "", "others can use", "Keyring good");
    }

    #[test]
    fn a_ring_in_order_is_not() {
        Rings::new().silent(NAME, "Keyring good", "");
        Rings::new().at(80).silent(NAME, "Keyring good", "");
    }
}
