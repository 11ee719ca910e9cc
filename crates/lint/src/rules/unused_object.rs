//! `unused-object`.

use std::collections::HashSet;

use ttls_policy::schema::{self, Kind, Place};
use ttls_policy::{CodedParam, CodedStatement, CodedValue};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A named object is not used by any rule.
    ///
    /// Objects at file level do something only where a rule leads to them, directly or through other objects.
    /// Rules and gateways are used by themselves.
    ///
    /// ## Why it matters
    ///
    /// Often the reference is what is missing: an action without the cipher suites, or a rule without the addresses,
    /// that somebody wrote for it.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSCipherParms strong
    /// {
    ///   V3CipherSuites TLS_AES_256_GCM_SHA384
    /// }
    /// TTLSEnvironmentAction server
    /// {
    ///   HandshakeRole Server
    ///   TTLSKeyringParmsRef ring
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// Refer to the object (here `TTLSCipherParmsRef strong`), or remove it.
    UNUSED_OBJECT = Warning "TTLS303" "unused-object" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    // Where there are errors, references may be missing that were meant.
    if model.policy().is_none() {
        return;
    }
    let mut used = HashSet::new();
    let roots = roots();
    let mut open: Vec<&CodedStatement> = model
        .statements()
        .filter(|statement| roots.contains(&statement.statement.keyword))
        .collect();
    while let Some(statement) = open.pop() {
        if used.insert(statement.keyword) {
            open.extend(statement.params.iter().filter_map(|coded| model.follow(coded)));
        }
    }
    let blocks = model.blocks();
    for statement in model
        .statements()
        .filter(|statement| !used.contains(&statement.keyword))
    {
        if findings.is_full() {
            return;
        }
        let secondary = blocks
            .iter()
            .flat_map(|block| &block.params)
            .find(|coded| refers(model, coded, statement))
            .map(|coded| (coded.at, "named here, which is not used either".to_string()));
        let message = format!("{} is not used by any rule", statement.title());
        findings.push_with(
            statement.keyword,
            message,
            "refer to it, or remove it",
            secondary.into_iter().collect(),
            model.removal(statement.keyword),
        );
    }
}

/// Statements of the file level that nothing can refer to.
fn roots() -> Vec<&'static str> {
    let params = || {
        schema::statements()
            .iter()
            .flat_map(|statement| statement.params())
    };
    let refers = |keyword| params().any(|param| matches!(param.kind, Kind::Ref(target) if target == keyword));
    schema::statements()
        .iter()
        .filter(|statement| statement.place == Place::File && !refers(statement.keyword))
        .map(|statement| statement.keyword)
        .collect()
}

fn refers(model: &Model<'_>, coded: &CodedParam, statement: &CodedStatement) -> bool {
    match (&coded.value, coded.param.kind) {
        (CodedValue::Reference(name), Kind::Ref(target)) => model
            .get(target, name)
            .is_some_and(|object| std::ptr::eq(object, statement)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, found, policy, silent};

    const NAME: &str = "unused-object";
    const RULE: &str = "LocalPortRange 21\nDirection Inbound";

    #[test]
    fn an_object_that_nothing_refers_to_is_unused() {
        let text = policy(RULE) + "PortRange spare\n{\nPort 22\n}\n";
        fires(NAME, &text, "PortRange spare", "PortRange spare");
    }

    #[test]
    fn what_only_unused_objects_use_is_unused_too() {
        let text = policy(RULE) + "PortRange a\n{\nPort 22\n}\nPortGroup b\n{\nPortRangeRef a\n}\n";
        assert_eq!(found(NAME, &text).len(), 2);
    }

    #[test]
    fn what_a_rule_leads_to_over_several_steps_is_used() {
        let text = policy("LocalPortGroupRef b\nDirection Inbound")
            + "PortRange a\n{\nPort 22\n}\nPortGroup b\n{\nPortRangeRef a\n}\n";
        silent(NAME, &text);
    }

    #[test]
    fn a_policy_with_errors_is_not_judged() {
        let text = policy("LocalPortGroupRef misspelt\nDirection Inbound") + "PortRange a\n{\nPort 22\n}\n";
        assert_eq!(found(NAME, &text), []);
    }
}
