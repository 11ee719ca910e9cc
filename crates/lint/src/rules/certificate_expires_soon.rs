//! `certificate-expires-soon`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A certificate that the policy uses ends soon.
    ///
    /// Soon is within `--expiry-days`.
    ///
    /// ## Why it matters
    ///
    /// On that day every transfer fails, at the partner's end, with a message that only the partner sees.
    ///
    /// ## Example
    ///
    /// ```text
    /// Keyring ftpd      # its default certificate ends on Friday
    /// ```
    ///
    /// ## Instead
    ///
    /// Renew it now; what is on the way from the authority has time to arrive.
    CERTIFICATE_EXPIRES_SOON = Warning "TTLS364" "certificate-expires-soon" when Keyrings by check
}

const DAY: u64 = 24 * 60 * 60;

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(options) = model.ring_options() else {
        return;
    };
    for used in model.ring_uses() {
        for (label, entry) in used.entries() {
            // What has ended already is said elsewhere.
            let Ok(left) = entry.facts().not_after.duration_since(options.now) else {
                continue;
            };
            if left < options.expiry {
                let message = format!(
                    "key ring {}: certificate \"{}\" ends in {} days",
                    used.set.keyring.value.name,
                    entry.label(),
                    left.as_secs() / DAY
                );
                findings.push(label.at, message, "renew it", Vec::new());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Rings;

    const NAME: &str = "certificate-expires-soon";

    #[test]
    fn a_certificate_that_ends_within_the_days_is_reported() {
        let rings = Rings::new().at(70);
        rings.fires(NAME, "Keyring good", "", "ends in 19 days", "Keyring good");
    }

    #[test]
    fn one_with_more_time_or_without_any_is_not() {
        Rings::new().at(50).silent(NAME, "Keyring good", "");
        assert_eq!(Rings::new().at(100).found(NAME, "Keyring good", ""), []);
    }
}
