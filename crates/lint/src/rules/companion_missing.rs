//! `companion-missing`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};
use ttls_policy::{CodedParam, CodedStatement};

lint_rule! {
    /// A parameter does something only together with another one, which is not there or off.
    ///
    /// A list of names without the switch for it, a length without the extension that asks for it, a proxy's port without
    /// the proxy, a check of a nonce that is not sent.
    ///
    /// ## Why it matters
    ///
    /// What looks switched on is off.
    ///
    /// ## Example
    ///
    /// ```text
    /// ClientHandshakeSNIList ftp.example.com      # and no ClientHandshakeSNI
    /// ```
    ///
    /// ## Instead
    ///
    /// Write the other parameter too, or leave this one out.
    COMPANION_MISSING = Warning "TTLS324" "companion-missing" by check
}

/// A parameter, and the one without which it does nothing.
const PAIRS: [(&str, &str); 9] = [
    ("ClientMaxSSLFragmentLength", "ClientMaxSSLFragment"),
    ("ClientHandshakeSNIMatch", "ClientHandshakeSNI"),
    ("ClientHandshakeSNIList", "ClientHandshakeSNI"),
    ("ServerHandshakeSNIMatch", "ServerHandshakeSNI"),
    ("HostRefWildcardValidation", "HostReferenceIdDNS"),
    ("OcspProxyServerPort", "OcspProxyServerName"),
    ("OcspNonceCheckEnable", "OcspNonceGenEnable"),
    ("OcspRequestSigalg", "OcspRequestSigkeylabel"),
    ("HttpCdpProxyServerPort", "HttpCdpProxyServerName"),
];

fn check(model: &Model<'_>, findings: &mut Findings) {
    for block in model.blocks() {
        for (keyword, companion) in PAIRS {
            let Some(coded) = block.param(keyword).filter(|coded| coded.word() != Some("Off")) else {
                continue;
            };
            // A connection action may rely on the environment.
            if is_on(block, companion) || inherits(block) {
                continue;
            }
            let message = format!("{keyword} does nothing without {companion}");
            let help = format!("write {companion} too, or leave {keyword} out");
            let off = block.param(companion).map(|off| (off.at, "off here".to_string()));
            findings.push(coded.keyword, message, help, off.into_iter().collect());
        }
    }
}

fn is_on(block: &CodedStatement, companion: &str) -> bool {
    block
        .param(companion)
        .is_some_and(|coded| CodedParam::word(coded) != Some("Off"))
}

fn inherits(block: &CodedStatement) -> bool {
    block.statement.keyword == "TTLSConnectionAdvancedParms"
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, found, policy};

    const NAME: &str = "companion-missing";

    fn with(block: &str, lines: &str) -> String {
        let block = format!("HandshakeRole Server\n{block}\n{{\n{lines}\n}}");
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &block)
    }

    #[test]
    fn a_parameter_without_its_switch_is_reported() {
        let line = "ServerHandshakeSNIMatch Required";
        let text = with("TTLSEnvironmentAdvancedParms", line);
        fires(NAME, &text, "without ServerHandshakeSNI", line);
        let text = with(
            "TTLSEnvironmentAdvancedParms",
            &format!("{line}\nServerHandshakeSNI Off"),
        );
        fires(NAME, &text, "without ServerHandshakeSNI", line);
    }

    #[test]
    fn together_they_are_not() {
        let lines = "ServerHandshakeSNIMatch Required\nServerHandshakeSNI Optional\nServerHandshakeSNIList a.example/l";
        assert_eq!(found(NAME, &with("TTLSEnvironmentAdvancedParms", lines)), []);
        let lines = "ClientHandshakeSNI Optional\nClientHandshakeSNIList a.example";
        assert_eq!(found(NAME, &with("TTLSEnvironmentAdvancedParms", lines)), []);
    }
}
