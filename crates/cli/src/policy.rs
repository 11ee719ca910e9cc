//! From a policy file to an installed agent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use ttls_agent::{Agent, Limits, PayloadTrace, Problem, RunAs, Settings, Source, load_policy};

use ttls_policy::{Diagnostic, Level, Policy, SourceText, render};

use crate::args::{Common, Unmatched};

/// Starts an agent with the policy; every error and warning is printed to standard error.
pub(crate) fn install(common: &Common, run_as: Option<RunAs>) -> anyhow::Result<Arc<Agent>> {
    let settings = Settings {
        keyrings: keyrings(common.keyrings.clone())?,
        unmatched_clear: common.unmatched == Unmatched::Clear,
        control: common.control.clone(),
        limits: Limits {
            drain: Duration::from_secs(common.drain),
            control_idle: Duration::from_secs(common.idle),
            relay_idle: Duration::from_secs(common.idle),
            ..Limits::default()
        },
        run_as,
    };
    match Agent::start(
        Source::file(common.policy.clone()).checked_by(Arc::new(linted)),
        settings,
    ) {
        Ok((agent, warnings)) => {
            warnings.iter().for_each(print);
            if let Some(folder) = &common.payload_trace {
                agent.show_payload(PayloadTrace::new(folder)?);
            }
            Ok(Arc::new(agent))
        }
        Err(problems) => {
            problems.iter().for_each(print);
            bail!("{}: the policy cannot be installed", common.policy.display());
        }
    }
}

/// What the lint says about the texts of a policy, the compiler's words included.
fn linted(sources: &[SourceText]) -> Vec<Diagnostic> {
    let Some(main) = sources.first() else {
        return Vec::new();
    };
    let mut included = |path: &Path| {
        sources
            .iter()
            .find(|source| Path::new(&source.name) == path)
            .map(|source| source.text.clone())
            .ok_or_else(|| std::io::ErrorKind::NotFound.into())
    };
    ttls_lint::lint(main.clone(), &mut included).diagnostics
}

/// A problem with its source lines where it has any.
fn print(problem: &Problem) {
    match &problem.rendered {
        Some(rendered) => eprintln!("{rendered}"),
        None => eprintln!("ttls: error: {problem}"),
    }
}

/// Reads and compiles a policy file.
pub(crate) fn read(path: &Path) -> anyhow::Result<ttls_agent::LoadedPolicy> {
    load_policy(path).with_context(|| format!("policy file {}", path.display()))
}

/// Reads and compiles a policy; its errors are printed to standard error.
pub(crate) fn effective(path: &Path) -> anyhow::Result<Policy> {
    let compilation = read(path)?.compilation;
    let Some(policy) = compilation.policy else {
        let errors = compilation.diagnostics.iter().filter(|d| d.level == Level::Error);
        for error in errors {
            eprintln!("{}", render(error, &compilation.sources));
        }
        bail!("{}: the policy has errors", path.display());
    };
    Ok(policy)
}

/// The folder of the key rings: what was said, else the system's or the user's own.
pub(crate) fn keyrings(said: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = said {
        return Ok(folder);
    }
    if nix::unistd::geteuid().is_root() {
        return Ok(PathBuf::from("/etc/ttls/keyrings"));
    }
    let config = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))
        .context("neither XDG_CONFIG_HOME nor HOME is set: say --keyrings FOLDER")?;
    Ok(config.join("ttls/keyrings"))
}
