//! `weak-peer-key`.

use ttls_policy::{CodedValue, Fix, Safety};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// Keys of peers may be smaller than what is safe today.
    ///
    /// PeerMinRsaKeySize, PeerMinDHKeySize and PeerMinDsaKeySize below 2048, PeerMinECCKeySize below 224 (0 is any).
    ///
    /// ## Why it matters
    ///
    /// RSA keys of 1024 bits can be broken by those who can pay for it, and then anybody can be this peer.
    ///
    /// ## Example
    ///
    /// ```text
    /// PeerMinRsaKeySize 1024
    /// ```
    ///
    /// ## Instead
    ///
    /// `PeerMinRsaKeySize 2048`, `PeerMinECCKeySize 256`.
    WEAK_PEER_KEY = Warning "TTLS316" "weak-peer-key" by check
}

/// The smallest sizes that are safe, and what to write.
const LEAST: [(&str, i64, i64); 4] = [
    ("PeerMinRsaKeySize", 2048, 2048),
    ("PeerMinDHKeySize", 2048, 2048),
    ("PeerMinDsaKeySize", 2048, 2048),
    ("PeerMinECCKeySize", 224, 256),
];

fn check(model: &Model<'_>, findings: &mut Findings) {
    for coded in model.blocks().into_iter().flat_map(|block| &block.params) {
        let least = LEAST.iter().find(|(keyword, ..)| *keyword == coded.param.keyword);
        let (Some((keyword, least, instead)), CodedValue::Number(bits)) = (least, &coded.value) else {
            continue;
        };
        if bits < least {
            let message = format!("{keyword} {bits}: keys of peers may be weak");
            let help = format!("write `{keyword} {instead}`");
            let fix = Fix::new(Safety::Unsafe, help.clone(), coded.at, instead.to_string());
            findings.push_with(coded.at, message, help, Vec::new(), Some(fix));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "weak-peer-key";

    fn with(line: &str) -> String {
        let advanced = format!("HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{{\n{line}\n}}");
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &advanced)
    }

    #[test]
    fn small_keys_and_any_keys_are_reported() {
        for line in [
            "PeerMinRsaKeySize 1024",
            "PeerMinRsaKeySize 0",
            "PeerMinECCKeySize 192",
        ] {
            fires(NAME, &with(line), line, line);
        }
    }

    #[test]
    fn sizes_that_are_safe_are_not() {
        silent(NAME, &with("PeerMinRsaKeySize 2048\nPeerMinECCKeySize 256"));
    }
}
