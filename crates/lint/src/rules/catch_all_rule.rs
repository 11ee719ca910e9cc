//! `catch-all-rule`.

use ttls_policy::CodedStatement;

use crate::model::{Condition, Model};
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A rule with TLS on is for every connection of its direction.
    ///
    /// All its conditions are `All` or 0.
    ///
    /// ## Why it matters
    ///
    /// Every connection has to speak TLS then, also those to name servers, databases and monitors, and those of
    /// programs that speak TLS themselves and would do it twice.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSRule everything
    /// {
    ///   LocalAddr All
    ///   Direction Both
    ///   ...
    /// ```
    ///
    /// ## Instead
    ///
    /// Name ports or addresses. A last rule for everything with `TTLSEnabled Off` is fine.
    CATCH_ALL_RULE = Warning "TTLS307" "catch-all-rule" by check
}

const SLOTS: [&str; 4] = ["local address", "remote address", "local port", "remote port"];

fn check(model: &Model<'_>, findings: &mut Findings) {
    for rule in model.of("TTLSRule") {
        if model.is_enabled(rule) && is_for_everything(model, rule) {
            let message = format!(
                "{} turns TLS on for every connection of its direction",
                rule.title()
            );
            findings.push(rule.keyword, message, "name ports or addresses", Vec::new());
        }
    }
}

/// A rule without any condition is an error that was reported.
fn is_for_everything<'c>(model: &Model<'c>, rule: &'c CodedStatement) -> bool {
    let conditions = SLOTS.map(|slot| model.condition(rule, slot));
    rule.param("Jobname").is_none()
        && rule.param("Userid").is_none()
        && conditions.contains(&Condition::Everything)
        && !conditions.contains(&Condition::Some)
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "catch-all-rule";

    #[test]
    fn a_rule_for_everything_is_reported_also_through_references() {
        let text = policy("LocalPortRange 0\nDirection Inbound");
        fires(NAME, &text, "every connection", "TTLSRule r");
        let text = policy("LocalPortRangeRef any\nDirection Inbound") + "PortRange any\n{\nPort 0\n}\n";
        fires(NAME, &text, "every connection", "TTLSRule r");
    }

    #[test]
    fn one_condition_that_says_something_is_enough() {
        silent(
            NAME,
            &policy("LocalAddr All\nLocalPortRange 21\nDirection Inbound"),
        );
        silent(NAME, &policy("LocalAddr All\nUserid ann\nDirection Inbound"));
        silent(
            NAME,
            &policy("LocalAddr All\nDirection Inbound").replace("Enabled On", "Enabled Off"),
        );
    }
}
