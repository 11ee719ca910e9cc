//! AUTH, and what is refused in clear before it.

use crate::play::{EPSV, GREETED, LOGGED_IN, SECURED, config, play, with};

#[test]
fn login_in_clear_is_refused_and_never_reaches_the_daemon() {
    for command in [
        "USER x",
        "PASS x",
        "ACCT x",
        "CWD /",
        "PASV",
        "PORT 1,2,3,4,5,6",
        "RETR f",
        "STAT",
        "ABOR",
        "SITE X",
        "EPSV ALL",
    ] {
        play(
            config(),
            &[
                GREETED,
                &format!("C> {command}\nC< 530 Log in with TLS first: send AUTH TLS."),
            ],
        );
    }
}

#[test]
fn harmless_commands_pass_in_clear() {
    for command in [
        "NOOP",
        "HOST ftp.example",
        "SYST",
        "CLNT x",
        "HELP",
        "OPTS UTF8 ON",
    ] {
        let script = format!("C> {command}\nD< {command}\nD> 200 done\nC< 200 done");
        play(config(), &[GREETED, &script]);
    }
}

#[test]
fn every_spelling_of_auth_starts_tls() {
    for mechanism in ["TLS", "tls", "TLS-C", "SSL", "TLS-P"] {
        let script = format!("C> auth {mechanism}\nC< 234 AUTH accepted, starting TLS.\n= start tls");
        let mut controller = play(config(), &[GREETED, &script]);
        assert!(!controller.wants_client() && !controller.is_secure());
        controller.handle(ttls_ftp::Event::TlsEstablished);
        assert!(controller.wants_client() && controller.is_secure());
    }
}

#[test]
fn auth_ssl_and_tls_p_imply_protection_and_tls_does_not() {
    for (mechanism, answer) in [
        ("SSL", "D< LIST"),
        ("TLS-P", "D< LIST"),
        ("TLS", "C< 522 Data connections must be protected: send PROT P."),
        ("TLS-C", "C< 522 Data connections must be protected: send PROT P."),
    ] {
        let script = format!(
            "C> AUTH {mechanism}\nC< 234 AUTH accepted, starting TLS.\n= start tls\n! tls established\nC> LIST\n{answer}"
        );
        play(config(), &[GREETED, &script]);
    }
}

#[test]
fn commands_behind_auth_in_one_segment_end_the_session_without_234() {
    play(
        config(),
        &[
            GREETED,
            r"
            C> AUTH TLS\r\nUSER x
            C< 421 Commands behind AUTH in clear are refused: possible injection. Closing.
            = close BytesBehindAuth
            C> USER y
            D> 331 more
            ! tls established
            ",
        ],
    );
}

#[test]
fn a_client_hello_behind_auth_goes_to_the_tls_engine() {
    play(
        config(),
        &[
            GREETED,
            r"
        C> AUTH TLS\r\n\x16\x03\x01\x02\
        C< 234 AUTH accepted, starting TLS.
        = start tls \x16\x03\x01\x02
        ",
        ],
    );
}

#[test]
fn bytes_that_come_while_tls_starts_end_the_session() {
    play(
        config(),
        &[
            GREETED,
            "
        C> AUTH TLS
        C< 234 AUTH accepted, starting TLS.
        = start tls
        C> USER x
        = close BytesBehindAuth
        ",
        ],
    );
}

#[test]
fn replies_that_come_while_tls_starts_go_out_under_tls() {
    play(
        config(),
        &[
            GREETED,
            "
        C> AUTH TLS
        C< 234 AUTH accepted, starting TLS.
        = start tls
        D> 421 timeout
        ! tls established
        C< 421 timeout
        ",
        ],
    );
}

#[test]
fn auth_is_refused_after_any_command_in_clear_whose_effect_lasts() {
    for command in [
        "USER mary",
        "PASS x",
        "ACCT x",
        "REST 100",
        "TYPE I",
        "MODE Z",
        "STRU R",
        "CWD /x",
        "SITE UMASK 0",
        "ALLO 1",
        "STAT",
        "XYZZY",
        "OPTS MLST type;",
        "OPTS",
        "OPTS UTF8X",
    ] {
        let word = command.split(' ').next().unwrap();
        let script = format!(
            "
        C> {command}
        D< {command}
        D> 200 done
        C< 200 done
        C> NOOP
        D< NOOP
        D> 200 ok
        C< 200 ok
        C> AUTH TLS
        C< 534 AUTH is not accepted after {word}: connect again.
        "
        );
        play(with(|config| config.require_auth = false), &[GREETED, &script]);
    }
}

#[test]
fn auth_is_refused_after_an_announcement_in_clear() {
    let any = || {
        with(|config| {
            config.require_auth = false;
            config.require_data_protection = false;
        })
    };
    let passive = EPSV;
    let active = "
        C> EPRT |1|203.0.113.9|5001|
        = active 1 203.0.113.9:5001
        ! expecting 1 127.0.0.1:6001
        D< EPRT |1|127.0.0.1|6001|
        D> 200 done
        C< 200 done
    ";
    for (announcement, word) in [(passive, "EPSV"), (active, "EPRT")] {
        let script = format!("C> AUTH TLS\nC< 534 AUTH is not accepted after {word}: connect again.");
        play(any(), &[GREETED, announcement, &script]);
    }
}

#[test]
fn auth_is_accepted_after_what_clients_send_before_it() {
    for command in [
        "FEAT",
        "NOOP",
        "SYST",
        "HELP",
        "HOST ftp.example",
        "CLNT x",
        "OPTS UTF8 ON",
        "opts utf8 off",
        "OPTS UTF-8 ON",
    ] {
        for require_auth in [true, false] {
            let script = format!(
                "
        C> {command}
        D< {command}
        D> 250 done
        C< 250 done
        C> AUTH TLS
        C< 234 AUTH accepted, starting TLS.
        = start tls
        "
            );
            play(
                with(|config| config.require_auth = require_auth),
                &[GREETED, &script],
            );
        }
    }
}

#[test]
fn what_was_refused_in_clear_does_not_keep_auth_from_being_accepted() {
    play(
        config(),
        &[
            GREETED,
            "
        C> USER mary
        C< 530 Log in with TLS first: send AUTH TLS.
        C> PBSZ 0
        C< 503 PBSZ needs a secure control connection: send AUTH TLS first.
        C> AUTH TLS
        C< 234 AUTH accepted, starting TLS.
        = start tls
        ",
        ],
    );
}

#[test]
fn auth_refuses_what_it_must() {
    play(
        config(),
        &[
            GREETED,
            "
        C> AUTH
        C< 501 AUTH needs a mechanism: TLS.
        C> AUTH GSSAPI
        C< 504 Unknown mechanism: use AUTH TLS.
        ",
        ],
    );
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> AUTH TLS
        C< 503 The control connection is already secure.
    ",
        ],
    );
}

#[test]
fn an_http_request_ends_the_session() {
    for request in [
        "GET / HTTP/1.1",
        "POST /upload HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "get x",
    ] {
        play(
            config(),
            &[
                GREETED,
                &format!(
                    "
            C> {request}
            C< 421 This is an FTP server. Closing.
            = close HttpRequest
        "
                ),
            ],
        );
    }
}

#[test]
fn the_user_is_known_after_230_and_not_before() {
    let controller = play(
        config(),
        &[
            SECURED,
            "
        C> USER mary
        D< USER mary
        D> 331 password
        C< 331 password
    ",
        ],
    );
    assert_eq!(controller.user(), None);
    assert_eq!(play(config(), &[LOGGED_IN]).user(), Some("mary"));
    let by_certificate = play(
        config(),
        &[
            SECURED,
            "
        C> USER mary
        D< USER mary
        D> 232 welcome
        C< 232 welcome
    ",
        ],
    );
    assert_eq!(by_certificate.user(), Some("mary"));
    let wrong = play(
        config(),
        &[
            SECURED,
            "
        C> USER mary
        D< USER mary
        D> 331 password
        C< 331 password
        C> PASS y
        D< PASS y
        D> 530 no
        C< 530 no
    ",
        ],
    );
    assert_eq!(wrong.user(), None);
}

#[test]
fn a_daemon_that_logs_in_at_its_greeting_is_refused_in_clear() {
    play(
        config(),
        &["
        D> 230 already in
        C< 421 The FTP server logs in without asking. Closing.
        = close DaemonProtocol
    "],
    );
}

#[test]
fn a_client_that_only_guesses_before_auth_is_let_go() {
    let refusals = "C> USER x\nC< 530 Log in with TLS first: send AUTH TLS.\n".repeat(20);
    play(
        config(),
        &[
            GREETED,
            &refusals,
            "
        C> USER x
        C< 421 Too many commands before AUTH. Closing.
        = close TooManyRefusals
        ",
        ],
    );
}

#[test]
fn a_client_that_expects_implicit_tls_is_told_so() {
    play(
        config(),
        &[
            GREETED,
            r"
        C> \x16\
        C> \x03\x01\
        C< 421 TLS is not implicit on this port: send AUTH TLS. Closing.
        = close UnexpectedTls
        ",
        ],
    );
}
