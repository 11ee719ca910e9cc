//! `deprecated-parameter`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};
use ttls_policy::{CodedParam, CodedValue, Fix, Safety};

lint_rule! {
    /// A parameter belongs to something that nobody should use any more.
    ///
    /// V2CipherSuites and GSK_V2_* are for SSLv2, TruncatedHMAC weakens the protection of records, GSK_CRL_SECURITY_LEVEL
    /// Low and RevocationSecurityLevel Low take a certificate for good when its revocation cannot be found out.
    ///
    /// ## Why it matters
    ///
    /// SSLv2 was prohibited in 2011 (RFC 6176). What is written for it only makes the policy longer, and looks as if
    /// somebody needed it.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSCipherParms old
    /// {
    ///   V2CipherSuites 713642
    /// ```
    ///
    /// ## Instead
    ///
    /// Leave it out; the fix does so where it has no effect.
    DEPRECATED_PARAMETER = Warning "TTLS323" "deprecated-parameter" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for coded in model.blocks().into_iter().flat_map(|block| &block.params) {
        let Some((why, safety)) = verdict(coded) else {
            continue;
        };
        let keyword = coded.param.keyword;
        let removal = model.removal(coded.keyword).map(|fix| Fix { safety, ..fix });
        findings.push_with(
            coded.keyword,
            format!("{keyword} {why}"),
            "leave it out",
            Vec::new(),
            removal,
        );
    }
}

/// Why it is outdated, and whether it can go unseen.
fn verdict(coded: &CodedParam) -> Option<(&'static str, Safety)> {
    match (coded.param.keyword, &coded.value) {
        ("V2CipherSuites" | "GSK_V2_SESSION_TIMEOUT" | "GSK_V2_SIDCACHE_SIZE", _) => {
            Some(("is for SSLv2, which is prohibited", Safety::Safe))
        }
        ("TruncatedHMAC", CodedValue::Word("Optional" | "Required")) => {
            Some(("weakens the protection of records", Safety::Unsafe))
        }
        ("GSK_CRL_SECURITY_LEVEL" | "RevocationSecurityLevel", CodedValue::Word("Low")) => Some((
            "Low takes certificates whose revocation cannot be found out",
            Safety::Unsafe,
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "deprecated-parameter";

    fn with(block: &str, line: &str) -> String {
        let block = format!("HandshakeRole Server\n{block}\n{{\n{line}\n}}");
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &block)
    }

    #[test]
    fn what_is_for_sslv2_is_reported() {
        let line = "GSK_V2_SESSION_TIMEOUT 10";
        fires(NAME, &with("TTLSGskAdvancedParms", line), "SSLv2", line);
        let line = "V2CipherSuites 7";
        fires(NAME, &with("TTLSCipherParms", line), "SSLv2", line);
    }

    #[test]
    fn what_is_for_later_protocols_is_not() {
        silent(NAME, &with("TTLSGskAdvancedParms", "GSK_V3_SESSION_TIMEOUT 10"));
        silent(NAME, &with("TTLSEnvironmentAdvancedParms", "TruncatedHMAC Off"));
    }
}
