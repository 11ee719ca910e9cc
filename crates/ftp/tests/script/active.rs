//! PORT and EPRT.

use crate::play::{LOGGED_IN, config, play, with};

#[test]
fn port_is_told_to_the_daemon_unchanged_where_it_holds() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> port 203,0,113,9,19,138
        = active 1 203.0.113.9:5002
        ! expecting 1 203.0.113.9:5002
        D< port 203,0,113,9,19,138
        D> 200 ok
        C< 200 ok
        C> STOR f
        D< STOR f
        D> 150 go on
        C< 150 go on
        = open 1 protected up
    ",
        ],
    );
}

#[test]
fn port_and_eprt_are_rewritten_where_they_do_not_hold() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PORT 203,0,113,9,19,138
        = active 1 203.0.113.9:5002
        ! expecting 1 127.0.0.1:6000
        D< PORT 127,0,0,1,23,112
        D> 200 ok
        C< 200 ok
        C> EPRT |1|203.0.113.9|5003|
        = cancel 1
        = active 2 203.0.113.9:5003
        ! expecting 2 127.0.0.1:6001
        D< EPRT |1|127.0.0.1|6001|
        D> 200 ok
        C< 200 ok
    ",
        ],
    );
}

#[test]
fn a_refusal_of_port_cancels_the_expectation() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PORT 203,0,113,9,19,138
        = active 1 203.0.113.9:5002
        ! expecting 1 203.0.113.9:5002
        D< PORT 203,0,113,9,19,138
        D> 500 illegal PORT command
        C< 500 illegal PORT command
        = cancel 1
    ",
        ],
    );
}

#[test]
fn port_to_another_host_is_refused() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PORT 192,0,2,1,19,138
        C< 500 Address 192.0.2.1 is not yours: 203.0.113.9 is.
        C> EPRT |1|192.0.2.1|5002|
        C< 500 Address 192.0.2.1 is not yours: 203.0.113.9 is.
        C> EPRT |2|2001:db8::1|5002|
        C< 500 Address 2001:db8::1 is not yours: 203.0.113.9 is.
    ",
        ],
    );
    play(
        with(|config| config.port_noredirect = false),
        &[
            LOGGED_IN,
            "
        C> PORT 192,0,2,1,19,138
        = active 1 192.0.2.1:5002
    ",
        ],
    );
}

#[test]
fn low_ports_are_refused() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PORT 203,0,113,9,3,255
        C< 504 Port 1023 is below 1024.
        C> PORT 203,0,113,9,4,0
        = active 1 203.0.113.9:1024
    ",
        ],
    );
    play(
        with(|config| config.port_nolowports = false),
        &[
            LOGGED_IN,
            "
        C> PORT 203,0,113,9,0,25
        = active 1 203.0.113.9:25
    ",
        ],
    );
}

#[test]
fn portcommand_reject_refuses_both() {
    play(
        with(|config| config.port_reject = true),
        &[
            LOGGED_IN,
            "
        C> PORT 203,0,113,9,19,138
        C< 504 PORT and EPRT are refused by policy: use PASV or EPSV.
        C> EPRT |1|203.0.113.9|5002|
        C< 504 PORT and EPRT are refused by policy: use PASV or EPSV.
    ",
        ],
    );
}

#[test]
fn malformed_addresses_are_refused() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PORT 1,2,3
        C< 501 Expected PORT h1,h2,h3,h4,p1,p2.
        C> EPRT |1|x|5002|
        C< 501 Expected EPRT |1|address|port| or EPRT |2|address|port|.
        C> EPRT |3|x|5002|
        C< 522 Network protocol not supported, use (1,2).
    ",
        ],
    );
}

#[test]
fn the_daemon_reads_no_other_numbers_than_were_checked() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> PORT 203, 000,113,011,19,138
        C< 500 Address 203.0.113.11 is not yours: 203.0.113.9 is.
        C> PORT 203, 000,113,009,19,138
        = active 1 203.0.113.9:5002
        ! expecting 1 203.0.113.9:5002
        D< PORT 203,0,113,9,19,138
        ",
        ],
    );
}
