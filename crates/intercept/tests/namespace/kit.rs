//! What the scenarios share.

use std::env;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::{Command, ExitCode};
use std::time::Duration;

use nix::unistd::geteuid;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use ttls_intercept::{Caught, Namespace, ProgramEvent, ProgramEvents};

/// No scenario takes longer.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// Whom a scenario runs as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    Root,
    /// User 12345, who needs no entry in /etc/passwd; or the user who runs the tests.
    OrdinaryUser,
}

pub(crate) type Future = Pin<Box<dyn std::future::Future<Output = ()>>>;

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) run: fn() -> Future,
}

/// Lists a module's scenarios: name and function.
macro_rules! scenarios {
    ($($name:literal => $run:ident,)*) => {
        pub(crate) fn scenarios() -> Vec<$crate::kit::Scenario> {
            vec![$($crate::kit::Scenario { name: $name, run: || Box::pin($run()) }),*]
        }
    };
}
pub(crate) use scenarios;

/// Runs a scenario in a new process and a new outer network namespace, in which 198.51.100.7 and
/// 2001:db8:51::7 are the machine's addresses and everything of 127.0.0.0/8 is there.
pub(crate) fn run_scenario(name: &str, user: As) -> Result<(), String> {
    let me = env::current_exe().map_err(|error| format!("the test's own path: {error}"))?;
    let network = "ip link set lo up && ip addr add 198.51.100.7/32 dev lo \
                   && ip addr add 2001:db8:51::7/128 dev lo nodad && ip route add 192.0.2.0/24 dev lo && echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start";
    let (unshare, become_user): (&[&str], &str) = match (user, geteuid().is_root()) {
        (As::Root, _) => (&["-n"], ""),
        (As::OrdinaryUser, true) => (&["-n"], "setpriv --reuid=12345 --regid=12345 --clear-groups"),
        (As::OrdinaryUser, false) => (
            &["-U", "-n", "--map-current-user", "--keep-caps"],
            "setpriv --inh-caps=-all --ambient-caps=-all",
        ),
    };
    // In a session without a terminal, whatever the tests are started from.
    let output = Command::new("setsid")
        .args(["--wait", "unshare"])
        .args(unshare)
        .args(["sh", "-c"])
        .arg(format!(
            "{network} && exec {become_user} \"$0\" {} \"$1\"",
            crate::SCENARIO
        ))
        .arg(me)
        .arg(name)
        .env("RUST_BACKTRACE", "0")
        .output()
        .map_err(|error| format!("setsid (package util-linux): {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr]
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .concat();
    Err(format!("{}\n{said}", output.status))
}

pub(crate) fn block_on(scenario: impl std::future::Future<Output = ()>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime for the scenario");
    runtime.block_on(async { timeout(BOUND, scenario).await.expect("the scenario ends in time") });
    ExitCode::SUCCESS
}

/// A namespace with a program in it.
pub(crate) struct Run {
    pub(crate) namespace: Namespace,
    pub(crate) caught: Caught,
    pub(crate) events: ProgramEvents,
}

impl Run {
    pub(crate) async fn command(command: &[&str]) -> Self {
        let (namespace, caught) = Namespace::create()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let command = command.iter().map(OsString::from).collect();
        let events = namespace
            .spawn(command)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        Self {
            namespace,
            caught,
            events,
        }
    }

    /// A Python program; the system's Python, because that of a developer may be in a closed home folder.
    pub(crate) async fn python(text: &str) -> Self {
        Self::command(&["/usr/bin/python3", "-c", text]).await
    }

    /// The exit code of the program, after which nothing of it is left.
    pub(crate) async fn exit_code(&mut self) -> Option<i32> {
        let ProgramEvent::MainExited(status) = self.events.next().await else {
            panic!("the first process ends first")
        };
        assert_eq!(self.events.next().await, ProgramEvent::AllExited);
        status.code()
    }

    /// Connects to the program in the name of `from`, once it listens.
    pub(crate) async fn connect(&self, from: &str, to: &str) -> TcpStream {
        let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            match self.namespace.connect(from, to).await {
                Ok(stream) => return stream,
                Err(error)
                    if error.kind() == std::io::ErrorKind::ConnectionRefused && Instant::now() < end =>
                {
                    sleep(Duration::from_millis(20)).await;
                }
                Err(error) => panic!("{from} to {to}: {error}"),
            }
        }
    }
}

/// Everything that arrives until the end.
pub(crate) async fn read_all(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an orderly end");
    text
}

/// Everything that arrives until a line ends, the line end included.
pub(crate) async fn read_line(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        line.push(stream.read_u8().await.expect("a whole line"));
    }
    String::from_utf8(line).expect("text")
}
