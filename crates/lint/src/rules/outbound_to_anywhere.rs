//! `outbound-to-anywhere`.

use crate::model::{Condition, Model};
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// An outbound rule does not say which peers it is for.
    ///
    /// A rule with `Direction Outbound`, TLS on and no RemoteAddr is for every address that programs connect to.
    ///
    /// ## Why it matters
    ///
    /// Loopback connections are among them: a program that talks to its own machine in clear on the same port suddenly
    /// has to speak TLS there.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSRule ftp_client
    /// {
    ///   RemotePortRange 21
    ///   Direction Outbound
    ///   ...
    /// ```
    ///
    /// ## Instead
    ///
    /// Name the partners with RemoteAddr or one of its references. Where it really is for everybody, say so:
    /// `# ttls: allow(outbound-to-anywhere) any FTP server` on the line above the rule.
    OUTBOUND_TO_ANYWHERE = Warning "TTLS306" "outbound-to-anywhere" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for rule in model.of("TTLSRule") {
        let direction = rule.param("Direction").and_then(ttls_policy::CodedParam::word);
        let anywhere = model.condition(rule, "remote address") != Condition::Some;
        if direction == Some("Outbound") && anywhere && model.is_enabled(rule) {
            let message = format!("{} is for every address, loopback too", rule.title());
            findings.push(
                rule.keyword,
                message,
                "name the partners with RemoteAddr",
                Vec::new(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "outbound-to-anywhere";

    #[test]
    fn an_outbound_rule_without_peers_is_reported() {
        let text = policy("RemotePortRange 21\nDirection Outbound");
        fires(NAME, &text, "every address", "TTLSRule r");
        let text = policy("RemotePortRange 21\nRemoteAddr All\nDirection Outbound");
        fires(NAME, &text, "every address", "TTLSRule r");
    }

    #[test]
    fn named_partners_inbound_rules_and_rules_without_tls_are_not() {
        silent(
            NAME,
            &policy("RemotePortRange 21\nRemoteAddr 192.0.2.0/24\nDirection Outbound"),
        );
        silent(NAME, &policy("LocalPortRange 21\nDirection Inbound"));
        silent(
            NAME,
            &policy("RemotePortRange 21\nDirection Outbound").replace("Enabled On", "Enabled Off"),
        );
    }
}
