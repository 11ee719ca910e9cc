//! `certificate-host-name`.

use ttls_keyring::Entry;

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A certificate is not for the host name that the policy gives it to.
    ///
    /// ServerHandshakeSNIList says which certificate clients get that ask for a host; the names of the certificate are
    /// its subject alternative names, `*` for one label among them.
    ///
    /// ## Why it matters
    ///
    /// Clients that check names, as they should, end the handshake.
    ///
    /// ## Example
    ///
    /// ```text
    /// ServerHandshakeSNIList ftp.example.com/web     # a certificate for www.example.com
    /// ```
    ///
    /// ## Instead
    ///
    /// Name the certificate for this host, or have one made: `ttls keyring new ... --host ftp.example.com`.
    CERTIFICATE_HOST_NAME = Warning "TTLS366" "certificate-host-name" when Keyrings by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for used in model.ring_uses() {
        for (label, entry) in used.entries() {
            let Some(host) = &label.host else {
                continue;
            };
            if !is_for(entry, host) {
                let message = format!(
                    "certificate \"{}\" is not for {host}: its names are {}",
                    entry.label(),
                    shown(&entry.facts().names)
                );
                findings.push(label.at, message, "name a certificate for this host", Vec::new());
            }
        }
    }
}

fn is_for(entry: &Entry, host: &str) -> bool {
    entry.facts().names.iter().any(|name| {
        name.eq_ignore_ascii_case(host)
            || name.strip_prefix("*.").is_some_and(|domain| {
                host.split_once('.')
                    .is_some_and(|(first, rest)| !first.is_empty() && rest.eq_ignore_ascii_case(domain))
            })
    })
}

fn shown(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_string()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Rings;

    const NAME: &str = "certificate-host-name";

    fn sni(host: &str) -> String {
        format!("ServerHandshakeSNI Optional\nServerHandshakeSNIList {host}/server")
    }

    #[test]
    fn a_certificate_for_another_host_is_reported() {
        let line = "ServerHandshakeSNIList www.example.org/server";
        Rings::new().fires(
            NAME,
            "Keyring good",
            &sni("www.example.org"),
            "ftp.example.com",
            line,
        );
    }

    #[test]
    fn one_for_this_host_or_its_domain_is_not() {
        Rings::new().silent(NAME, "Keyring good", &sni("FTP.example.com"));
        Rings::new().silent(NAME, "Keyring good", &sni("a.wild.example.com"));
    }
}
