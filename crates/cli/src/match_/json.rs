//! The answer of `ttls match` for programs.

use serde_json::{Value, json};
use ttls_lint::{Tried, settings};
use ttls_policy::Rule;

/// One object on a line: `result` (`tls`, `clear` or `no-rule`), `rule`, the rules that were `tried` in order with their
/// conditions, and the `settings` of the connection. Fields are only ever added.
pub(super) fn answer(rules: &[Tried<'_>], rule: Option<&Rule>) -> String {
    let actions = rule.and_then(Rule::actions);
    let result = match (rule, actions) {
        (None, _) => "no-rule",
        (Some(_), None) => "clear",
        (Some(_), Some(_)) => "tls",
    };
    let settings: Vec<Value> = actions
        .map(|set| settings(set))
        .unwrap_or_default()
        .into_iter()
        .map(|setting| json!({"keyword": setting.keyword, "value": setting.value, "origin": setting.origin}))
        .collect();
    let answer = json!({
        "result": result,
        "rule": rule.map(Rule::name),
        "tried": rules.iter().map(tried).collect::<Vec<Value>>(),
        "settings": settings,
    });
    format!("{answer}\n")
}

fn tried(tried: &Tried<'_>) -> Value {
    let conditions: Vec<Value> = tried
        .conditions
        .iter()
        .map(|condition| {
            json!({
                "keyword": condition.keyword,
                "wanted": condition.wanted,
                "given": condition.given,
                "holds": condition.holds,
            })
        })
        .collect();
    json!({
        "rule": tried.rule.name(),
        "priority": tried.rule.priority(),
        "matches": tried.matches(),
        "conditions": conditions,
    })
}
