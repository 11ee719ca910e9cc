//! PBSZ, PROT, CCC and FEAT.

use ttls_ftp::ControllerConfig;

use crate::play::{GREETED, LOGGED_IN, SECURED, config, play, with};

fn ccc_allowed() -> ControllerConfig {
    with(|config| config.allow_ccc = true)
}

#[test]
fn pbsz_and_prot_in_clear_are_refused() {
    play(
        config(),
        &[
            GREETED,
            "
        C> PBSZ 0
        C< 503 PBSZ needs a secure control connection: send AUTH TLS first.
        C> PROT P
        C< 503 PROT needs a secure control connection: send AUTH TLS first.
    ",
        ],
    );
}

#[test]
fn prot_needs_pbsz_and_takes_c_and_p() {
    play(
        config(),
        &[
            SECURED,
            "
        C> PROT P
        C< 503 Send PBSZ 0 before PROT.
        C> PBSZ
        C< 501 PBSZ needs a number: PBSZ 0.
        C> PBSZ 4294967296
        C< 501 PBSZ needs a number: PBSZ 0.
        C> PBSZ 16384
        C< 200 PBSZ=0
        C> PROT S
        C< 536 TLS has no such level: use PROT P or PROT C.
        C> PROT E
        C< 536 TLS has no such level: use PROT P or PROT C.
        C> PROT X
        C< 504 Unknown level: use PROT P or PROT C.
        C> PROT
        C< 501 PROT needs a level: PROT P.
        C> prot p
        C< 200 Data connections will be protected.
        C> PROT C
        C< 200 Data connections will be in clear.
    ",
        ],
    );
}

#[test]
fn prot_p_is_refused_where_policy_says_never() {
    let never = with(|config| {
        config.refuse_data_protection = true;
        config.require_data_protection = false;
    });
    play(
        never,
        &[
            SECURED,
            "
        C> PBSZ 0
        C< 200 PBSZ=0
        C> PROT P
        C< 534 PROT P is refused by policy.
    ",
        ],
    );
}

#[test]
fn commands_of_other_security_mechanisms_are_refused() {
    play(
        config(),
        &[
            SECURED,
            "
        C> ADAT xyz
        C< 503 AUTH TLS needs no ADAT.
        C> MIC x
        C< 502 MIC is not offered here.
        C> CONF x
        C< 502 CONF is not offered here.
        C> ENC x
        C< 502 ENC is not offered here.
        C> SSCN ON
        C< 502 SSCN is not offered here.
        C> CPSV
        C< 502 CPSV is not offered here.
        C> LPRT 6,16
        C< 502 LPRT is not offered here.
        C> LPSV
        C< 502 LPSV is not offered here.
        C> REIN
        C< 502 REIN is not offered here.
    ",
        ],
    );
}

#[test]
fn ccc_is_refused_by_default() {
    play(
        config(),
        &[
            LOGGED_IN,
            "
        C> CCC
        C< 534 CCC is refused by policy.
    ",
        ],
    );
}

#[test]
fn ccc_needs_tls_and_a_login() {
    play(
        ccc_allowed(),
        &[
            GREETED,
            "
        C> CCC
        C< 533 The control connection is not protected.
    ",
        ],
    );
    play(
        ccc_allowed(),
        &[
            SECURED,
            "
        C> CCC
        C< 503 Log in before CCC.
    ",
        ],
    );
}

const CCC: &str = "
    C> CCC
    C< 200 CCC accepted, stopping TLS.
    = stop tls
    ! tls stopped
";

#[test]
fn after_ccc_commands_pass_in_clear_and_the_level_of_protection_stays() {
    let mut controller = play(
        ccc_allowed(),
        &[
            LOGGED_IN,
            CCC,
            "
        C> PBSZ 0
        C< 503 PBSZ is not accepted after CCC.
        C> PROT C
        C< 503 PROT is not accepted after CCC.
        C> AUTH TLS
        C< 534 AUTH is not accepted after CCC.
        C> CCC
        C< 533 The control connection is not protected.
        C> EPSV
        D< EPSV
        D> 229 Extended (|||5001|)
        = passive 1 127.0.0.1:5001
        ! expecting 1 198.51.100.7:5001
        C< 229 Extended (|||5001|)
        C> RETR f
        D< RETR f
        D> 150 opening
        C< 150 opening
        = open 1 protected down
    ",
        ],
    );
    assert!(!controller.is_secure());
    assert_eq!(controller.user(), Some("mary"));
    assert!(controller.handle(ttls_ftp::Event::TlsEstablished).is_empty());
    assert!(!controller.is_secure());
}

#[test]
fn one_late_alert_after_ccc_is_swallowed() {
    play(
        ccc_allowed(),
        &[
            LOGGED_IN,
            CCC,
            r"
        C> \x15\x03\x03\x00\
        C> \x02\x01\x00NO\
        C> OP
        D< NOOP
    ",
        ],
    );
}

#[test]
fn tls_records_after_ccc_end_the_session() {
    play(
        ccc_allowed(),
        &[
            LOGGED_IN,
            CCC,
            r"
        C> \x16\x03\x01\
        = close BytesBehindCcc
    ",
        ],
    );
}

#[test]
fn commands_behind_ccc_under_tls_end_the_session() {
    play(
        ccc_allowed(),
        &[
            LOGGED_IN,
            r"
        C> CCC\r\nDELE x
        C< 421 Commands behind CCC under TLS are refused. Closing.
        = close BytesBehindCcc
    ",
        ],
    );
    play(
        ccc_allowed(),
        &[
            LOGGED_IN,
            "
        C> CCC
        C< 200 CCC accepted, stopping TLS.
        = stop tls
        C> DELE x
        = close BytesBehindCcc
    ",
        ],
    );
}

#[test]
fn feat_shows_our_features_in_place_of_the_daemons() {
    play(ccc_allowed(), &[GREETED, "
        C> FEAT
        D< FEAT
        D> 211-Extensions:\\r\\n AUTH SSL\\r\\n UTF8\\r\\n PBSZ\\r\\n SSCN\\r\\n MODE Z\\r\\n CPSV\\r\\n211 End
        C< 211-Extensions:
        C<  UTF8
        C<  MODE Z
        C<  AUTH TLS
        C<  PBSZ
        C<  PROT
        C<  CCC
        C< 211 End
    "]);
}

#[test]
fn feat_is_built_where_the_daemon_has_none() {
    for refusal in ["500 what?", "502 no", "530 log in", "211 none"] {
        play(
            config(),
            &[
                SECURED,
                &format!(
                    "
            C> FEAT
            D< FEAT
            D> {refusal}
            C< 211-Features:
            C<  AUTH TLS
            C<  PBSZ
            C<  PROT
            C< 211 End
        "
                ),
            ],
        );
    }
}

#[test]
fn feat_after_ccc_shows_no_security() {
    play(
        ccc_allowed(),
        &[
            LOGGED_IN,
            CCC,
            "
        C> FEAT
        D< FEAT
        D> 211-Extensions:\\r\\n AUTH TLS\\r\\n UTF8\\r\\n211 End
        C< 211-Extensions:
        C<  UTF8
        C< 211 End
        C> FEAT
        D< FEAT
        D> 500 what?
        C< 500 what?
    ",
        ],
    );
}
