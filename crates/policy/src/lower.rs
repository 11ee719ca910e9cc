//! Parsed objects to the effective policy: references followed, parameters merged, defaults applied, rules in order.

mod actions;
mod client;
mod conditions;
mod ftp;
mod gateways;
mod includes;
mod intercepts;
mod layers;
mod protocol;
mod tls;

pub(crate) use includes::Includes;

use std::collections::HashMap;
use std::sync::Arc;

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::effective::ActionSet;
use crate::model::{Field, Object, Value};
use crate::policy::Policy;
use crate::resolve::Symbols;
use crate::rule::{Actions, Rule, in_matching_order};
use crate::sink::Sink;
use crate::source::Span;
use conditions::Conditions;
use ftp::Files;

/// Makes the policy. It is only worth something when the sink has no errors afterwards.
pub(crate) fn policy(
    objects: &[Object<'_>],
    symbols: &Symbols<'_, '_>,
    includes: &mut Includes<'_>,
    sink: &mut Sink,
) -> Policy {
    let mut files = Files::new(includes);
    for object in objects {
        ftp::check(object, &mut files, sink);
    }
    let mut lowering = Lowering {
        symbols,
        conditions: Conditions::new(symbols),
        files,
        sink,
        made: HashMap::new(),
    };
    let mut rules: Vec<Rule> = symbols
        .of("TTLSRule")
        .filter_map(|object| lowering.rule(object))
        .collect();
    in_matching_order(&mut rules);
    if rules.is_empty() && !sink.has_errors() {
        let start = Span {
            source: 0,
            start: 0,
            end: 0,
        };
        let message = "the policy has no TTLSRule: it covers no connection";
        sink.push(Diagnostic::new(&codes::NO_RULES, start, message));
    }
    let gateways = gateways::gateways(symbols, &rules, sink);
    let intercepts = intercepts::intercepts(symbols, sink);
    Policy::new(rules, gateways, intercepts)
}

struct Lowering<'l, 'a, 't, 'f, 'i> {
    symbols: &'l Symbols<'a, 't>,
    conditions: Conditions<'l, 'a, 't>,
    files: Files<'f, 'i>,
    sink: &'l mut Sink,
    /// Action sets by the actions that they are made of; the rule's name is filled in later.
    made: HashMap<[&'t str; 3], Option<ActionSet>>,
}

impl<'a, 't> Lowering<'_, 'a, 't, '_, '_> {
    fn rule(&mut self, object: &'a Object<'t>) -> Option<Rule> {
        let group = self.action(object, "TTLSGroupActionRef");
        let clear = actions::clear_group(group, self.symbols);
        let mut rule = self
            .conditions
            .rule(object, Actions::NotEnabled(Arc::new(clear)))?;
        let group = group?;
        if !group.field("TTLSEnabled").is_some_and(Field::is_on) {
            return Some(rule);
        }
        let Some(environment) = self.action(object, "TTLSEnvironmentActionRef") else {
            if object.field("TTLSEnvironmentActionRef").is_none() && !object.damaged {
                let message = format!("{} has TLS on and no TTLSEnvironmentActionRef", object.title());
                let help = "name the environment action, or a group action with TTLSEnabled Off";
                self.sink.push(
                    Diagnostic::new(&codes::RULE_WITHOUT_ENVIRONMENT, object.keyword, message).help(help),
                );
            }
            return None;
        };
        let connection = self.action(object, "TTLSConnectionActionRef");
        let set = self.action_set(group, environment, connection)?;
        rule.actions = Actions::Enabled(Arc::new(ActionSet {
            rule: rule.name.clone(),
            ..set
        }));
        Some(rule)
    }

    fn action(&self, rule: &Object<'t>, keyword: &str) -> Option<&'a Object<'t>> {
        let Value::Ref(name) = rule.field(keyword)?.value else {
            return None;
        };
        self.symbols.get(keyword.strip_suffix("Ref")?, name.text)
    }

    fn action_set(
        &mut self,
        group: &'a Object<'t>,
        environment: &'a Object<'t>,
        connection: Option<&'a Object<'t>>,
    ) -> Option<ActionSet> {
        // Global objects have different names within their type, and none is empty.
        let name = |object: &Object<'t>| object.name.map_or("", |name| name.text);
        let key = [name(group), name(environment), connection.map_or("", name)];
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let layers = layers::Layers::new(group, environment, connection, self.symbols);
        let made = actions::action_set(&layers, &mut self.files, self.sink);
        self.made.insert(key, made.clone());
        made
    }
}
