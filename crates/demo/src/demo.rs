//! The demo itself: set the stage, start the parts, check, wait, and clear everything away.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use rand::Rng;
use rand::distr::Alphanumeric;

use crate::check::{self, Subject};
use crate::child::{self, Child};
use crate::daemon;
use crate::hints;
use crate::options::Options;
use crate::policy_text::{self, Endpoints};
use crate::ports;
use crate::program;
use crate::stage::Stage;
use crate::stop::Stop;
use crate::tell;

/// The key ring's name.
const RING: &str = "demo";
/// The FTP user's name.
const USER: &str = "demo";
/// Seconds that transfers may take to finish at the end; below a child's grace.
const DRAIN: &str = "3";
/// Length of the random password; letters and digits only, so that it can be pasted anywhere.
const PASSWORD_LENGTH: usize = 16;

/// Plays the demo; problems go to standard error.
pub(crate) fn play(options: &Options) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime
        .context("cannot start the runtime")
        .and_then(|runtime| runtime.block_on(perform(options)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ttls-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn perform(options: &Options) -> Result<()> {
    let mut stop = Stop::listen().context("cannot listen for Ctrl-C")?;
    let stage = Stage::set()?;
    let mut cast = Cast::default();
    let outcome = tokio::select! {
        outcome = acts(options, &stage, &mut cast) => outcome,
        () = stop.wished() => Err(anyhow::anyhow!("ended by a signal before it was done")),
    };
    let outcome = match outcome {
        Ok(()) if !options.check => tokio::select! {
            outcome = cast.ended() => outcome,
            () = stop.wished() => Ok(()),
        },
        outcome => outcome,
    };
    cast.end().await;
    clear_away(stage, options.keep).and(outcome)
}

async fn acts(options: &Options, stage: &Stage, cast: &mut Cast) -> Result<()> {
    let [daemon, explicit, implicit] = ports::free()?;
    let endpoints = Endpoints {
        daemon,
        explicit,
        implicit,
    };
    let password: String = rand::rng()
        .sample_iter(Alphanumeric)
        .take(PASSWORD_LENGTH)
        .map(char::from)
        .collect();

    tell::line("A plain FTP daemon, wrapped by ttls");
    tell::fact("folder", stage.folder().display());
    start_daemon(stage, cast, &endpoints, &password).await?;
    let authority = make_ring(stage).await?;
    write_policy(stage, &endpoints).await?;
    start_agent(stage, cast, &endpoints).await?;

    tell::heading("Self-check");
    let subject = Subject {
        endpoints,
        authority: &authority,
        user: USER,
        password: &password,
        files: &stage.files(),
    };
    check::run(&subject).await?;

    if !options.check {
        tell::heading("Try it");
        for line in hints::lines(&endpoints, &authority, USER, &password) {
            tell::line(format_args!("  {line}"));
        }
        tell::line("\nCtrl-C ends everything.");
    }
    Ok(())
}

async fn start_daemon(stage: &Stage, cast: &mut Cast, endpoints: &Endpoints, password: &str) -> Result<()> {
    let (listen, files) = (endpoints.daemon.to_string(), stage.files());
    let environment = [
        (daemon::LISTEN, OsStr::new(&listen)),
        (daemon::ROOT, files.as_os_str()),
        (daemon::USER, OsStr::new(USER)),
        (daemon::PASSWORD, OsStr::new(password)),
    ];
    let child = Child::start("FTP daemon", daemon::PART, &[], &environment, stage.log("daemon"))?;
    let child = cast.daemon.insert(child);
    child.listens(endpoints.daemon).await?;
    tell::fact(
        "daemon",
        format_args!(
            "libunftp, plain FTP on {} (process {})",
            endpoints.daemon,
            child.id()
        ),
    );
    Ok(())
}

async fn make_ring(stage: &Stage) -> Result<PathBuf> {
    let keyrings = stage.keyrings();
    let args = ["keyring", "new", RING, "--keyrings"].map(OsStr::new);
    let hosts = ["--host", "localhost", "--host", "127.0.0.1"].map(OsStr::new);
    let args: Vec<&OsStr> = args
        .into_iter()
        .chain([keyrings.as_os_str()])
        .chain(hosts)
        .collect();
    child::run(program::PART, &args)
        .await
        .context("cannot make the key ring")?;
    let authority = stage.authority(RING)?;
    tell::fact(
        "key ring",
        format_args!(
            "{RING}, for localhost and 127.0.0.1; authority {}",
            authority.display()
        ),
    );
    Ok(authority)
}

async fn write_policy(stage: &Stage, endpoints: &Endpoints) -> Result<()> {
    let path = stage.policy();
    fs::write(&path, policy_text::text(endpoints, RING))
        .with_context(|| format!("cannot write {}", path.display()))?;
    let args = [
        OsStr::new("lint"),
        OsStr::new("--deny"),
        OsStr::new("warning"),
        path.as_os_str(),
    ];
    child::run(program::PART, &args)
        .await
        .context("the policy is not accepted")?;
    tell::fact("policy", format_args!("{} (lint found nothing)", path.display()));
    Ok(())
}

async fn start_agent(stage: &Stage, cast: &mut Cast, endpoints: &Endpoints) -> Result<()> {
    let (policy, keyrings) = (stage.policy(), stage.keyrings());
    let args = [
        OsStr::new("agent"),
        OsStr::new("--policy"),
        policy.as_os_str(),
        OsStr::new("--keyrings"),
        keyrings.as_os_str(),
        OsStr::new("--drain"),
        OsStr::new(DRAIN),
    ];
    let log = stage.log("ttls");
    let child = cast.agent.insert(Child::start(
        "ttls agent",
        program::PART,
        &args,
        &[],
        log.clone(),
    )?);
    child.listens(endpoints.explicit).await?;
    child.listens(endpoints.implicit).await?;
    let Endpoints {
        explicit, implicit, ..
    } = endpoints;
    tell::fact(
        "ttls",
        format_args!(
            "explicit FTPS on {explicit}, implicit on {implicit} (process {})",
            child.id()
        ),
    );
    tell::fact("log", log.display());
    Ok(())
}

fn clear_away(stage: Stage, keep: bool) -> Result<()> {
    if keep {
        tell::line(format_args!("\nKept: {}", stage.folder().display()));
    }
    stage.strike(keep)
}

/// The children, in the order in which they are started.
#[derive(Default)]
struct Cast {
    daemon: Option<Child>,
    agent: Option<Child>,
}

impl Cast {
    /// Waits until one of them ends by itself, which is a failure.
    async fn ended(&mut self) -> Result<()> {
        let (Some(daemon), Some(agent)) = (&mut self.daemon, &mut self.agent) else {
            bail!("the demo did not start its parts");
        };
        let obituary = tokio::select! {
            obituary = daemon.ended() => obituary?,
            obituary = agent.ended() => obituary?,
        };
        bail!(obituary)
    }

    /// Ends them, the last started first, so that the agent can finish its transfers with the daemon.
    async fn end(self) {
        for child in [self.agent, self.daemon].into_iter().flatten() {
            child.end().await;
        }
    }
}
