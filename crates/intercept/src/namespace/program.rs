//! The program: asked for by the agent, started by the helper.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{getpid, getppid};

use super::behind;
use super::message::Request;
use super::switchboard::Switchboard;

/// Agent: asks for the program to be started with the agent's standard streams.
pub(crate) async fn request_start(switchboard: &Switchboard, command: &[OsString]) -> io::Result<()> {
    // In a file and not in the packet: arguments may be longer than any packet.
    let arguments = write_arguments(command)?;
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let beside = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd(), arguments.as_fd()];
    switchboard
        .ask(|id| Request::Start { id }, &beside)
        .await
        .map(drop)
}

/// Helper: starts the program with a signal mask, and with the ordinary scheduling policy where the helper has left that; the
/// result is its process id.
pub(crate) fn start(beside: Vec<OwnedFd>, mask: SigSet, is_behind: bool) -> io::Result<i32> {
    let Ok([stdin, stdout, stderr, arguments]) = <[OwnedFd; 4]>::try_from(beside) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut arguments = read_arguments(arguments.into())?.into_iter();
    let name = arguments
        .next()
        .ok_or_else(|| io::Error::from_raw_os_error(nix::libc::EINVAL))?;
    let mut command = Command::new(name);
    command
        .args(arguments)
        .stdin(Stdio::from(stdin))
        .stdout(Stdio::from(stdout))
        .stderr(Stdio::from(stderr));
    let helper = getpid();
    let become_program = move || {
        mask.thread_set_mask()?;
        if is_behind {
            behind::leave()?;
        }
        set_pdeathsig(Signal::SIGKILL)?;
        // The helper may have died before that call.
        if getppid() == helper {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(nix::libc::ESRCH))
        }
    };
    // SAFETY: between fork and exec the closure makes four system calls and allocates nothing.
    unsafe { command.pre_exec(become_program) };
    let child = command.spawn()?;
    // Dropping the handle neither ends nor waits for the child: the helper waits for whatever ends.
    i32::try_from(child.id()).map_err(io::Error::other)
}

fn write_arguments(command: &[OsString]) -> io::Result<File> {
    let mut file = File::from(memfd_create("arguments", MFdFlags::MFD_CLOEXEC)?);
    for argument in command {
        file.write_all(argument.as_bytes())?;
        file.write_all(b"\0")?;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn read_arguments(mut file: File) -> io::Result<Vec<OsString>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let mut arguments: Vec<_> = bytes
        .split(|&byte| byte == 0)
        .map(OsStr::from_bytes)
        .map(OsStr::to_owned)
        .collect();
    // Each argument ends with a NUL: nothing follows the last.
    arguments.pop();
    Ok(arguments
        .into_iter()
        .map(|argument| OsString::from_vec(argument.into_vec()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_arrive_as_they_are_written_empty_and_not_unicode_ones_too() {
        let command = vec![
            OsString::from("a b"),
            OsString::new(),
            OsString::from_vec(vec![0xff, b'\n']),
            OsString::new(),
        ];
        assert_eq!(
            read_arguments(write_arguments(&command).unwrap()).unwrap(),
            command
        );
    }

    #[test]
    fn no_argument_at_all_is_no_argument() {
        assert!(read_arguments(write_arguments(&[]).unwrap()).unwrap().is_empty());
    }
}
