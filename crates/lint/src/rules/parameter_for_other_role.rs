//! `parameter-for-other-role`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A parameter is for the TLS role that the connection does not have.
    ///
    /// Parameters whose names begin with Client or HostRef are for HandshakeRole Client, those that begin with Server for
    /// the server roles.
    ///
    /// ## Why it matters
    ///
    /// It does nothing here; perhaps the role is the wrong one, or the parameter of the other role was meant.
    ///
    /// ## Example
    ///
    /// ```text
    /// HandshakeRole Server
    /// TTLSEnvironmentAdvancedParms
    /// {
    ///   ClientHandshakeSNI Optional
    /// ```
    ///
    /// ## Instead
    ///
    /// Write the parameter of this role (`ServerHandshakeSNI`), or leave it out. Blocks that actions of both roles share are
    /// not reported.
    PARAMETER_FOR_OTHER_ROLE = Note "TTLS325" "parameter-for-other-role" by check
}

const CLIENT: [&str; 9] = [
    "ClientMaxSSLFragment",
    "ClientMaxSSLFragmentLength",
    "ClientHandshakeSNI",
    "ClientHandshakeSNIMatch",
    "ClientHandshakeSNIList",
    "ClientExtendedMasterSecret",
    "HostReferenceIdDNS",
    "HostReferenceIdCN",
    "HostRefWildcardValidation",
];

const SERVER: [&str; 7] = [
    "ServerCertificateLabel",
    "ServerMaxSSLFragment",
    "ServerHandshakeSNI",
    "ServerHandshakeSNIMatch",
    "ServerHandshakeSNIList",
    "ServerExtendedMasterSecret",
    "ServerScsv",
];

fn check(model: &Model<'_>, findings: &mut Findings) {
    let mut shared = Vec::new();
    let mut foreign = Vec::new();
    for action in model.of("TTLSEnvironmentAction") {
        let role = action
            .param("HandshakeRole")
            .and_then(ttls_policy::CodedParam::word);
        let (others, own) = match role {
            Some("Client") => (&SERVER[..], &CLIENT[..]),
            Some(_) => (&CLIENT[..], &SERVER[..]),
            None => continue,
        };
        let blocks = action.params.iter().filter_map(|coded| model.follow(coded));
        for coded in blocks.flat_map(|block| &block.params) {
            let keyword = coded.param.keyword;
            if others.contains(&keyword) && coded.word() != Some("Off") {
                foreign.push((coded, role.unwrap_or_default()));
            } else if own.contains(&keyword) {
                shared.push(coded.keyword);
            }
        }
    }
    for (coded, role) in foreign {
        if shared.contains(&coded.keyword) {
            continue;
        }
        let message = format!("{} does nothing for HandshakeRole {role}", coded.param.keyword);
        findings.push(
            coded.keyword,
            message,
            "leave it out, or write the parameter of this role",
            Vec::new(),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, found, policy};

    const NAME: &str = "parameter-for-other-role";

    fn with(role: &str, line: &str) -> String {
        let block = format!("HandshakeRole {role}\nTTLSEnvironmentAdvancedParms\n{{\n{line}\n}}");
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &block)
    }

    #[test]
    fn parameters_of_the_other_role_are_reported() {
        let line = "HostReferenceIdDNS ftp.example.com";
        fires(NAME, &with("Server", line), "HandshakeRole Server", line);
        let line = "ServerCertificateLabel a";
        fires(NAME, &with("Client", line), "HandshakeRole Client", line);
    }

    #[test]
    fn those_of_this_role_and_those_that_are_off_are_not() {
        assert_eq!(found(NAME, &with("Server", "ServerCertificateLabel a")), []);
        assert_eq!(
            found(NAME, &with("Client", "HostReferenceIdDNS ftp.example.com")),
            []
        );
        assert_eq!(found(NAME, &with("Server", "ClientHandshakeSNI Off")), []);
    }
}
