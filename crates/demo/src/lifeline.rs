//! The child's end of the lifeline: its standard input is a pipe that its parent holds open. When the parent ends,
//! however it does (also by SIGKILL), the pipe closes, and the child ends too.

use std::io::{ErrorKind, Read};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, raise};

/// How long an orderly end may take before the hard one.
const GRACE: Duration = Duration::from_secs(5);

/// Watches the lifeline from a thread of its own: first SIGTERM, as a service manager would send it, then the end.
pub(crate) fn hold() {
    thread::spawn(|| {
        wait_for_end_of_input();
        // Refused only for an invalid signal number; the exit below stands behind it anyway.
        let _impossible = raise(Signal::SIGTERM);
        thread::sleep(GRACE);
        std::process::exit(1);
    });
}

fn wait_for_end_of_input() {
    let mut input = std::io::stdin().lock();
    let mut buffer = [0; 64];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
