//! The helper: a small single-threaded process inside the namespace that makes sockets and minds the program.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::ExitCode;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{SockType, getsockopt, sockopt};

use super::descendants::{self, Reaped};
use super::message::{Report, Request};
use super::network::{self, Outside};
use super::stock::DELIVERY;
use super::{behind, channel, identity, program, ruleset};
use crate::error::InterceptError;
use crate::identity::open_socket_table;
use crate::socket;

/// How long the helper tries to kill what is left before it gives up and ends.
const KILLING: Duration = Duration::from_secs(10);

/// The helper's `main`: to be called, with the process's arguments, before anything else when the first
/// argument is [`HELPER_ARGUMENT`](super::HELPER_ARGUMENT), and while the process has one thread.
///
/// Standard input must be the channel that [`Namespace::create`](super::Namespace::create) made; it is not
/// for people to call.
pub fn helper_main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let stdin = io::stdin();
    let agent = stdin.as_fd();
    if getsockopt(&agent, sockopt::SockType) != Ok(SockType::SeqPacket) {
        eprintln!("this is a part of ttls that is not for calling by hand; see `ttls run --help`");
        return ExitCode::FAILURE;
    }
    let made = set_up(arguments);
    match made {
        Ok((sockets, signals, v6)) => {
            let beside: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
            let ready = channel::send(agent, &Report::Ready { v6 }, &beside);
            // Only the agent is to hold the listeners: when it dies, nobody must seem to listen.
            drop(sockets);
            if ready.is_ok() {
                Helper {
                    agent,
                    signals,
                    stays_behind: behind::stay(),
                    main: None,
                    started: false,
                }
                .run();
            }
            descendants::kill_all(KILLING);
            ExitCode::SUCCESS
        }
        Err(error) => {
            let report = match error {
                InterceptError::Setup { step, reason } => Report::NotReady { step, reason },
                other => Report::NotReady {
                    step: "set it up".to_owned(),
                    reason: other.to_string(),
                },
            };
            // Nobody to tell when the agent is gone already.
            let _ = channel::send(agent, &report, &[]);
            ExitCode::FAILURE
        }
    }
}

/// Makes the namespace; the result is what the agent gets, and what the helper waits on.
fn set_up(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Vec<OwnedFd>, Signals, bool), InterceptError> {
    if arguments
        .into_iter()
        .last()
        .is_none_or(|last| last != super::HELPER_ARGUMENT)
    {
        return Err(InterceptError::setup("start its helper", &"unexpected arguments"));
    }
    let signals =
        hold_signals().map_err(|error| InterceptError::setup("hold its helper's signals", &error))?;
    let outside = Outside::look();
    let made = identity::enter_namespace()?;
    let v6 = network::set_up(&outside, made)?;
    let listen = |error: io::Error| InterceptError::setup("listen in it", &error);
    let catchers4 = catchers(false).map_err(listen)?;
    let catchers6 = if v6 {
        Some(catchers(true).map_err(listen)?)
    } else {
        None
    };
    match made {
        identity::Made::Network => ruleset::load(v6)?,
        identity::Made::UserAndNetwork => identity::with_ambient_net_admin(|| ruleset::load(v6))?,
    }
    let supervise = "supervise its program";
    set_child_subreaper(true).map_err(|error| InterceptError::setup(supervise, &error))?;
    if !descendants::can_be_listed() {
        let reason = "/proc is not mounted, or the kernel lists no children there (CONFIG_PROC_CHILDREN)";
        return Err(InterceptError::setup(supervise, reason));
    }
    Ok((
        catchers4
            .into_iter()
            .chain(catchers6.into_iter().flatten())
            .collect(),
        signals,
        v6,
    ))
}

/// What the program's connections and name queries arrive at.
fn catchers(v6: bool) -> io::Result<[OwnedFd; 2]> {
    Ok([socket::catcher(v6)?.into(), socket::query_catcher(v6)?])
}

/// Blocks the signals that a terminal sends to the whole process group and those that `kill` sends by
/// default: the helper ends when its agent does, not before. The program gets the mask that the helper was
/// started with; dispositions are not touched, so what the agent's caller ignores stays ignored.
fn hold_signals() -> nix::Result<Signals> {
    let held: SigSet = [
        Signal::SIGCHLD,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGTERM,
        Signal::SIGHUP,
        Signal::SIGTSTP,
    ]
    .into_iter()
    .collect();
    let inherited = held.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let children: SigSet = [Signal::SIGCHLD].into_iter().collect();
    let ended = SignalFd::with_flags(&children, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
    Ok(Signals { ended, inherited })
}

/// The helper's ear for children, and what to undo for the program.
struct Signals {
    /// Readable when a child has ended.
    ended: SignalFd,
    /// The signal mask before.
    inherited: SigSet,
}

/// The agent is gone.
struct Gone;

struct Helper<'a> {
    agent: BorrowedFd<'a>,
    signals: Signals,
    /// It has a scheduling policy that the program is not to have.
    stays_behind: bool,
    /// The program's first process while it lives.
    main: Option<i32>,
    /// A program was started and its last process has not been reported as ended.
    started: bool,
}

impl Helper<'_> {
    /// Serves until the agent is gone.
    fn run(mut self) {
        while self.turn().is_ok() {}
    }

    fn turn(&mut self) -> Result<(), Gone> {
        let mut waiting = [
            PollFd::new(self.agent, PollFlags::POLLIN),
            PollFd::new(self.signals.ended.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut waiting, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return Err(Gone),
        }
        let [agent, children] = waiting.map(|fd| fd.any().unwrap_or(true));
        if children {
            while let Ok(Some(_)) = self.signals.ended.read_signal() {}
            self.reap()?;
        }
        if agent {
            match channel::receive(self.agent) {
                Ok(Some((request, beside))) => self.serve(request, beside)?,
                Ok(None) | Err(_) => return Err(Gone),
            }
        }
        Ok(())
    }

    fn serve(&mut self, request: Request, beside: Vec<OwnedFd>) -> Result<(), Gone> {
        match request {
            Request::Socket { id, v6 } => self.hand_over(id, socket::inside_dialer(v6).map(OwnedFd::from)),
            Request::Stock { v6 } => {
                // Whoever finds none hears the reason when asking for a single one.
                let made: Vec<_> = (0..DELIVERY)
                    .map_while(|_| socket::inside_dialer(v6).ok())
                    .collect();
                let beside: Vec<_> = made.iter().map(AsFd::as_fd).collect();
                self.tell(&Report::Delivery { v6 }, &beside)
            }
            Request::SocketTable { id } => self.hand_over(id, open_socket_table()),
            Request::Start { id } => {
                let started = program::start(beside, self.signals.inherited, self.stays_behind);
                if let Ok(pid) = started {
                    self.main = Some(pid);
                    self.started = true;
                }
                let errno = started.err().map(|error| errno(&error));
                self.tell(&Report::Answer { id, errno }, &[])
            }
            Request::Signal { number } => {
                match self.main {
                    Some(pid) if number != nix::libc::SIGKILL => descendants::signal(pid, number),
                    _ => descendants::signal_all(number),
                }
                Ok(())
            }
        }
    }

    fn hand_over(&self, id: u64, made: io::Result<OwnedFd>) -> Result<(), Gone> {
        let answer = |errno| Report::Answer { id, errno };
        match made {
            Ok(socket) => self.tell(&answer(None), &[socket.as_fd()]),
            Err(error) => self.tell(&answer(Some(errno(&error))), &[]),
        }
    }

    fn reap(&mut self) -> Result<(), Gone> {
        loop {
            match descendants::reap() {
                Reaped::Ended(pid, status) if self.main == Some(pid) => {
                    self.main = None;
                    self.tell(&Report::MainExited { status }, &[])?;
                }
                Reaped::Ended(..) => {}
                Reaped::None => return Ok(()),
                Reaped::NoChildren => {
                    if std::mem::take(&mut self.started) {
                        self.tell(&Report::AllExited, &[])?;
                    }
                    return Ok(());
                }
            }
        }
    }

    fn tell(&self, report: &Report, beside: &[BorrowedFd<'_>]) -> Result<(), Gone> {
        channel::send(self.agent, report, beside).map_err(|_| Gone)
    }
}

/// Errors that are not the system's own come from requests that make no sense.
fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(nix::libc::EINVAL)
}
