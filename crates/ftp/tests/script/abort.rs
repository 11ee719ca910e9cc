//! ABOR during a transfer.

use crate::play::{DOWNLOADING, EPSV, LOGGED_IN, config, play};

#[test]
fn abor_during_a_download_has_two_replies() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            r"
        C> \xff\xf4\xff\xf2ABOR
        = abort 1
        D< ABOR
        = timer 30
        D> 426 aborted\r\n226 abort done
        C< 426 aborted
        = timer 2
        = no timer
        C< 226 abort done
        ! data 1 Aborted
        C> NOOP
        D< NOOP
    ",
        ],
    );
}

#[test]
fn a_success_of_an_aborted_transfer_becomes_426() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        C> ABOR
        = abort 1
        D< ABOR
        = timer 30
        D> 226 done
        C< 426 Transfer aborted.
        = timer 2
        D> 225 nothing to abort
        = no timer
        C< 225 nothing to abort
    ",
        ],
    );
}

#[test]
fn the_one_reply_of_a_daemon_to_abor_answers_abor() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        C> ABOR
        = abort 1
        D< ABOR
        = timer 30
        D> 226 abort done
        C< 426 Transfer aborted.
        = timer 2
        C> PWD
        ! timer
        C< 226 abort done
        D< NOOP
        = timer 30
        D> 200 noop
        = no timer
        D< PWD
    ",
        ],
    );
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        C> ABOR
        = abort 1
        D< ABOR
        = timer 30
        D> 426 aborted
        C< 426 aborted
        = timer 2
        ! timer
        D< NOOP
        = timer 30
        C> PWD
        D> 200 noop
        = no timer
        D< PWD
        D> 257 here
        C< 257 here
    ",
        ],
    );
}

#[test]
fn abor_while_the_final_reply_is_held_gives_the_data_up() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        D> 226 done
        = timer 30
        C> ABOR
        = no timer
        = abort 1
        D< ABOR
        C< 426 Transfer aborted.
        = timer 2
        D> 226 abort done
        = no timer
        C< 226 abort done
    ",
        ],
    );
}

#[test]
fn abor_before_150_cancels_the_expectation() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> STOR f
        D< STOR f
        C> ABOR
        = cancel 1
        D< ABOR
        = timer 30
        D> 425 no data connection
        C< 425 no data connection
        = timer 2
        D> 226 abort done
        = no timer
        C< 226 abort done
    ",
        ],
    );
}

#[test]
fn abor_of_a_transfer_that_is_complete_leaves_its_reply_alone() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        ! data 1 Complete
        C> ABOR
        D< ABOR
        = timer 30
        D> 226 done
        C< 226 done
        = timer 2
        D> 225 nothing to abort
        = no timer
        C< 225 nothing to abort
    ",
        ],
    );
}

/// ABOR of [`DOWNLOADING`], answered once in time.
const ANSWERED_ONCE: &str = "
    C> ABOR
    = abort 1
    D< ABOR
    = timer 30
    D> 426 aborted
    C< 426 aborted
    = timer 2
    ! timer
    D< NOOP
    = timer 30
";

#[test]
fn a_late_second_reply_to_abor_answers_no_later_command() {
    for late in [
        r"D> 226 abort done\r\n200 noop",
        r"D> 502 no ABOR\r\n200 noop",
        r"D> 226 abort done\r\n500 no NOOP",
        "D> 150 of no use\nD> 225 abort done\nD> 200 noop",
    ] {
        let rest = "
        = no timer
        C> PWD
        D< PWD
        D> 257 here
        C< 257 here
        ";
        play(
            config(),
            &[LOGGED_IN, EPSV, DOWNLOADING, ANSWERED_ONCE, late, rest],
        );
    }
}

#[test]
fn a_daemon_that_leaves_the_replies_to_abor_in_doubt_ends_the_session() {
    for said in ["", "D> 502 no ABOR or no NOOP"] {
        let rest = "
        C> PWD
        ! timer
        C< 421 The FTP server does not answer. Closing.
        = close DaemonProtocol
        ";
        play(
            config(),
            &[LOGGED_IN, EPSV, DOWNLOADING, ANSWERED_ONCE, said, rest],
        );
    }
}

#[test]
fn a_daemon_that_does_not_answer_abor_ends_the_session() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        C> ABOR
        = abort 1
        D< ABOR
        = timer 30
        ! data 1 Aborted
        ! timer
        C< 426 Transfer aborted.
        C< 421 The FTP server does not answer. Closing.
        = close DaemonProtocol
    ",
        ],
    );
}

#[test]
fn a_daemon_that_leaves_after_abor_is_believed() {
    for before in ["", "D> 426 aborted\nC< 426 aborted\n= timer 2"] {
        let rest = "
        D> 421 shutting down
        = no timer
        C< 421 shutting down
        = close Ended
        ";
        let abort = "
        C> ABOR
        = abort 1
        D< ABOR
        = timer 30
        ";
        play(config(), &[LOGGED_IN, EPSV, DOWNLOADING, abort, before, rest]);
    }
    let fenced = "
        D> 421 shutting down
        = no timer
        C< 421 shutting down
        = close Ended
    ";
    play(config(), &[LOGGED_IN, EPSV, DOWNLOADING, ANSWERED_ONCE, fenced]);
}

#[test]
fn a_stat_before_abor_is_answered_behind_the_fence_too() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            r"
        C> STAT
        D< STAT
        C> ABOR
        = abort 1
        D< ABOR
        = timer 30
        D> 426 aborted
        C< 426 aborted
        = timer 2
        ! timer
        D< NOOP
        = timer 30
        D> 211 idle
        C< 211 idle
        D> 226 abort done\r\n200 noop
        = no timer
        C> PWD
        D< PWD
    ",
        ],
    );
}
