//! `certificate-expired`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A certificate that the policy uses is not valid now.
    ///
    /// It has expired, or its validity has not begun.
    ///
    /// ## Why it matters
    ///
    /// Peers that check certificates end the handshake; the agent does not install a policy with such a certificate.
    ///
    /// ## Example
    ///
    /// ```text
    /// Keyring ftpd      # its default certificate ended last month
    /// ```
    ///
    /// ## Instead
    ///
    /// Put a new certificate into the ring, and let the clock of the machine be right.
    CERTIFICATE_EXPIRED = Error "TTLS363" "certificate-expired" when Keyrings by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(options) = model.ring_options() else {
        return;
    };
    for used in model.ring_uses() {
        for (label, entry) in used.entries() {
            if let Err(error) = entry.valid_at(options.now) {
                findings.push(
                    label.at,
                    error.to_string(),
                    "put a new certificate into the ring",
                    Vec::new(),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Rings;

    const NAME: &str = "certificate-expired";

    #[test]
    fn a_certificate_after_its_end_and_before_its_start_is_reported() {
        for days in [-3, 100] {
            let rings = Rings::new().at(days);
            rings.fires(NAME, "Keyring good", "", "server", "Keyring good");
        }
    }

    #[test]
    fn a_valid_one_is_not() {
        Rings::new().silent(NAME, "Keyring good", "");
        Rings::new().at(80).silent(NAME, "Keyring good", "");
    }
}
