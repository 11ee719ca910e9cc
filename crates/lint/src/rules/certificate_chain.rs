//! `certificate-chain`.

use ttls_keyring::{CertificateFacts, Entry, Ring};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// The certificates that a server sends do not lead to an authority.
    ///
    /// Each certificate of the file must be issued by the one behind it, and the last one by an authority of the ring
    /// or of the system, or by itself.
    ///
    /// ## Why it matters
    ///
    /// Peers must be sent the intermediate certificates. Many find missing ones in a cache or on the network, and so it
    /// works in tests and fails with the others.
    ///
    /// ## Example
    ///
    /// ```text
    /// ftpd/server.pem holds the certificate alone; an intermediate authority issued it
    /// ```
    ///
    /// ## Instead
    ///
    /// Append the intermediate certificates to the file, in order. Put a private authority into the folder `ca` of the ring.
    CERTIFICATE_CHAIN = Warning "TTLS365" "certificate-chain" when Keyrings by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(options) = model.ring_options() else {
        return;
    };
    let system = options.keyrings.open("*AUTH*/*", None).ok();
    for used in model.ring_uses() {
        let Ok(ring) = &used.ring else {
            continue;
        };
        for (label, entry) in used.entries() {
            let authorities = [Some(ring), system.as_ref()];
            if let Some(problem) = gap(entry, authorities) {
                let message = format!(
                    "key ring {}: certificate \"{}\": {problem}",
                    ring.name(),
                    entry.label()
                );
                let help = "append the missing certificates to the file, or put the authority into the ring";
                findings.push(label.at, message, help, Vec::new());
            }
        }
    }
}

/// Where the chain breaks off.
fn gap(entry: &Entry, authorities: [Option<&Ring>; 2]) -> Option<String> {
    let chain: Vec<CertificateFacts> = entry
        .chain()
        .iter()
        .map_while(|der| CertificateFacts::read(der).ok())
        .collect();
    for pair in chain.windows(2) {
        let [certificate, next] = pair else {
            continue;
        };
        if certificate.issuer != next.subject {
            return Some(format!(
                "{} is issued by {}, and {} stands behind it",
                certificate.subject, certificate.issuer, next.subject
            ));
        }
    }
    let last = chain.last()?;
    let known = authorities
        .into_iter()
        .flatten()
        .flat_map(Ring::anchors)
        .filter_map(|anchor| CertificateFacts::read(anchor).ok())
        .any(|anchor| anchor.subject == last.issuer);
    (!known && !last.self_issued()).then(|| {
        format!(
            "{} is issued by {}, which is not in the file, the ring or the system's trust store",
            last.subject, last.issuer
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::Rings;

    const NAME: &str = "certificate-chain";

    #[test]
    fn a_certificate_whose_issuer_is_nowhere_is_reported() {
        let rings = Rings::new();
        std::fs::remove_dir_all(rings.path("good/ca")).expect("there");
        let certificate = std::fs::read_to_string(rings.path("good/server.pem")).expect("readable");
        let end = "-----END CERTIFICATE-----\n";
        let (first, _) = certificate.split_once(end).expect("a certificate");
        std::fs::write(rings.path("good/server.pem"), format!("{first}{end}")).expect("writable");
        rings.fires(NAME, "Keyring good", "", "is issued by", "Keyring good");
    }

    #[test]
    fn one_with_its_authority_in_the_ring_and_a_self_signed_one_are_not() {
        Rings::new().silent(NAME, "Keyring good", "");
        Rings::new().silent(NAME, "Keyring small", "");
    }
}
