//! `certificate-missing`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A key ring does not hold a certificate that the policy asks for, or not with its private key.
    ///
    /// The label of CertificateLabel, ServerCertificateLabel or ServerHandshakeSNIList is not in the ring; or no label is
    /// coded and the ring has no default certificate; or the key is missing, locked or of another certificate.
    ///
    /// ## Why it matters
    ///
    /// The policy is correct and would not be installed: a server has nothing to show.
    ///
    /// ## Example
    ///
    /// ```text
    /// CertificateLabel ftp-2025     # the ring has ftp-2026 by now
    /// ```
    ///
    /// ## Instead
    ///
    /// Write a label that the ring has; labels are compared with case. `ttls keyring check` says more about the ring.
    CERTIFICATE_MISSING = Error "TTLS362" "certificate-missing" when Keyrings by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for used in model.ring_uses() {
        let Ok(ring) = &used.ring else {
            continue;
        };
        for label in &used.labels {
            let usable = ring
                .entry(label.label.as_deref())
                .and_then(|entry| entry.certified_key().map(drop));
            if let Err(error) = usable {
                let help = "`ttls keyring check` says more about the ring";
                findings.push(label.at, error.to_string(), help, Vec::new());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Rings;

    const NAME: &str = "certificate-missing";

    #[test]
    fn a_label_that_the_ring_does_not_have_is_reported() {
        let line = "CertificateLabel other";
        Rings::new().fires(NAME, "Keyring good", line, "other", line);
    }

    #[test]
    fn a_key_of_another_certificate_is_reported() {
        let rings = Rings::new();
        std::fs::copy(rings.path("good/server.pem"), rings.path("small/mixed.pem")).expect("readable");
        std::fs::copy(rings.path("small/server.key"), rings.path("small/mixed.key")).expect("readable");
        let line = "CertificateLabel mixed";
        rings.fires(NAME, "Keyring small", line, "mixed", line);
    }

    #[test]
    fn labels_and_defaults_that_are_there_are_not() {
        let rings = Rings::new();
        rings.silent(NAME, "Keyring good", "CertificateLabel server");
        rings.silent(NAME, "Keyring good", "");
    }
}
