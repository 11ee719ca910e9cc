//! `ttls match`.

mod json;

use std::fmt::Write;
use std::process::ExitCode;

use jiff::Zoned;
use ttls_lint::{Tried, settings, tried};
use ttls_policy::{Connection, Rule};

use crate::args::{Direction, Match};
use crate::{output, policy};

pub(crate) fn match_(args: &Match) -> anyhow::Result<ExitCode> {
    let policy = policy::effective(&args.policy)?;
    let connection = Connection {
        direction: match args.direction {
            Direction::Inbound => ttls_policy::Direction::Inbound,
            Direction::Outbound => ttls_policy::Direction::Outbound,
        },
        local: args.local,
        remote: args.remote,
        user: args.user.as_deref(),
        job: args.job.as_deref(),
    };
    let at = args.at.clone().unwrap_or_else(Zoned::now);
    let rules = tried(&policy, &connection, &at);
    let rule = rules.last().filter(|last| last.matches()).map(|last| last.rule);
    let answer = if args.json {
        json::answer(&rules, rule)
    } else {
        text(&rules, rule)
    };
    output::print(&answer)?;
    Ok(ExitCode::from(u8::from(rule.is_none())))
}

fn text(rules: &[Tried<'_>], rule: Option<&Rule>) -> String {
    let mut text = String::new();
    for tried in rules {
        show(tried, &mut text);
    }
    match rule {
        Some(rule) => outcome(rule, &mut text),
        None => text.push_str("No rule matches: the connection has no policy.\n"),
    }
    text
}

fn show(tried: &Tried<'_>, text: &mut String) {
    let answer = if tried.matches() {
        "matches"
    } else {
        "does not match"
    };
    let (name, priority) = (tried.rule.name(), tried.rule.priority());
    // Writing to a String does not fail.
    let _ = writeln!(text, "TTLSRule {name} (Priority {priority}) {answer}");
    for condition in &tried.conditions {
        let mark = if condition.holds { "yes" } else { "no " };
        let asked = format!("{} {}", condition.keyword, condition.wanted);
        let _ = writeln!(text, "  {mark}  {asked:<44}  {}", condition.given);
    }
    text.push('\n');
}

fn outcome(rule: &Rule, text: &mut String) {
    let name = rule.name();
    let Some(set) = rule.actions() else {
        let _ = writeln!(
            text,
            "TTLSRule {name} says TTLSEnabled Off: the connection stays in clear."
        );
        return;
    };
    let _ = writeln!(text, "TTLSRule {name} turns TLS on:");
    for setting in settings(set) {
        let _ = writeln!(
            text,
            "  {:<22} {:<50} {}",
            setting.keyword, setting.value, setting.origin
        );
    }
}
