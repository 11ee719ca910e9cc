//! `ring-without-authorities`.

use ttls_policy::{ClientAuthType, HandshakeRole};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// Certificates of peers are to be checked, and the key ring has no authority to check them by.
    ///
    /// The trust anchors of a ring are the files of its folder `ca`.
    ///
    /// ## Why it matters
    ///
    /// Not one peer can get in.
    ///
    /// ## Example
    ///
    /// ```text
    /// HandshakeRole ServerWithClientAuth
    /// TTLSKeyringParms
    /// {
    ///   Keyring ftpd          # without a folder ca
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// Put the certificates of the authorities that issue your peers' certificates into `ca`.
    RING_WITHOUT_AUTHORITIES = Error "TTLS368" "ring-without-authorities" when Keyrings by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for used in model.ring_uses() {
        let checks = match used.set.role.value {
            HandshakeRole::Client => true,
            HandshakeRole::Server => false,
            HandshakeRole::ServerWithClientAuth => used.set.client_auth.value != ClientAuthType::PassThru,
        };
        if let (Ok(ring), true) = (&used.ring, checks)
            && ring.anchors().is_empty()
        {
            let message = format!(
                "key ring {} has no trust anchors: every peer would be refused",
                ring.name()
            );
            findings.push(
                used.at,
                message,
                "put certificates of authorities into its folder `ca`",
                Vec::new(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Rings;

    const NAME: &str = "ring-without-authorities";

    #[test]
    fn client_certificates_without_an_authority_are_reported() {
        let rings = Rings::new().role("ServerWithClientAuth");
        std::fs::remove_dir_all(rings.path("good/ca")).expect("there");
        rings.fires(NAME, "Keyring good", "", "no trust anchors", "Keyring good");
    }

    #[test]
    fn a_server_that_checks_nobody_needs_none() {
        let rings = Rings::new();
        std::fs::remove_dir_all(rings.path("good/ca")).expect("there");
        rings.silent(NAME, "Keyring good", "");
        Rings::new()
            .role("ServerWithClientAuth")
            .silent(NAME, "Keyring good", "");
    }
}
