//! `ttls show` of a running agent.

use std::fmt::Write;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::{Value, json};
use ttls_agent::admin::{Answer, Request, Shown};

use super::ask::Operator;
use super::refused;
use crate::args::Show;
use crate::output::print;

pub(crate) fn show(args: &Show) -> anyhow::Result<ExitCode> {
    let request = Request::Show {
        generation: args.generation,
        json: args.json,
    };
    let shown = match Operator::connect(args.which.admin.as_deref())?.ask(&request)? {
        Answer::Shown(shown) => shown,
        Answer::Error(why) => return Ok(refused(&why)),
        _ => anyhow::bail!("the agent answered something else"),
    };
    let text = match (args.json, args.sources) {
        (true, _) => as_json(&shown)?,
        (false, true) => sources(&shown),
        (false, false) => format!("{}{}", head(&shown), shown.policy),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The object of `ttls show FILE --json`, with one field more.
fn as_json(shown: &Shown) -> anyhow::Result<String> {
    let mut policy: Value = serde_json::from_str(&shown.policy)?;
    policy["agent"] = json!({
        "version": shown.version,
        "pid": shown.pid,
        "generation": shown.generation,
        "installed": shown.installed,
        "current": shown.current,
        "stale": shown.stale,
        "sources": shown.sources,
    });
    Ok(format!("{policy}\n"))
}

/// What the policy is to the agent.
fn head(shown: &Shown) -> String {
    let mut text = format!(
        "Agent:         ttls {} pid {}\nGeneration:    {}{}, installed {}\n",
        shown.version,
        shown.pid,
        shown.generation,
        if shown.current { "" } else { " (stale)" },
        time(shown.installed),
    );
    for (number, source) in shown.sources.iter().enumerate() {
        let label = if number == 0 { "Files:" } else { "" };
        // Writing to a String does not fail.
        let _ = writeln!(text, "{label:<15}{}", plain(&source.name));
    }
    for (number, stale) in shown.stale.iter().enumerate() {
        let label = if number == 0 { "Stale:" } else { "" };
        let _ = writeln!(
            text,
            "{label:<15}generation {} of {} with {} connections",
            stale.generation,
            time(stale.installed),
            stale.connections
        );
    }
    text
}

fn sources(shown: &Shown) -> String {
    let one = |source: &ttls_agent::admin::ShownSource| {
        let text: String = source
            .text
            .lines()
            .map(|line| format!("{}\n", plain(line)))
            .collect();
        format!("# {}\n{text}", plain(&source.name))
    };
    shown.sources.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn time(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(|| "-".to_owned(), |time| time.to_string())
}

/// Terminals obey nobody's policy.
fn plain(line: &str) -> String {
    line.replace(|c: char| c.is_control() && c != '\t', "?")
}
