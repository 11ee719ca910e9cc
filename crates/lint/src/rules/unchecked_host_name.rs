//! `unchecked-host-name`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A TLS client does not check which host a certificate is for.
    ///
    /// AT-TLS clients check the chain of a server's certificate only, unless HostReferenceIdDNS (or HostReferenceIdCN)
    /// names the host.
    ///
    /// ## Why it matters
    ///
    /// Any server with a certificate of any trusted authority can take the place of the partner.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSEnvironmentAction partner
    /// {
    ///   HandshakeRole Client
    ///   ...
    /// ```
    ///
    /// ## Instead
    ///
    /// `HostReferenceIdDNS ftp.partner.example` in TTLSEnvironmentAdvancedParms, or in a connection action for each partner.
    /// A key ring with the partner's own authority as its only trust anchor is as good: allow this finding then.
    UNCHECKED_HOST_NAME = Warning "TTLS317" "unchecked-host-name" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for rule in model.of("TTLSRule").filter(|rule| model.is_enabled(rule)) {
        let Some(role) = model.effective(rule, "HandshakeRole") else {
            continue;
        };
        let names = ["HostReferenceIdDNS", "HostReferenceIdCN"];
        let checks = names.iter().any(|name| model.effective(rule, name).is_some());
        if role.word() == Some("Client") && !checks {
            let message =
                "HandshakeRole Client without HostReferenceIdDNS: any trusted certificate is accepted";
            let help = "write HostReferenceIdDNS with the partner's name in the advanced parameters";
            findings.push(role.at, message, help, Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, found, policy};

    const NAME: &str = "unchecked-host-name";

    fn client(line: &str) -> String {
        let advanced = format!("HandshakeRole Client\nTTLSEnvironmentAdvancedParms\n{{\n{line}\n}}");
        policy("RemotePortRange 21\nRemoteAddr 192.0.2.1\nDirection Outbound")
            .replace("HandshakeRole Server", &advanced)
    }

    #[test]
    fn a_client_that_checks_no_name_is_reported() {
        fires(
            NAME,
            &client("ApplicationControlled On"),
            "any trusted certificate",
            "HandshakeRole Client",
        );
    }

    #[test]
    fn a_client_that_does_and_a_server_are_not() {
        assert_eq!(found(NAME, &client("HostReferenceIdDNS ftp.example.com")), []);
        assert_eq!(found(NAME, &policy("LocalPortRange 21\nDirection Inbound")), []);
    }
}
