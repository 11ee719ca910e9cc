//! `names-differ-in-case`.

use std::collections::HashMap;

use ttls_policy::CodedStatement;

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// Two objects of one type have names that differ only in the case of letters.
    ///
    /// Keywords may be written in any case, names may not: `Ftp` and `ftp` are two objects.
    ///
    /// ## Why it matters
    ///
    /// A reference with the wrong case finds the other object, and nobody sees it when reading.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSGroupAction tls_on
    /// TTLSGroupAction TLS_ON
    /// ```
    ///
    /// ## Instead
    ///
    /// Give them names that say how they differ, or keep one of them.
    NAMES_DIFFER_IN_CASE = Warning "TTLS304" "names-differ-in-case" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let mut first: HashMap<(&str, String), &CodedStatement> = HashMap::new();
    for statement in model.statements() {
        let name = statement.name.clone().unwrap_or_default();
        let key = (statement.statement.keyword, name.to_lowercase());
        if let Some(other) = first.get(&key) {
            let message = format!(
                "{} differs from {} only in case",
                statement.title(),
                other.title()
            );
            let secondary = vec![(other.keyword, "the other one".to_string())];
            findings.push(statement.keyword, message, "rename one of them", secondary);
        } else {
            first.insert(key, statement);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{ACTIONS, fires, policy, rule_named, silent};

    const NAME: &str = "names-differ-in-case";

    #[test]
    fn two_rules_with_names_that_look_alike_are_reported() {
        let text = policy("LocalPortRange 21\nDirection Inbound")
            + &rule_named("R", "LocalPortRange 22\nDirection Inbound");
        fires(NAME, &text, "TTLSRule R differs from TTLSRule r", "TTLSRule R");
    }

    #[test]
    fn objects_of_different_types_may_share_a_name() {
        let text = rule_named("G", "LocalPortRange 21\nDirection Inbound") + ACTIONS;
        silent(NAME, &text);
    }
}
