//! On a client's behalf: data connections.

use crate::client_login::LOGIN;
use crate::client_secure::{GREETED, config, script, with};

#[test]
fn the_address_of_a_227_is_the_servers_whatever_it_says() {
    script(
        config(),
        &[
            GREETED,
            LOGIN,
            "
        C> PASV
        D< PASV
        D> 227 Entering (10,0,0,1,19,137)
        = passive 1 198.51.100.7:5001
        ! expecting 1 198.51.100.7:5001
        C< 227 Entering (198,51,100,7,19,137)
    ",
        ],
    );
}

#[test]
fn the_address_of_a_227_counts_where_policy_says_so() {
    script(
        with(|config| config.ignore_passive_address = false),
        &[
            GREETED,
            LOGIN,
            "
        C> PASV
        D< PASV
        D> 227 Entering (203,0,113,1,19,137)
        = passive 1 203.0.113.1:5001
        ! expecting 1 198.51.100.7:5001
        C< 227 Entering (198,51,100,7,19,137)
    ",
        ],
    );
}

#[test]
fn pasv_becomes_epsv_and_falls_back() {
    let epsv4 = || with(|config| config.epsv4 = true);
    script(
        epsv4(),
        &[
            GREETED,
            LOGIN,
            "
        C> PASV
        D< EPSV
        D> 229 ok (|||5001|)
        = passive 1 198.51.100.7:5001
        ! expecting 1 198.51.100.7:5001
        C< 227 Entering Passive Mode (198,51,100,7,19,137).
    ",
        ],
    );
    script(
        epsv4(),
        &[
            GREETED,
            LOGIN,
            "
        C> PASV
        D< EPSV
        D> 500 what
        D< PASV
        D> 227 =198,51,100,7,19,137
        = passive 1 198.51.100.7:5001
    ",
        ],
    );
}

#[test]
fn port_names_the_outside_address() {
    script(
        config(),
        &[
            GREETED,
            LOGIN,
            "
        C> PORT 198,51,100,7,19,137
        = active 1 198.51.100.7:5001
        ! expecting 1 192.0.2.1:6000
        D< PORT 192,0,2,1,23,112
        D> 200 ok
        C< 200 ok
        C> STOR f
        D< STOR f
        D> 150 go
        C< 150 go
        = open 1 protected up
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
fn port_becomes_pasv_where_firewalls_want_that() {
    script(
        with(|config| config.firewall_friendly = true),
        &[
            GREETED,
            LOGIN,
            "
        C> EPRT |1|198.51.100.7|5001|
        D< PASV
        D> 227 =198,51,100,7,23,112
        = converted 1 198.51.100.7:5001 198.51.100.7:6000
        ! expecting 1 198.51.100.7:6000
        C< 200 Command okay.
        C> RETR f
        D< RETR f
        D> 150 go
        C< 150 go
        = open 1 protected down
    ",
        ],
    );
}

#[test]
fn a_refusal_of_both_other_forms_is_the_answer_to_port() {
    script(
        with(|config| (config.firewall_friendly, config.epsv4) = (true, true)),
        &[
            GREETED,
            LOGIN,
            "
        C> PORT 198,51,100,7,19,137
        D< EPSV
        D> 500 what
        D< PASV
        D> 425 no
        C< 500 what
    ",
        ],
    );
}

#[test]
fn a_download_without_close_notify_is_a_failure_whatever_the_server_says() {
    script(
        config(),
        &[
            GREETED,
            LOGIN,
            "
        C> EPSV
        D< EPSV
        D> 229 ok (|||5001|)
        = passive 1 198.51.100.7:5001
        ! expecting 1 198.51.100.7:5001
        C< 229 ok (|||5001|)
        C> RETR f
        D< RETR f
        D> 150 go
        C< 150 go
        = open 1 protected down
        D> 226 done
        = timer 30
        ! data 1 Truncated
        = no timer
        C< 426 Data connection ended without TLS close_notify; the file may be truncated.
    ",
        ],
    );
}

#[test]
fn a_client_that_does_not_know_its_address_is_understood_and_another_host_is_not() {
    script(
        with(|config| config.client = "[2001:db8::7]:40000".parse().unwrap()),
        &[
            GREETED,
            LOGIN,
            "
        C> EPRT |2|::|5001|
        = active 1 [2001:db8::7]:5001
        ! expecting 1 192.0.2.1:6000
        D< EPRT |1|192.0.2.1|6000|
        D> 200 ok
        C< 200 ok
        C> EPRT |2|2001:db8::8|5001|
        C< 500 Address 2001:db8::8 is not yours: 2001:db8::7 is.
    ",
        ],
    );
}

#[test]
fn a_refusal_of_the_server_waits_for_data_for_seconds_only() {
    script(
        config(),
        &[
            GREETED,
            LOGIN,
            "
        C> PORT 198,51,100,7,19,137
        = active 1 198.51.100.7:5001
        ! expecting 1 192.0.2.1:6000
        D< PORT 192,0,2,1,23,112
        D> 200 ok
        C< 200 ok
        C> RETR f
        D< RETR f
        D> 150 go
        C< 150 go
        = open 1 protected down
        D> 425 cannot connect
        = timer 5
        ! timer
        = abort 1
        C< 425 cannot connect
    ",
        ],
    );
}
