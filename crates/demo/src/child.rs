//! The parent's side of its children: this same executable, started again in another part.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;
use tokio::process::{ChildStdin, Command};
use tokio::time::{Instant, sleep, timeout};

/// How long a child may take to end after its lifeline is closed; a little over its own grace.
const END: Duration = Duration::from_secs(7);
/// How long a command that is to end by itself may run.
const RUN: Duration = Duration::from_secs(60);
/// How long a child may take to listen.
const READY: Duration = Duration::from_secs(20);
/// Pause between two looks whether it listens.
const PAUSE: Duration = Duration::from_millis(20);
/// Lines of a log that an error message quotes.
const QUOTED_LINES: usize = 20;

/// A child that serves until it is ended. Dropping it kills it.
pub(crate) struct Child {
    name: &'static str,
    process: tokio::process::Child,
    lifeline: ChildStdin,
    log: PathBuf,
}

impl Child {
    /// Starts `part` with `args` and `environment`; its output goes to the file `log`.
    ///
    /// # Errors
    /// When the log cannot be made or the process not started.
    pub(crate) fn start(
        name: &'static str,
        part: &str,
        args: &[&OsStr],
        environment: &[(&str, &OsStr)],
        log: PathBuf,
    ) -> Result<Self> {
        let output = File::create(&log).with_context(|| format!("cannot make {}", log.display()))?;
        let errors = output
            .try_clone()
            .with_context(|| format!("cannot share {}", log.display()))?;
        let mut command = itself(part, args)?;
        command
            .envs(environment.iter().copied())
            .stdout(output)
            .stderr(errors);
        let (process, lifeline) = spawn(&mut command).with_context(|| format!("cannot start the {name}"))?;
        Ok(Self {
            name,
            process,
            lifeline,
            log,
        })
    }

    /// The process id, while it runs.
    pub(crate) fn id(&self) -> u32 {
        self.process.id().unwrap_or_default()
    }

    /// Waits until the child listens on `address`.
    ///
    /// # Errors
    /// When it ended instead, or a bounded time is over; with the end of its log.
    pub(crate) async fn listens(&mut self, address: std::net::SocketAddr) -> Result<()> {
        let deadline = Instant::now() + READY;
        loop {
            // A port without a listener can connect to itself: that is not an answer.
            if let Ok(probe) = TcpStream::connect(address).await
                && probe.local_addr().is_ok_and(|own| own != address)
            {
                return Ok(());
            }
            if let Some(status) = self
                .process
                .try_wait()
                .context("cannot ask for the state of a child")?
            {
                bail!("{}", self.obituary(status));
            }
            if Instant::now() > deadline {
                let seconds = READY.as_secs();
                bail!(
                    "the {} does not listen on {address} after {seconds} s{}",
                    self.name,
                    quote(&self.log)
                );
            }
            sleep(PAUSE).await;
        }
    }

    /// Waits until the child ends by itself, which it should not, and says how it did.
    ///
    /// # Errors
    /// When the operating system does not tell.
    pub(crate) async fn ended(&mut self) -> Result<String> {
        let status = self.process.wait().await.context("cannot wait for a child")?;
        Ok(self.obituary(status))
    }

    /// Ends the child: closes its lifeline, waits a bounded time, kills what is left.
    pub(crate) async fn end(self) {
        let Self {
            mut process,
            lifeline,
            ..
        } = self;
        drop(lifeline);
        if timeout(END, process.wait()).await.is_err() {
            // It fails only where the process is gone already.
            let _gone = process.kill().await;
        }
    }

    fn obituary(&self, status: ExitStatus) -> String {
        format!("the {} ended ({status}){}", self.name, quote(&self.log))
    }
}

/// Runs `part` with `args` to its end and returns its standard output.
///
/// # Errors
/// When it cannot be started, takes too long or fails; with what it said.
pub(crate) async fn run(part: &str, args: &[&OsStr]) -> Result<String> {
    let shown = args.join(OsStr::new(" "));
    let shown = shown.to_string_lossy();
    let mut command = itself(part, args)?;
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let (process, lifeline) = spawn(&mut command).with_context(|| format!("cannot start `ttls {shown}`"))?;
    let output = timeout(RUN, process.wait_with_output()).await;
    drop(lifeline);
    let output = output
        .with_context(|| format!("`ttls {shown}` did not end within {} s", RUN.as_secs()))?
        .with_context(|| format!("cannot wait for `ttls {shown}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = if said.trim().is_empty() {
            String::from_utf8_lossy(&output.stdout)
        } else {
            said
        };
        bail!("`ttls {shown}` failed ({}):\n{}", output.status, said.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn itself(part: &str, args: &[&OsStr]) -> Result<Command> {
    let executable = std::env::current_exe().context("cannot find this program's own file")?;
    let mut command = Command::new(executable);
    // A process group of its own: the terminal's Ctrl-C reaches the demo alone, which then ends its children in order.
    command.arg(part).args(args).process_group(0).kill_on_drop(true);
    Ok(command)
}

fn spawn(command: &mut Command) -> Result<(tokio::process::Child, ChildStdin)> {
    let mut process = command.stdin(Stdio::piped()).spawn()?;
    let lifeline = process.stdin.take().context("the child has no standard input")?;
    Ok((process, lifeline))
}

/// The end of a log, for an error message.
fn quote(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(QUOTED_LINES)..];
    if last.is_empty() {
        "; it logged nothing".into()
    } else {
        format!("; its log ends with:\n{}", last.join("\n"))
    }
}
