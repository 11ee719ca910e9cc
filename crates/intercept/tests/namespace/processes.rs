//! The program as a process: identity, signals, exit, supervision, nothing left behind.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getegid, geteuid};
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep, timeout};
use ttls_intercept::{InterceptError, Namespace, ProgramEvent};

use crate::VICTIM;
use crate::kit::{Run, read_all, read_line};

crate::kit::scenarios! {
    "the exit status of the program is reported" => exit_status,
    "the signal that killed the program is reported, a real-time one too" => killing_signal,
    "a program that cannot be executed is an error that says why, and another may follow" => not_found,
    "a namespace holds one program" => one_program,
    "signals reach the program" => signals,
    "SIGTERM and SIGINT to the helper change nothing" => helper_ignores_terminal,
    "a daemon in the background stays supervised and gets signals" => background,
    "the program keeps its identity and gains nothing" => identity,
    "a terminal in the foreground delivers its signals itself" => terminal,
    "the program inherits what the caller ignores and no blocked signals" => ignored_signals,
    "arguments of a megabyte reach the program" => long_arguments,
    "ending the namespace kills what is in it" => end_kills,
    "dropping the namespace kills what is in it" => drop_kills,
    "kill -9 of the agent leaves no process" => killed_agent,
    "a helper that dies is noticed and takes the program with it" => killed_helper,
}

async fn exit_status() {
    for code in [0, 7, 255] {
        assert_eq!(
            Run::command(&["sh", "-c", &format!("exit {code}")])
                .await
                .exit_code()
                .await,
            Some(code)
        );
    }
}

async fn killing_signal() {
    for signal in [9, 15, 35] {
        let mut run = Run::command(&["sh", "-c", &format!("kill -{signal} $$")]).await;
        let event = run.events.next().await;
        assert!(
            matches!(event, ProgramEvent::MainExited(status) if status.signal() == Some(signal)),
            "{event:?}"
        );
    }
}

async fn not_found() {
    let (namespace, _caught) = Namespace::create().await.unwrap();
    for (program, kind) in [
        ("/no/such/program", ErrorKind::NotFound),
        ("/etc/passwd", ErrorKind::PermissionDenied),
    ] {
        let error = namespace.spawn(vec![program.into()]).await.unwrap_err();
        assert!(error.to_string().contains(program), "{error}");
        assert!(
            matches!(&error, InterceptError::Start { error: reason, .. } if reason.kind() == kind),
            "{error:?}"
        );
    }
    assert!(matches!(
        namespace.spawn(Vec::new()).await,
        Err(InterceptError::Start { .. })
    ));
    let mut events = namespace.spawn(vec!["true".into()]).await.unwrap();
    assert!(matches!(events.next().await, ProgramEvent::MainExited(status) if status.success()));
}

async fn one_program() {
    let run = Run::command(&["sleep", "20"]).await;
    assert!(matches!(
        run.namespace.spawn(vec!["true".into()]).await,
        Err(InterceptError::AlreadyStarted)
    ));
}

/// Connects out when it is ready, which the test sees. Handlers use `os._exit`: Python swallows the exception
/// of `sys.exit` when it comes while an object is taken down.
const READY: &str = "import os, signal, socket, sys, time
def ready(): return socket.create_connection(('192.0.2.1', 1000))
";

async fn signals() {
    for (number, code) in [(15, 3), (10, 4), (1, 5), (2, 6)] {
        let text = format!(
            "{READY}signal.signal({number}, lambda *_: os._exit({code}))\nready()\nwhile True: time.sleep(1)"
        );
        let mut run = Run::python(&text).await;
        run.caught.next().await.unwrap();
        run.namespace.signal(0);
        run.namespace.signal(9999);
        run.namespace.signal(number);
        assert_eq!(run.exit_code().await, Some(code));
    }
}

async fn helper_ignores_terminal() {
    let mut run = Run::python(&format!(
        "{READY}ready().sendall(b'%d\\n' % os.getppid())\ntime.sleep(20)"
    ))
    .await;
    let mut caught = run.caught.next().await.unwrap().stream;
    let helper: i32 = read_line(&mut caught).await.trim().parse().unwrap();
    for signal in [
        Signal::SIGINT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGQUIT,
        Signal::SIGTSTP,
    ] {
        kill(Pid::from_raw(helper), signal).unwrap();
    }
    timeout(Duration::from_millis(300), run.events.next())
        .await
        .expect_err("the program runs on");
    run.namespace.signal(9);
    assert_eq!(run.exit_code().await, None);
}

async fn background() {
    let text = format!(
        "{READY}if os.fork(): sys.exit(7)
os.setsid()
if os.fork(): sys.exit(0)
signal.signal(15, lambda *_: os._exit(0))
ready()
while True: time.sleep(1)"
    );
    let mut run = Run::python(&text).await;
    assert!(matches!(run.events.next().await, ProgramEvent::MainExited(status) if status.code() == Some(7)));
    run.caught.next().await.unwrap();
    timeout(Duration::from_millis(300), run.events.next())
        .await
        .expect_err("the daemon runs on");
    run.namespace.signal(15);
    assert_eq!(run.events.next().await, ProgramEvent::AllExited);
}

async fn identity() {
    let mut run = Run::python(&format!(
        "{READY}status = dict(line.split(':', 1) for line in open('/proc/self/status'))
words = [status[name].split() for name in ('Uid', 'Gid', 'CapInh', 'CapPrm', 'CapEff', 'CapAmb')]
open_ones = [fd for fd in range(1024) if os.path.exists('/proc/self/fd/%d' % fd)]
ready().sendall(repr((words, open_ones, os.getpgrp(), os.getcwd())).encode())"
    ))
    .await;
    let mut caught = run.caught.next().await.unwrap().stream;
    let (user, group) = (geteuid(), getegid());
    let nothing = "['0000000000000000']";
    let own = fs::read_to_string("/proc/self/status").unwrap();
    let own = own
        .lines()
        .find_map(|line| line.strip_prefix("CapPrm:\t"))
        .unwrap();
    let capabilities = if user.is_root() {
        format!("['{own}']")
    } else {
        nothing.to_owned()
    };
    let folder = env::current_dir().unwrap();
    // Those that this process got to pass on itself.
    let passed_on = |fd: &i32| {
        fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).is_ok_and(|info| {
            let flags = info
                .lines()
                .find_map(|line| line.strip_prefix("flags:\t"))
                .unwrap();
            i32::from_str_radix(flags, 8).unwrap() & nix::libc::O_CLOEXEC == 0
        })
    };
    let open: Vec<i32> = (0..1024).filter(passed_on).collect();
    let process_group = nix::unistd::getpgrp();
    assert_eq!(
        read_all(&mut caught).await,
        format!(
            "([['{user}', '{user}', '{user}', '{user}'], ['{group}', '{group}', '{group}', '{group}'], \
             {nothing}, {capabilities}, {capabilities}, {nothing}], {open:?}, {process_group}, '{}')",
            folder.display()
        )
    );
    assert_eq!(run.exit_code().await, Some(0));
}

async fn terminal() {
    assert!(
        !ttls_intercept::terminal_delivers_signals(),
        "tests in pipes have no terminal of their own"
    );
    let script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    let status = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .arg(env::current_exe().unwrap())
        .arg(crate::TERMINAL)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(42));
}

async fn ignored_signals() {
    let own = env::current_exe().unwrap().into_os_string();
    let under = |prefix: &[&OsStr]| {
        let output = Command::new("sh")
            .args(["-c", "trap '' HUP USR1; exec \"$@\"", "sh"])
            .args(prefix)
            .args(["grep", "-E", "SigIgn|SigBlk", "/proc/self/status"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let direct = under(&[]);
    assert!(direct.contains("SigIgn") && direct.contains("SigBlk"));
    assert_eq!(under(&[&own, OsStr::new(VICTIM)]), direct);
}

async fn long_arguments() {
    let long = "x".repeat(100_000);
    let command = std::iter::once("sh")
        .chain(["-c", "exit $#", "sh"])
        .chain(std::iter::repeat_n(&*long, 10));
    let mut run = Run::command(&command.collect::<Vec<_>>()).await;
    assert_eq!(run.exit_code().await, Some(10));
}

/// A program that leaves processes of every kind behind and prints their ids: a child, an orphan in a session
/// of its own, and one that ignores what can be ignored and starts others all the time.
const LITTER: &str = "import os, signal, sys, time
def child(act):
    pid = os.fork()
    if pid == 0:
        act(); time.sleep(1000); os._exit(0)
    return pid
def orphan():
    os.setsid()
    if os.fork(): os._exit(0)
    print(os.getpid(), flush=True)
def stubborn():
    for number in 1, 2, 3, 15: signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        child(lambda: time.sleep(0.01) or os._exit(0)); time.sleep(0.005)
print(os.getppid(), os.getpid(), child(lambda: None), child(stubborn), flush=True)
child(orphan)
time.sleep(0.3); print('done', flush=True); time.sleep(1000)";

/// Starts an agent of its own with [`LITTER`] in its namespace; the result is it and the ids of helper and
/// processes.
async fn litter() -> (Child, Vec<i32>) {
    let mut agent = Command::new(env::current_exe().unwrap())
        .args([VICTIM, "/usr/bin/python3", "-c", LITTER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = tokio::process::ChildStdout::from_std(agent.stdout.take().unwrap()).unwrap();
    let mut text = String::new();
    while !text.ends_with("done\n") {
        text.push(char::from(output.read_u8().await.unwrap()));
    }
    let pids: Vec<i32> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    assert_eq!(pids.len(), 5, "{text}");
    assert!(pids.iter().all(|pid| alive(*pid)));
    (agent, pids)
}

fn alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// The processes whose network namespace is this one.
fn in_namespace(of: &fs::Metadata) -> Vec<i32> {
    use std::os::unix::fs::MetadataExt;
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| fs::metadata(format!("/proc/{pid}/ns/net")).is_ok_and(|its| its.ino() == of.ino()))
        .collect()
}

async fn leaves_nothing(end: impl FnOnce(&mut Child, &[i32])) {
    let (mut agent, pids) = litter().await;
    let namespace = fs::metadata(format!("/proc/{}/ns/net", pids[1])).unwrap();
    assert!(in_namespace(&namespace).len() >= 5);
    end(&mut agent, &pids);
    let bound = Instant::now() + Duration::from_secs(20);
    while pids.iter().any(|pid| alive(*pid)) || !in_namespace(&namespace).is_empty() {
        assert!(
            Instant::now() < bound,
            "still there: {:?} of {pids:?}",
            in_namespace(&namespace)
        );
        sleep(Duration::from_millis(10)).await;
    }
    agent.wait().unwrap();
}

async fn killed_agent() {
    leaves_nothing(|agent, _| agent.kill().unwrap()).await;
}

async fn end_kills() {
    leaves_nothing(|agent, _| agent.stdin.take().unwrap().write_all(b"q").unwrap()).await;
}

async fn drop_kills() {
    let mut run = Run::python(&format!(
        "{READY}ready().sendall(b'%d\\n' % os.getpid())\ntime.sleep(20)"
    ))
    .await;
    let mut caught = run.caught.next().await.unwrap().stream;
    let program: i32 = read_line(&mut caught).await.trim().parse().unwrap();
    drop(run.namespace);
    assert_eq!(run.events.next().await, ProgramEvent::AllExited);
    assert!(!alive(program));
}

async fn killed_helper() {
    let mut run = Run::python(&format!(
        "{READY}ready().sendall(b'%d %d\\n' % (os.getppid(), os.getpid()))\ntime.sleep(20)"
    ))
    .await;
    let mut caught = run.caught.next().await.unwrap().stream;
    let line = read_line(&mut caught).await;
    let pids: Vec<i32> = line.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    kill(Pid::from_raw(pids[0]), Signal::SIGKILL).unwrap();
    assert_eq!(run.events.next().await, ProgramEvent::AllExited);
    sleep(Duration::from_millis(100)).await;
    assert!(!alive(pids[1]));
    let error = run
        .namespace
        .connect(
            "203.0.113.9:1".parse().unwrap(),
            "198.51.100.7:21".parse().unwrap(),
        )
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotConnected);
    assert!(matches!(
        run.namespace.spawn(vec!["true".into()]).await,
        Err(InterceptError::AlreadyStarted)
    ));
}

/// An agent: runs the command line it is given in a namespace until it is told to stop or the program ends.
pub(crate) async fn victim() {
    let (namespace, _caught) = Namespace::create().await.unwrap();
    let mut events = namespace.spawn(env::args_os().skip(2).collect()).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut byte = [0];
        while std::io::stdin().read(&mut byte).is_ok_and(|length| length == 0) {
            std::thread::park();
        }
        stop.send(())
    });
    tokio::select! {
        _ = stopped => {}
        () = async { while events.next().await != ProgramEvent::AllExited {} } => {}
    }
    namespace.end().await;
}
