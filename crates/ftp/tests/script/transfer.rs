//! Transfers: opened, held until both sides have ended, failed.

use crate::play::{DOWNLOADING, EPSV, LOGGED_IN, config, play, with};

#[test]
fn a_download_opens_its_data_connection_after_150_and_ends_when_both_sides_have() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> RETR f
        D< RETR f
        D> 150 opening
        C< 150 opening
        = open 1 protected down
        D> 226 done
        = timer 30
        ! data 1 Complete
        = no timer
        C< 226 done
    ",
        ],
    );
}

#[test]
fn a_transfer_without_150_is_opened_all_the_same() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> NLST
        D< NLST
        D> 226 done
        = open 1 protected down
        = timer 30
        ! data 1 Complete
        = no timer
        C< 226 done
    ",
        ],
    );
}

#[test]
fn the_directions_are_those_of_the_commands() {
    for (command, direction) in [
        ("STOR f", "up"),
        ("APPE f", "up"),
        ("STOU", "up"),
        ("RETR f", "down"),
        ("LIST -l", "down"),
        ("NLST", "down"),
        ("mlsd x", "down"),
    ] {
        play(
            config(),
            &[
                LOGGED_IN,
                EPSV,
                &format!(
                    "
            C> {command}
            D< {command}
            D> 125 go
            C< 125 go
            = open 1 protected {direction}
        "
                ),
            ],
        );
    }
}

#[test]
fn a_missing_file_cancels_the_expectation() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> RETR nothing
        D< RETR nothing
        D> 550 no such file
        = cancel 1
        C< 550 no such file
        C> NOOP
        D< NOOP
    ",
        ],
    );
}

#[test]
fn prot_c_transfers_are_refused_before_the_daemon_hears_of_them() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> PROT C
        C< 200 Data connections will be in clear.
        C> RETR f
        = cancel 1
        C< 522 Data connections must be protected: send PROT P.
    ",
        ],
    );
}

#[test]
fn prot_counts_at_the_transfer_command_and_not_at_the_announcement() {
    let any = with(|config| config.require_data_protection = false);
    play(
        any,
        &[
            LOGGED_IN,
            EPSV,
            "
        C> PROT C
        C< 200 Data connections will be in clear.
        C> RETR f
        D< RETR f
        D> 150 opening
        C< 150 opening
        = open 1 clear down
    ",
        ],
    );
}

#[test]
fn failures_of_the_data_connection_replace_the_daemons_reply() {
    let own = [
        ("TlsFailed", "522 TLS negotiation failed on the data connection."),
        (
            "NotResumed",
            "522 Data connection must resume the TLS session of the control connection (session reuse required).",
        ),
        (
            "Truncated",
            "426 Data connection ended without TLS close_notify; the file may be truncated.",
        ),
        ("Aborted", "426 Data connection broken; transfer aborted."),
        ("DaemonBroke", "426 Data connection broken; transfer aborted."),
        ("NotConnected", "425 The data connection was not made."),
    ];
    for (result, text) in own {
        play(
            config(),
            &[
                LOGGED_IN,
                EPSV,
                DOWNLOADING,
                &format!(
                    "
            ! data 1 {result}
            = timer 30
            D> 226 done
            = no timer
            C< {text}
            C> NOOP
            D< NOOP
        "
                ),
            ],
        );
        play(
            config(),
            &[
                LOGGED_IN,
                EPSV,
                DOWNLOADING,
                &format!(
                    "
            D> 226 done
            = timer 30
            ! data 1 {result}
            = no timer
            C< {text}
        "
                ),
            ],
        );
        let passes = matches!(result, "Aborted" | "DaemonBroke" | "NotConnected");
        let text = if passes {
            "451 the daemon's own words"
        } else {
            text
        };
        play(
            config(),
            &[
                LOGGED_IN,
                EPSV,
                DOWNLOADING,
                &format!(
                    "
            ! data 1 {result}
            = timer 30
            D> 451 the daemon's own words
            = no timer
            C< {text}
        "
                ),
            ],
        );
    }
}

#[test]
fn a_daemon_that_does_not_notice_a_failure_is_not_waited_for_and_its_late_reply_is_dropped() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        ! data 1 TlsFailed
        = timer 30
        ! timer
        C< 522 TLS negotiation failed on the data connection.
        C> NOOP
        D< NOOP
        D> 426-late\\r\\n426 reply\\r\\n200 noop
        C< 200 noop
    ",
        ],
    );
}

#[test]
fn a_data_connection_that_does_not_end_is_aborted() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        D> 226 done
        = timer 30
        ! timer
        = abort 1
        C< 426 Data connection broken; transfer aborted.
    ",
        ],
    );
}

#[test]
fn a_transfer_whose_expectation_is_over_is_answered_without_the_daemon() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        ! data 1 NotConnected
        C> STOR f
        C< 425 The data connection was not made.
        C> NOOP
        D< NOOP
        ",
        ],
    );
}

#[test]
fn a_failure_between_command_and_150_bounds_the_wait_for_the_daemon() {
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
        D> 425 nobody there
        = no timer
        C< 425 nobody there
        ",
        ],
    );
}

#[test]
fn a_daemon_that_waits_for_a_connection_that_is_not_made_does_not_keep_the_client_waiting() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> RETR f
        D< RETR f
        ! data 1 NotConnected
        = timer 5
        ! timer
        C< 425 The data connection was not made.
        C> NOOP
        D< NOOP
        D> 425 nobody came in a minute
        D> 200 ok
        C< 200 ok
        ",
        ],
    );
}

#[test]
fn stat_and_quit_during_a_transfer_are_both_answered() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            r"
        C> STAT\r\nQUIT
        D< STAT
        D< QUIT
        ! data 1 Complete
        D> 226 done\r\n211 idle\r\n221 bye
        C< 226 done
        C< 211 idle
        C< 221 bye
        = close Ended
        ",
        ],
    );
}

#[test]
fn stat_during_a_transfer_is_answered_at_once_or_after_it() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        C> STAT
        D< STAT
        D> 211-so far\\r\\n211 half
        C< 211-so far
        C< 211 half
        D> 226 done
        = timer 30
        ! data 1 Complete
        = no timer
        C< 226 done
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
        C> STAT
        D< STAT
        D> 226 done\\r\\n211 idle
        = timer 30
        ! data 1 Complete
        = no timer
        C< 226 done
        C< 211 idle
        C> NOOP
        D< NOOP
    ",
        ],
    );
}

#[test]
fn other_commands_wait_for_the_end_of_a_transfer() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            r"
        C> NOOP\r\nABOR
        D> 226 done
        = timer 30
        ! data 1 Complete
        = no timer
        C< 226 done
        D< NOOP
        D> 200 noop
        C< 200 noop
        D< ABOR
    ",
        ],
    );
}

#[test]
fn quit_during_a_transfer_lets_it_end() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        C> QUIT
        D< QUIT
        D> 226 done\\r\\n221 bye
        = timer 30
        ! daemon closed
        ! data 1 Complete
        = no timer
        C< 226 done
        C< 221 bye
        = close Ended
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
        C> QUIT
        D< QUIT
        D> 221 bye
        = timer 30
        ! data 1 Aborted
        = no timer
        C< 426 Data connection broken; transfer aborted.
        C< 221 bye
        = close Ended
    ",
        ],
    );
}

#[test]
fn a_client_that_closes_during_a_transfer_ends_the_session() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        ! client closed
        = close Ended
    ",
        ],
    );
}

#[test]
fn a_transfer_without_an_announcement_is_the_daemons_business() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> RETR f
        D< RETR f
        D> 150 opening
        C< 150 opening
        D> 425 cannot connect
        C< 425 cannot connect
    ",
        ],
    );
}

#[test]
fn a_daemon_that_dies_during_a_transfer_is_reported() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            "
        ! daemon closed
        C< 421 The FTP server closed the connection.
        = close Ended
    ",
        ],
    );
}
