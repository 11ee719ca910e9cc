//! `unchecked-client-certificate`.

use ttls_policy::{ClientAuthType, Fix, HandshakeRole, Safety};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// Client certificates are asked for and not checked.
    ///
    /// `ClientAuthType PassThru` takes any certificate, or none.
    ///
    /// ## Why it matters
    ///
    /// It looks like authentication and is none: anybody can make a certificate with any name in it.
    ///
    /// ## Example
    ///
    /// ```text
    /// HandshakeRole ServerWithClientAuth
    /// TTLSEnvironmentAdvancedParms
    /// {
    ///   ClientAuthType PassThru
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// `ClientAuthType Required`, or Full where clients without a certificate may come in; or HandshakeRole Server.
    UNCHECKED_CLIENT_CERTIFICATE = Warning "TTLS310" "unchecked-client-certificate" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let sets = model
        .policy()
        .into_iter()
        .flat_map(ttls_policy::Policy::action_sets);
    for set in sets {
        let asks = set.role.value == HandshakeRole::ServerWithClientAuth;
        if !asks || set.client_auth.value != ClientAuthType::PassThru {
            continue;
        }
        if let Some(coded) = model.coded(set, "ClientAuthType") {
            let message = "ClientAuthType PassThru: client certificates are not checked";
            let help = "write ClientAuthType Required, or Full where a certificate is optional";
            let fix = Fix::new(Safety::Unsafe, "write `Required`", coded.at, "Required");
            findings.push_with(coded.at, message, help, Vec::new(), Some(fix));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "unchecked-client-certificate";

    fn with(kind: &str) -> String {
        let role = format!(
            "HandshakeRole ServerWithClientAuth\nTTLSEnvironmentAdvancedParms\n{{\nClientAuthType {kind}\n}}"
        );
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &role)
    }

    #[test]
    fn certificates_that_are_passed_through_are_reported() {
        fires(NAME, &with("PassThru"), "not checked", "ClientAuthType PassThru");
    }

    #[test]
    fn certificates_that_are_checked_are_not() {
        silent(NAME, &with("Full"));
        silent(NAME, &with("Required"));
    }
}
