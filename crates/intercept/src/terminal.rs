use std::fs::File;

use nix::unistd::{getpgrp, tcgetpgrp};

/// Whether the terminal delivers `SIGINT` and `SIGQUIT` of its keyboard to this process and to the program
/// alike, because both are in its foreground process group.
///
/// An agent that is told to end by one of those two signals while this holds must not pass it on: the program
/// has had it, and two of them mean "at once" to many programs. Every other signal, and these two when this
/// does not hold, come to the agent alone and are to be passed on.
pub fn terminal_delivers_signals() -> bool {
    // No controlling terminal: opening fails (ENXIO).
    let Ok(terminal) = File::open("/dev/tty") else {
        return false;
    };
    tcgetpgrp(&terminal).is_ok_and(|foreground| foreground == getpgrp())
}
