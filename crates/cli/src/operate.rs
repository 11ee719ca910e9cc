//! Asking a running agent: `ttls status`, `ttls drop`, `ttls log-level`.

mod ask;
mod reload;
mod show;
mod table;

use std::process::ExitCode;
use std::time::Duration;

use ttls_agent::admin::{Answer, Request};

use crate::args::{Drop, LogLevel, Status};
use crate::output::print;

use ask::Operator;
pub(crate) use reload::reload;
pub(crate) use show::show;

/// Exit code where the agent answered that it cannot.
const EXIT_REFUSED: u8 = 1;

pub(crate) fn status(args: &Status) -> anyhow::Result<ExitCode> {
    let mut operator = Operator::connect(args.which.admin.as_deref())?;
    let request = match &args.conn {
        Some(conn) => Request::Connection { conn: conn.clone() },
        None => Request::Status,
    };
    loop {
        let answer = operator.ask(&request)?;
        let text = match &answer {
            Answer::Error(why) => return Ok(refused(why)),
            Answer::Status(status) if args.json => format!("{}\n", serde_json::to_string_pretty(status)?),
            Answer::Connection(row) if args.json => format!("{}\n", serde_json::to_string_pretty(row)?),
            Answer::Status(status) => table::of(status),
            Answer::Connection(row) => table::details(row),
            Answer::Done(said) => format!("{said}\n"),
            Answer::Reload(_) | Answer::Shown(_) | Answer::TakeOver { .. } => {
                anyhow::bail!("the agent answered something else")
            }
        };
        let Some(seconds) = args.watch else {
            print(&text)?;
            return Ok(ExitCode::SUCCESS);
        };
        let clear = if args.json { "" } else { "\x1b[H\x1b[2J" };
        print(&format!("{clear}{text}"))?;
        std::thread::sleep(Duration::try_from_secs_f64(seconds.max(0.1))?);
    }
}

pub(crate) fn drop(args: &Drop) -> anyhow::Result<ExitCode> {
    let request = Request::Drop {
        conn: args.conn.clone(),
    };
    told(&Operator::connect(args.which.admin.as_deref())?.ask(&request)?)
}

pub(crate) fn log_level(args: &LogLevel) -> anyhow::Result<ExitCode> {
    let request = Request::LogLevel {
        filter: args.filter.clone(),
    };
    told(&Operator::connect(args.which.admin.as_deref())?.ask(&request)?)
}

fn told(answer: &Answer) -> anyhow::Result<ExitCode> {
    match answer {
        Answer::Error(why) => Ok(refused(why)),
        Answer::Done(said) => {
            print(&format!("{said}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        _ => anyhow::bail!("the agent answered something else"),
    }
}

fn refused(why: &str) -> ExitCode {
    eprintln!("ttls: {why}");
    ExitCode::from(EXIT_REFUSED)
}
