//! `certificate-key-size`.

use ttls_policy::CodedValue;

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// The key of a certificate is small.
    ///
    /// RSA keys have at least 2048 bits today, elliptic curve keys 256; and at least what the same action asks of its peers
    /// with PeerMinRsaKeySize and PeerMinECCKeySize.
    ///
    /// ## Why it matters
    ///
    /// Peers refuse small keys, those with the same policy first of all; and small RSA keys can be broken.
    ///
    /// ## Example
    ///
    /// ```text
    /// PeerMinRsaKeySize 3072      # and the own certificate has RSA 2048
    /// ```
    ///
    /// ## Instead
    ///
    /// Make a new key: `ttls keyring new` makes P-256 keys.
    CERTIFICATE_KEY_SIZE = Warning "TTLS367" "certificate-key-size" when Keyrings by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for used in model.ring_uses() {
        for (label, entry) in used.entries() {
            let key = &entry.facts().key;
            let Some((keyword, usual, bits)) = kind(key) else {
                continue;
            };
            let coded = model.coded(used.set, keyword);
            let asked = coded.map_or(0, |coded| match coded.value {
                CodedValue::Number(bits) => bits,
                _ => 0,
            });
            if bits >= usual.max(asked) {
                continue;
            }
            let message = format!("certificate \"{}\" has a small key: {key}", entry.label());
            let secondary = coded
                .filter(|_| asked > bits)
                .map(|coded| (coded.at, "more is asked of peers".to_string()));
            let help = format!("make a key of at least {} bits", usual.max(asked));
            findings.push(label.at, message, help, secondary.into_iter().collect());
        }
    }
}

/// The parameter for keys of this kind, the bits that are usual, and those of this one.
fn kind(key: &str) -> Option<(&'static str, i64, i64)> {
    let (kind, bits) = key.split_once(' ')?;
    let bits = bits.parse().ok()?;
    match kind {
        "RSA" => Some(("PeerMinRsaKeySize", 2048, bits)),
        "EC" => Some(("PeerMinECCKeySize", 256, bits)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Rings;

    const NAME: &str = "certificate-key-size";

    #[test]
    fn a_key_that_is_smaller_than_what_peers_must_have_is_reported() {
        let rings = Rings::new();
        rings.fires(
            NAME,
            "Keyring small",
            "PeerMinRsaKeySize 3072",
            "RSA 2048",
            "Keyring small",
        );
        rings.fires(
            NAME,
            "Keyring good",
            "PeerMinECCKeySize 384",
            "EC 256",
            "Keyring good",
        );
    }

    #[test]
    fn usual_keys_are_not() {
        Rings::new().silent(NAME, "Keyring small", "PeerMinECCKeySize 384");
        Rings::new().silent(NAME, "Keyring good", "");
    }
}
