//! Who takes the log: standard error, or a daemon behind a socket.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::thread;
use std::time::Duration;

use nix::libc::PIPE_BUF;

use super::queue::Sink;

/// How often standard error is tried that somebody else has made non-blocking.
const AGAIN: Duration = Duration::from_millis(20);

/// Standard error, by a descriptor of its own: the lock of the standard library's would hold up everybody who says
/// something while it is stuck.
pub(super) struct Stderr(File);

impl Stderr {
    pub(super) fn open() -> io::Result<Self> {
        let own = io::stderr().as_fd().try_clone_to_owned()?;
        Ok(Self(File::from(own)))
    }
}

impl Sink for Stderr {
    /// Many lines per write, but no more than a pipe takes whole: the program of `ttls run` may write to it too.
    fn write_all(&mut self, entries: &VecDeque<Vec<u8>>) {
        let mut lines = Vec::new();
        for entry in entries {
            if lines.len() + entry.len() > PIPE_BUF {
                self.write(&lines);
                lines.clear();
            }
            lines.extend_from_slice(entry);
        }
        self.write(&lines);
    }

    fn write(&mut self, mut entry: &[u8]) {
        while !entry.is_empty() {
            match self.0.write(entry) {
                Ok(0) => return,
                Ok(written) => entry = entry.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(AGAIN),
                Err(_) => return,
            }
        }
    }
}

/// A daemon that takes one datagram per entry. It is found by its path each time, because it may be started again.
pub(super) struct Daemon {
    socket: UnixDatagram,
    path: &'static str,
}

impl Daemon {
    /// # Errors
    /// Nobody listens there.
    pub(super) fn at(path: &'static str) -> io::Result<Self> {
        UnixDatagram::unbound()?.connect(path)?;
        let socket = UnixDatagram::unbound()?;
        Ok(Self { socket, path })
    }
}

impl Sink for Daemon {
    fn write(&mut self, entry: &[u8]) {
        // There is nobody to tell that logging fails.
        let _ = self.socket.send_to(entry, self.path);
    }
}
