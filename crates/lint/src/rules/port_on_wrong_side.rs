//! `port-on-wrong-side`.

use ttls_policy::{Fix, Safety};

use crate::model::{Condition, Model};
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A rule asks for the port of the end that has none of its own.
    ///
    /// The service has the fixed port: of inbound connections that is the local end, of outbound ones the remote end. The
    /// other end gets any port that is free.
    ///
    /// ## Why it matters
    ///
    /// The rule hardly ever matches, and the connections that it was written for get another rule or none.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSRule ftp_server
    /// {
    ///   RemotePortRange 21
    ///   Direction Inbound
    ///   ...
    /// ```
    ///
    /// ## Instead
    ///
    /// `LocalPortRange 21` with `Direction Inbound`, `RemotePortRange 21` with `Direction Outbound`.
    PORT_ON_WRONG_SIDE = Warning "TTLS319" "port-on-wrong-side" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for rule in model.of("TTLSRule") {
        let (wrong, right) = match rule.param("Direction").and_then(ttls_policy::CodedParam::word) {
            Some("Inbound") => ("remote port", "local port"),
            Some("Outbound") => ("local port", "remote port"),
            _ => continue,
        };
        let sides = (model.condition(rule, wrong), model.condition(rule, right));
        let (Some(coded), (Condition::Some, Condition::Absent)) = (rule.slot(wrong), sides) else {
            continue;
        };
        let keyword = coded.param.keyword;
        let other = match keyword.strip_prefix("Local") {
            Some(rest) => format!("Remote{rest}"),
            None => keyword.replacen("Remote", "Local", 1),
        };
        let message = format!(
            "{}: {keyword} is the port of the end that has none of its own",
            rule.title()
        );
        let help = format!("write `{other}`");
        let fix = Fix::new(Safety::Unsafe, help.clone(), coded.keyword, other);
        findings.push_with(coded.keyword, message, help, Vec::new(), Some(fix));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "port-on-wrong-side";

    #[test]
    fn ports_of_the_calling_end_alone_are_reported() {
        let text = policy("RemotePortRange 21\nDirection Inbound");
        fires(NAME, &text, "RemotePortRange", "RemotePortRange 21");
        let text = policy("LocalPortRange 21\nRemoteAddr 192.0.2.1\nDirection Outbound");
        fires(NAME, &text, "LocalPortRange", "LocalPortRange 21");
    }

    #[test]
    fn ports_of_the_service_and_of_both_ends_are_not() {
        silent(NAME, &policy("LocalPortRange 21\nDirection Inbound"));
        silent(
            NAME,
            &policy("LocalPortRange 21\nRemotePortRange 1024-65535\nDirection Inbound"),
        );
        silent(NAME, &policy("RemotePortRange 21\nDirection Both"));
        silent(
            NAME,
            &policy("RemotePortRange 0\nLocalAddr 192.0.2.1\nDirection Inbound"),
        );
    }
}
