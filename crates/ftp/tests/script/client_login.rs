//! On a client's behalf: login, and what the client itself says about TLS.

use ttls_ftp::DataProtection;

use crate::client_secure::{GREETED, config, script, with};

/// USER and PASS.
pub(crate) const LOGIN: &str = "
    C> USER mary
    D< USER mary
    D> 331 password
    C< 331 password
    C> PASS x
    D< PASS x
    D> 230 welcome
    C< 230 welcome
";

/// USER and PASS up to the server's 230.
const LOGGING_IN: &str = "
    C> USER mary
    D< USER mary
    D> 331 password
    C< 331 password
    C> PASS x
    D< PASS x
    D> 230-wel\\r\\n230 come
";

/// The server wants a login before PBSZ.
const LATE: &str = "
    = timer 120
    D> 220 ready
    D< AUTH TLS
    D> 234 go on
    = start tls
    ! tls established
    D< PBSZ 0
    D> 530 log in first
    = no timer
    C< 220 ready
";

#[test]
fn protection_is_asked_for_again_behind_the_login() {
    let controller = script(
        config(),
        &[
            LATE,
            LOGGING_IN,
            "
        = timer 120
        D< PBSZ 0
        D> 200 ok
        D< PROT P
        D> 200 ok
        = no timer
        C< 230-wel
        C< 230 come
    ",
        ],
    );
    assert_eq!(controller.user(), Some("mary"));
}

#[test]
fn a_login_by_certificate_counts() {
    script(
        config(),
        &[
            LATE,
            "
        C> USER mary
        D< USER mary
        D> 232 known by certificate
        = timer 120
        D< PBSZ 0
        D> 200 ok
        D< PROT P
        D> 200 ok
        = no timer
        C< 232 known by certificate
    ",
        ],
    );
}

#[test]
fn protection_refused_behind_the_login_ends_the_session() {
    script(
        config(),
        &[
            LATE,
            LOGGING_IN,
            "
        = timer 120
        D< PBSZ 0
        D> 530 no
        D< PROT P
        D> 530 never
        = no timer
        C< 421 No secure session with the FTP server: the server refuses PROT P: 530 never. Closing.
        = close ServerNotSecured
    ",
        ],
    );
}

#[test]
fn a_refused_login_passes() {
    script(
        config(),
        &[
            LATE,
            "
        C> USER mary
        D< USER mary
        D> 331 password
        C< 331 password
        C> PASS x
        D< PASS x
        D> 530 wrong
        C< 530 wrong
        C> USER mary
        D< USER mary
    ",
        ],
    );
}

#[test]
fn ccc_follows_the_login_where_policy_says_so() {
    let controller = script(
        with(|config| (config.allow_ccc, config.ccc_after_login) = (true, true)),
        &[
            GREETED,
            LOGGING_IN,
            "
        = timer 120
        D< CCC
        D> 200 back to clear
        = stop tls
        ! tls stopped
        D< NOOP
        D> \\x15\\x03\\x03\\0\\x02\\x01\\0200 fine
        = no timer
        C< 230-wel
        C< 230 come
        C> PWD
        D< PWD
        D> 257 here
        C< 257 here
    ",
        ],
    );
    assert!(!controller.is_secure());
}

#[test]
fn a_refused_ccc_leaves_the_session_protected() {
    let controller = script(
        with(|config| (config.allow_ccc, config.ccc_after_login) = (true, true)),
        &[
            GREETED,
            LOGGING_IN,
            "
        = timer 120
        D< CCC
        D> 534 no
        = no timer
        C< 230-wel
        C< 230 come
    ",
        ],
    );
    assert!(controller.is_secure());
}

#[test]
fn replies_behind_the_one_to_ccc_are_refused() {
    script(
        with(|config| (config.allow_ccc, config.ccc_after_login) = (true, true)),
        &[
            GREETED,
            LOGGING_IN,
            "
        = timer 120
        D< CCC
        D> 200 back\\r\\n226 more
        C< 421 Replies behind the one to CCC under TLS are refused. Closing.
        = close BytesBehindCcc
    ",
        ],
    );
}

#[test]
fn the_clients_own_words_about_tls_are_answered_here() {
    script(
        config(),
        &[
            GREETED,
            LOGIN,
            "
        C> AUTH TLS
        C< 503 The connection to the server is secured already: go on without AUTH.
        C> PBSZ 0
        C< 200 PBSZ=0
        C> PROT P
        C< 200 Data connections are so already.
        C> PROT C
        C< 534 The protection of data connections is set by policy (SECURE_DATACONN).
        C> CCC
        C< 534 CCC is refused by policy.
        C> REIN
        C< 502 REIN is not offered here.
    ",
        ],
    );
}

#[test]
fn the_client_may_choose_where_policy_leaves_it_the_choice() {
    script(
        with(|config| config.data = DataProtection::Clear),
        &[
            "
        = timer 120
        D> 220 ready
        D< AUTH TLS
        D> 234 go on
        = start tls
        ! tls established
        D< PBSZ 0
        D> 200 ok
        D< PROT C
        D> 200 ok
        = no timer
        C< 220 ready
    ",
            LOGIN,
            "
        C> PROT P
        D< PROT P
        D> 200 private
        C< 200 private
        C> EPSV
        D< EPSV
        D> 229 ok (|||5001|)
        = passive 1 198.51.100.7:5001
        ! expecting 1 198.51.100.7:5001
        C< 229 ok (|||5001|)
        C> STOR f
        D< STOR f
        D> 150 go
        C< 150 go
        = open 1 protected up
    ",
        ],
    );
}

#[test]
fn the_client_does_not_see_that_the_server_has_tls() {
    script(
        config(),
        &[
            GREETED,
            LOGIN,
            "
        C> FEAT
        D< FEAT
        D> 211-Features\\r\\n AUTH TLS\\r\\n PBSZ\\r\\n PROT\\r\\n UTF8\\r\\n211 End
        C< 211-Features
        C<  UTF8
        C< 211 End
    ",
        ],
    );
}
