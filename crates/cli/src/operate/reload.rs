//! `ttls reload`.

use std::process::ExitCode;

use ttls_agent::admin::{Answer, Request};
use ttls_agent::{Problem, Reload as Done, Reloaded};

use super::ask::Operator;
use super::{EXIT_REFUSED, refused};
use crate::args::Reload;
use crate::output::print;

pub(crate) fn reload(args: &Reload) -> anyhow::Result<ExitCode> {
    let request = Request::Reload {
        dry_run: args.dry_run,
    };
    let done = match Operator::connect(args.which.admin.as_deref())?.ask(&request)? {
        Answer::Reload(done) => done,
        Answer::Error(why) => return Ok(refused(&why)),
        _ => anyhow::bail!("the agent answered something else"),
    };
    if args.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&done)?))?;
    } else {
        for problem in done.problems.iter().chain(&done.warnings) {
            eprintln!("{}", shown(problem));
        }
        print(&format!("{}\n", summary(&done)))?;
    }
    Ok(match done.result {
        Reloaded::Installed | Reloaded::Unchanged => ExitCode::SUCCESS,
        Reloaded::Failed => ExitCode::from(EXIT_REFUSED),
    })
}

fn shown(problem: &Problem) -> String {
    problem
        .rendered
        .clone()
        .unwrap_or_else(|| format!("error: {problem}\n"))
}

fn summary(done: &Done) -> String {
    let generation = done.generation;
    match (done.result, done.dry_run) {
        (Reloaded::Installed, false) => format!("installed: generation {generation}"),
        (Reloaded::Installed, true) => format!("would be installed; generation {generation} stays"),
        (Reloaded::Unchanged, _) => format!("nothing has changed: generation {generation} stays"),
        (Reloaded::Failed, false) => format!("not installed: generation {generation} stays"),
        (Reloaded::Failed, true) => format!("would not be installed; generation {generation} stays"),
    }
}
