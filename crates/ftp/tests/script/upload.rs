//! Uploads, and those that break off: who broke them, who is told, and which reply the client gets.

use crate::play::{EPSV, LOGGED_IN, config, play};

#[test]
fn an_upload_ends_when_the_data_end_first() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> STOR f
        D< STOR f
        D> 150 go on
        C< 150 go on
        = open 1 protected up
        ! data 1 Complete
        D> 226-stored\\r\\n226 0.001 seconds
        C< 226-stored
        C< 226 0.001 seconds
    ",
        ],
    );
}

/// An upload under way, on data connection 1.
const UPLOADING: &str = "
    C> STOR f
    D< STOR f
    D> 150 send it
    C< 150 send it
    = open 1 protected up
";

#[test]
fn a_broken_upload_is_aborted_with_the_daemon_and_the_client_gets_one_reply() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            UPLOADING,
            "
            ! data 1 Truncated
            D< ABOR
            = timer 30
            D> 426 aborted
            C< 426 Data connection ended without TLS close_notify; the file may be truncated.
            D< NOOP
            = timer 30
            C> PWD
            D> 226 ABOR successful
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
fn a_daemon_that_answers_a_broken_upload_once_is_not_waited_for() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            UPLOADING,
            "
            ! data 1 Aborted
            D< ABOR
            = timer 30
            D> 226 complete, it thinks
            C< 426 Data connection broken; transfer aborted.
            D< NOOP
            = timer 30
            C> PWD
            D> 200 noop
            = no timer
            D< PWD
        ",
        ],
    );
}

#[test]
fn an_upload_whose_data_connection_was_never_made_is_aborted_with_the_daemon() {
    for (result, text) in [
        ("TlsFailed", "522 TLS negotiation failed on the data connection."),
        (
            "NotResumed",
            "522 Data connection must resume the TLS session of the control connection (session reuse required).",
        ),
        ("NotConnected", "425 The data connection was not made."),
    ] {
        let script = format!(
            "
            ! data 1 {result}
            D< ABOR
            = timer 30
            D> 226 an empty file, it thinks
            C< {text}
            D< NOOP
            = timer 30
            D> 226 aborted
            D> 200 noop
            = no timer
            "
        );
        play(config(), &[LOGGED_IN, EPSV, UPLOADING, &script]);
    }
}

#[test]
fn a_daemon_that_does_not_answer_our_abor_ends_the_session() {
    let silent = "
        ! data 1 Aborted
        D< ABOR
        = timer 30
        C> PWD
        ! timer
        C< 426 Data connection broken; transfer aborted.
        C< 421 The FTP server does not answer. Closing.
        = close DaemonProtocol
    ";
    play(config(), &[LOGGED_IN, EPSV, UPLOADING, silent]);
    let half = "
        ! data 1 Aborted
        D< ABOR
        = timer 30
        D> 426 aborted
        C< 426 Data connection broken; transfer aborted.
        D< NOOP
        = timer 30
        D> 226 aborted
        C> PWD
        ! timer
        C< 421 The FTP server does not answer. Closing.
        = close DaemonProtocol
    ";
    play(config(), &[LOGGED_IN, EPSV, UPLOADING, half]);
}

#[test]
fn a_daemon_that_refuses_our_abor_is_not_taken_at_its_word_for_noop() {
    let script = "
        ! data 1 Aborted
        D< ABOR
        = timer 30
        D> 426 broken
        C< 426 Data connection broken; transfer aborted.
        D< NOOP
        = timer 30
        C> PWD
        D> 500 no ABOR
        D> 200 noop
        = no timer
        D< PWD
    ";
    play(config(), &[LOGGED_IN, EPSV, UPLOADING, script]);
}

#[test]
fn a_daemon_that_leaves_when_an_upload_breaks_is_believed() {
    let script = "
        ! data 1 Aborted
        D< ABOR
        = timer 30
        D> 421 shutting down
        C< 426 Data connection broken; transfer aborted.
        = no timer
        C< 421 shutting down
        = close Ended
    ";
    play(config(), &[LOGGED_IN, EPSV, UPLOADING, script]);
}

#[test]
fn an_upload_that_the_daemon_breaks_off_is_answered_in_the_daemons_words() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            UPLOADING,
            "
            ! data 1 DaemonBroke
            = timer 30
            D> 552 disk full
            = no timer
            C< 552 disk full
            C> NOOP
            D< NOOP
        ",
        ],
    );
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            UPLOADING,
            "
            D> 552 disk full
            = timer 30
            ! data 1 DaemonBroke
            = no timer
            C< 552 disk full
        ",
        ],
    );
}

#[test]
fn an_upload_that_the_daemon_breaks_off_is_never_a_success() {
    for end in ["D> 226 stored", "! timer"] {
        let timer = if end == "! timer" { "" } else { "= no timer" };
        play(
            config(),
            &[
                LOGGED_IN,
                EPSV,
                UPLOADING,
                &format!(
                    "
            ! data 1 DaemonBroke
            = timer 30
            {end}
            {timer}
            C< 426 Data connection broken; transfer aborted.
        "
                ),
            ],
        );
    }
}

#[test]
fn an_upload_that_failed_before_150_is_given_up_at_150() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> STOR f
        D< STOR f
        ! data 1 NotConnected
        = timer 5
        D> 150 go on
        C< 150 go on
        D< ABOR
        = timer 30
        D> 226 stored nothing
        C< 425 The data connection was not made.
        D< NOOP
        = timer 30
        D> 225 nothing to abort\\r\\n200 noop
        = no timer
        ",
        ],
    );
}
