//! PASV and EPSV, and what families make of them.

use ttls_ftp::ControllerConfig;

use crate::play::{EPSV, LOGGED_IN, config, play, with};

fn ipv6_client() -> ControllerConfig {
    with(|config| config.client = "[2001:db8::9]:40000".parse().unwrap())
}

fn ipv6_daemon() -> ControllerConfig {
    with(|config| config.daemon = "[::1]:2121".parse().unwrap())
}

#[test]
fn a_227_passes_unchanged_where_its_numbers_hold() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PASV
        D< PASV
        D> 227 Passiv ( 198,51,100,7, 19,137 ) bitte
        = passive 1 127.0.0.1:5001
        ! expecting 1 198.51.100.7:5001
        C< 227 Passiv ( 198,51,100,7, 19,137 ) bitte
    ",
        ],
    );
}

#[test]
fn only_the_numbers_of_a_227_are_rewritten_and_its_address_is_never_believed() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PASV
        D< PASV
        D> 227-first 1 line\\r\\n227 =192,0,2,66,19,137 or so
        = passive 1 127.0.0.1:5001
        ! expecting 1 198.51.100.7:6000
        C< 227-first 1 line
        C< 227 =198,51,100,7,23,112 or so
    ",
        ],
    );
}

#[test]
fn only_the_port_of_a_229_is_rewritten() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> EPSV 1
        D< EPSV 1
        D> 229 Ok (!!!5001!) x
        = passive 1 127.0.0.1:5001
        ! expecting 1 198.51.100.7:6000
        C< 229 Ok (!!!6000!) x
    ",
        ],
    );
}

#[test]
fn an_answer_without_a_usable_port_is_425() {
    for (command, reply) in [
        ("PASV", "227 Entering Passive Mode"),
        ("PASV", "227 (127,0,0,1,0,0)"),
        ("PASV", "200 ok"),
        ("EPSV", "229 (|||0|)"),
        ("EPSV", "229 nothing"),
    ] {
        play(
            config(),
            &[
                LOGGED_IN,
                &format!(
                    "
            C> {command}
            D< {command}
            D> {reply}
            C< 425 The FTP server's answer names no usable port.
            C> NOOP
            D< NOOP
        "
                ),
            ],
        );
    }
}

#[test]
fn an_old_daemon_is_asked_with_pasv_for_epsv() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> EPSV
        D< EPSV
        D> 500 what?
        D< PASV
        D> 227 (127,0,0,1,19,137)
        = passive 1 127.0.0.1:5001
        ! expecting 1 198.51.100.7:6000
        C< 229 Entering Extended Passive Mode (|||6000|)
    ",
        ],
    );
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> EPSV
        D< EPSV
        D> 500 what?
        D< PASV
        D> 425 no ports left
        C< 500 what?
    ",
        ],
    );
}

#[test]
fn an_ipv6_client_of_an_ipv4_daemon_uses_epsv_2_and_eprt_2() {
    play(
        ipv6_client(),
        &[
            LOGGED_IN,
            "
        C> PASV
        C< 425 PASV cannot carry an IPv6 address: use EPSV.
        C> EPSV 1
        C< 522 Network protocol not supported, use (2).
        C> EPSV 2
        D< EPSV
        D> 229 (|||5001|)
        = passive 1 127.0.0.1:5001
        ! expecting 1 [2001:db8::1]:5001
        C< 229 (|||5001|)
        C> EPRT |2|2001:db8::9|5002|
        = cancel 1
        = active 2 [2001:db8::9]:5002
        ! expecting 2 127.0.0.1:5003
        D< EPRT |1|127.0.0.1|5003|
        D> 500 what?
        D< PORT 127,0,0,1,19,139
        D> 200 ok
        C< 200 ok
    ",
        ],
    );
}

#[test]
fn an_ipv4_client_of_an_ipv6_daemon_uses_pasv_and_port() {
    play(
        ipv6_daemon(),
        &[
            LOGGED_IN,
            "
        C> PASV
        D< EPSV
        D> 229 (|||5001|)
        = passive 1 [::1]:5001
        ! expecting 1 198.51.100.7:5001
        C< 227 Entering Passive Mode (198,51,100,7,19,137).
        C> PORT 203,0,113,9,19,138
        = cancel 1
        = active 2 203.0.113.9:5002
        ! expecting 2 [::1]:5003
        D< EPRT |2|::1|5003|
        D> 200 ok
        C< 200 ok
    ",
        ],
    );
}

#[test]
fn an_ipv4_client_on_an_ipv6_socket_is_an_ipv4_client() {
    let mapped = with(|config| {
        config.client = "[::ffff:203.0.113.9]:40000".parse().unwrap();
        config.daemon = "[::ffff:127.0.0.1]:2121".parse().unwrap();
    });
    play(
        mapped,
        &[
            LOGGED_IN,
            "
        C> PASV
        D< PASV
        D> 227 (198,51,100,7,19,137)
        = passive 1 [::ffff:127.0.0.1]:5001
        ! expecting 1 [::ffff:198.51.100.7]:5001
        C< 227 (198,51,100,7,19,137)
        C> EPRT |1|203.0.113.9|5002|
        = cancel 1
        = active 2 203.0.113.9:5002
    ",
        ],
    );
}

#[test]
fn after_epsv_all_nothing_but_epsv_is_accepted() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> EPSV ALL
        C< 200 EPSV ALL accepted.
        C> PASV
        C< 503 PASV is not accepted after EPSV ALL.
        C> PORT 203,0,113,9,19,138
        C< 503 PORT is not accepted after EPSV ALL.
        C> EPRT |1|203.0.113.9|5002|
        C< 503 EPRT is not accepted after EPSV ALL.
    ",
            EPSV,
        ],
    );
}

#[test]
fn epsv_with_another_argument_is_refused() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> EPSV 2
        C< 522 Network protocol not supported, use (1).
        C> EPSV 7
        C< 522 Network protocol not supported, use (1).
        C> EPSV x
        C< 501 Expected EPSV, EPSV 1, EPSV 2 or EPSV ALL.
    ",
        ],
    );
}

#[test]
fn a_new_announcement_cancels_the_one_before() {
    play(
        config(),
        &[
            LOGGED_IN,
            EPSV,
            "
        C> EPSV
        = cancel 1
        D< EPSV
        D> 229 (|||5002|)
        = passive 2 127.0.0.1:5002
        ! expecting 1 198.51.100.7:1
        ! expecting 2 198.51.100.7:5002
        C< 229 (|||5002|)
    ",
        ],
    );
}

#[test]
fn an_expectation_that_cannot_be_made_is_425() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PASV
        D< PASV
        D> 227 (127,0,0,1,19,137)
        = passive 1 127.0.0.1:5001
        ! expect failed 1 no port of PASSIVEDATAPORTS is free
        C< 425 Cannot prepare a data connection: no port of PASSIVEDATAPORTS is free.
        C> PORT 203,0,113,9,19,138
        = active 2 203.0.113.9:5002
        ! expect failed 2 address in use
        C< 425 Cannot prepare a data connection: address in use.
    ",
        ],
    );
}
