//! Order of replies, odd lines, and ends.

use ttls_ftp::{CloseReason, Effect, Event};

use crate::play::{DOWNLOADING, EPSV, LOGGED_IN, config, play, with};

#[test]
fn pipelined_commands_are_answered_in_their_order() {
    play(
        config(),
        &[
            LOGGED_IN,
            r"
        C> CWD a\r\nPBSZ 0\r\nPWD
        D< CWD a
        D> 250 done
        C< 250 done
        C< 200 PBSZ=0
        D< PWD
        D> 257 here
        C< 257 here
    ",
        ],
    );
}

#[test]
fn three_hundred_noops_around_a_pbsz_come_out_in_order() {
    let mut controller = play(config(), &[LOGGED_IN]);
    let script = [
        "NOOP\r\n".repeat(150),
        "PBSZ 0\r\n".to_owned(),
        "NOOP\r\n".repeat(150),
    ]
    .concat();
    let mut effects = controller.handle(Event::Client(script.as_bytes()));
    let (mut client, mut asked) = (String::new(), 0);
    loop {
        let mut daemon = 0;
        for effect in effects {
            match effect {
                Effect::ToClient(bytes) => client += std::str::from_utf8(&bytes).unwrap(),
                Effect::ToDaemon(bytes) => {
                    assert_eq!(bytes, b"NOOP\r\n");
                    daemon += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        if daemon == 0 {
            break;
        }
        assert_eq!(daemon, 1, "one command at a time");
        asked += 1;
        effects = controller.handle(Event::Daemon(format!("200 noop {asked}\r\n").as_bytes()));
    }
    let noop =
        |range: std::ops::RangeInclusive<u32>| range.map(|n| format!("200 noop {n}\r\n")).collect::<String>();
    assert_eq!(client, noop(1..=150) + "200 PBSZ=0\r\n" + &noop(151..=300));
}

#[test]
fn auth_behind_a_pipelined_command_waits_for_its_turn() {
    play(
        config(),
        &[r"
        D> 220 ready
        C< 220 ready
        C> NOOP\r\nAUTH TLS
        D< NOOP
        D> 200 ok
        C< 200 ok
        C< 234 AUTH accepted, starting TLS.
        = start tls
    "],
    );
}

#[test]
fn nothing_is_interpreted_before_the_greeting() {
    play(
        config(),
        &["
        C> AUTH TLS
        D> 120 wait
        C< 120 wait
        D> 220 ready
        C< 220 ready
        C< 234 AUTH accepted, starting TLS.
        = start tls
    "],
    );
}

#[test]
fn a_command_line_over_4096_bytes_ends_the_session() {
    let fits = format!("NOOP {}", "x".repeat(4096 - 7));
    play(config(), &[LOGGED_IN, &format!("C> {fits}\nD< {fits}")]);
    play(
        config(),
        &[
            LOGGED_IN,
            &format!(
                "
        C> {fits}y
        C< 421 Command line longer than 4096 bytes. Closing.
        = close LineTooLong
    "
            ),
        ],
    );
}

#[test]
fn control_characters_are_refused_and_never_forwarded() {
    for line in [
        r"DELE a\0b",
        r"DELE a\rSTOR b",
        r"\x0bPASV",
        r"\x0cPASV",
        r" \x0cPASV",
        r"PASV\x0b",
        r"PASV \x0c",
        r"STOR a\x01b",
        r"STOR a\x1fb",
        r"PA\x7fSV",
        r"PASV\xa0x",
        r"\xc2\xa0PASV",
        r"\xff\xffNOOP",
    ] {
        let script = format!("C> {line}\nC< 501 Control characters are not allowed in commands.");
        play(config(), &[LOGGED_IN, &script]);
    }
}

#[test]
fn a_malformed_line_during_a_transfer_is_answered_behind_it() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            DOWNLOADING,
            r"
        C> \x0cABOR\r\nABOR \x01
        D> 226 done
        = timer 30
        ! data 1 Complete
        = no timer
        C< 226 done
        C< 501 Control characters are not allowed in commands.
        C< 501 Control characters are not allowed in commands.
    ",
        ],
    );
}

#[test]
fn file_names_may_have_tabs_and_any_byte_above_ascii() {
    let mut controller = play(config(), &[LOGGED_IN]);
    let line = b"DELE a\tb\x7f \xc3\xa4\xa0\xff\xff\x85\r\n";
    let effects = controller.handle(Event::Client(line));
    assert_eq!(effects, [Effect::ToDaemon(line.to_vec())]);
}

#[test]
fn an_empty_line_is_no_command() {
    play(
        config(),
        &[
            LOGGED_IN,
            r"
        C> \
        C>
        C< 500 No command given.
    ",
        ],
    );
}

#[test]
fn telnet_commands_do_not_reach_the_daemon() {
    play(
        config(),
        &[
            LOGGED_IN,
            r"
        C> \xff\xf4\xff\xf2ABOR
        D< ABOR
        D> 225 nothing to abort
        C< 225 nothing to abort
    ",
        ],
    );
}

#[test]
fn leading_blanks_hide_no_command() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C>  \tPORT 192,0,2,1,200,1
        C< 500 Address 192.0.2.1 is not yours: 203.0.113.9 is.
    ",
        ],
    );
}

#[test]
fn a_client_is_not_read_while_its_bytes_pile_up() {
    let mut controller = play(config(), &[LOGGED_IN]);
    controller.handle(Event::Client(b"NOOP\r\n"));
    let chunk = "NOOP\r\n".repeat(1000);
    while controller.wants_client() {
        assert_eq!(controller.handle(Event::Client(chunk.as_bytes())), []);
    }
    controller.handle(Event::Daemon(b"200 ok\r\n"));
    for _ in 0..12_000 {
        controller.handle(Event::Daemon(b"200 ok\r\n"));
    }
    assert!(controller.wants_client());
}

#[test]
fn quit_is_answered_by_the_daemon_and_ends_the_session() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> QUIT
        D< QUIT
        D> 221-bytes\\r\\n221 bye
        C< 221-bytes
        C< 221 bye
        = close Ended
    ",
        ],
    );
}

#[test]
fn a_greeting_that_refuses_passes_and_ends_the_session() {
    play(
        config(),
        &["
        D> 421 too many
        C< 421 too many
        = close Ended
    "],
    );
}

#[test]
fn what_the_daemon_says_unasked_passes() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        D> 421 timeout
        C< 421 timeout
        ! daemon closed
        = close Ended
    ",
        ],
    );
}

#[test]
fn a_daemon_that_vanishes_is_reported_to_who_waits_for_it() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> CWD x
        D< CWD x
        ! daemon closed
        C< 421 The FTP server closed the connection.
        = close Ended
    ",
        ],
    );
}

#[test]
fn a_daemon_that_makes_no_sense_ends_the_session() {
    play(
        config(),
        &["
        D> hello
        C< 421 The FTP server sent a line that is no reply. Closing.
        = close DaemonProtocol
    "],
    );
    let long = "2".repeat(8192);
    play(
        config(),
        &[&format!(
            "
        D> {long}
        C< 421 Reply line of the FTP server longer than 8192 bytes. Closing.
        = close DaemonProtocol
    "
        )],
    );
}

#[test]
fn commands_sent_before_the_client_closed_are_carried_out() {
    play(
        config(),
        &[
            LOGGED_IN,
            r"
        C> DELE a\r\nQUIT
        D< DELE a
        ! client closed
        D> 250 gone
        C< 250 gone
        D< QUIT
        D> 221 bye
        C< 221 bye
        = close Ended
    ",
        ],
    );
    play(
        config(),
        &[
            LOGGED_IN,
            "
        ! client closed
        = close Ended
    ",
        ],
    );
}

#[test]
fn without_require_auth_a_clear_session_passes() {
    play(
        with(|config| config.require_auth = false),
        &["
        D> 220 ready
        C< 220 ready
        C> USER mary
        D< USER mary
        D> 230 welcome
        C< 230 welcome
        C> LIST
        C< 522 Data connections must be protected: send PROT P.
    "],
    );
}

#[test]
fn a_long_reply_passes_line_by_line() {
    let mut controller = play(config(), &[LOGGED_IN, "C> STAT /\nD< STAT /"]);
    controller.handle(Event::Daemon(b"213-list\r\n"));
    let chunk = " a file\r\n".repeat(1000);
    for _ in 0..200 {
        let effects = controller.handle(Event::Daemon(chunk.as_bytes()));
        assert_eq!(effects, [Effect::ToClient(chunk.clone().into_bytes())]);
        assert_eq!(controller.buffered(), 0);
    }
}

#[test]
fn replies_that_must_be_held_are_held_within_bounds() {
    let collected = "C> PASV\nD< PASV\nD> 227-endless";
    let held = "C> PASV\nD< PASV\nD> 227 (127,0,0,1,19,137)\n= passive 1 127.0.0.1:5001";
    for script in [collected, held] {
        let mut controller = play(config(), &[LOGGED_IN, script]);
        let chunk = "200 x\r\n".repeat(1000);
        let flood = (0..100).find_map(|_| controller.handle(Event::Daemon(chunk.as_bytes())).pop());
        assert_eq!(
            flood,
            Some(Effect::Close(CloseReason::DaemonProtocol)),
            "{script}"
        );
        assert!(controller.buffered() < 128 * 1024);
    }
}

#[test]
fn a_controller_is_idle_only_between_commands() {
    let idle = |script: &str| play(config(), &[LOGGED_IN, script]).is_idle();
    assert!(idle(""));
    assert!(idle("C> NOO\\"));
    assert!(!idle("C> NOOP\nD< NOOP"));
    assert!(idle("C> NOOP\nD< NOOP\nD> 200 ok\nC< 200 ok"));
    assert!(!idle("D> 421-going\nC< 421-going"));
    assert!(!idle("D> 421-going\nC< 421-going\nC> NOOP"));
    assert!(!play(config(), &[]).is_idle());
    let starting = "
        D> 220 ready
        C< 220 ready
        C> AUTH TLS
        C< 234 AUTH accepted, starting TLS.
        = start tls
    ";
    assert!(!play(config(), &[starting]).is_idle());
}
