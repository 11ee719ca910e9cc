//! TLS from the first byte, in both models.

use ttls_ftp::ImplicitModel::{Auto, Netscape, Zos};

use crate::play::{implicit, play};

#[test]
fn netscape_starts_tls_at_once_and_greets_under_it() {
    play(
        implicit(Netscape),
        &["
        = start tls
        D> 120 in a moment
        D> 220-multi\\r\\n220 ready
        ! tls established
        C< 120 in a moment
        C< 220-multi
        C< 220 ready
    "],
    );
}

#[test]
fn zos_greets_in_clear_and_then_wants_a_client_hello() {
    play(
        implicit(Zos),
        &[r"
        D> 220 ready
        C< 220 ready
        C> \x16\x03\x01\
        = start tls \x16\x03\x01
        ! tls established
    "],
    );
}

#[test]
fn clear_commands_on_an_implicit_port_end_the_session() {
    for model in [Zos, Auto] {
        let start = if model == Auto { "= timer 1" } else { "" };
        play(
            implicit(model),
            &[
                start,
                "
            C> USER mary
            C< 421 TLS is implicit on this port. Closing.
            = close NotTls
        ",
            ],
        );
    }
}

#[test]
fn detection_takes_a_client_that_speaks_first_for_netscape() {
    play(
        implicit(Auto),
        &[r"
        = timer 1
        D> 220 ready
        C> \x16\
        = no timer
        = start tls \x16
        ! timer
        ! tls established
        C< 220 ready
    "],
    );
}

#[test]
fn detection_takes_a_client_that_waits_for_zos() {
    play(
        implicit(Auto),
        &[r"
        = timer 1
        D> 220 ready
        ! timer
        C< 220 ready
        C> \x16\x03\x01\
        = start tls \x16\x03\x01
        ! tls established
    "],
    );
}

#[test]
fn data_are_protected_without_pbsz_and_prot_which_are_answered_all_the_same() {
    play(
        implicit(Netscape),
        &["
        = start tls
        ! tls established
        D> 220 ready
        C< 220 ready
        C> AUTH TLS
        C< 503 TLS is implicit on this port, AUTH is not needed.
        C> LIST
        D< LIST
        D> 425 no data connection
        C< 425 no data connection
        C> PROT C
        C< 200 Data connections will be in clear.
        C> LIST
        C< 522 Data connections must be protected: send PROT P.
        C> PBSZ 0
        C< 200 PBSZ=0
        C> PROT P
        C< 200 Data connections will be protected.
    "],
    );
}

#[test]
fn feat_and_ccc_know_that_tls_is_implicit() {
    let mut config = implicit(Netscape);
    config.allow_ccc = true;
    play(
        config,
        &["
        = start tls
        ! tls established
        D> 220 ready
        C< 220 ready
        C> CCC
        C< 534 CCC is refused where TLS is implicit.
        C> FEAT
        D< FEAT
        D> 502 no
        C< 211-Features:
        C<  AUTH TLS
        C<  PBSZ
        C<  PROT
        C< 211 End
    "],
    );
}
