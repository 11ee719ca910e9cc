//! `ttls show`.

mod json;
mod text;

use std::process::ExitCode;

use ttls_policy::Policy;

use crate::args::Show;
use crate::{operate, output, policy};

pub(crate) fn show(args: &Show) -> anyhow::Result<ExitCode> {
    if args.files.is_empty() {
        return operate::show(args);
    }
    for file in &args.files {
        output::print(&render(&policy::effective(file)?, args.json))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A policy as one JSON object on a line, or for people.
pub(crate) fn render(policy: &Policy, json: bool) -> String {
    if json {
        json::policy(policy)
    } else {
        text::policy(policy)
    }
}
