//! On a client's behalf: from the connection to the greeting that the client sees.

use std::time::Duration;

use ttls_ftp::{ClientConfig, Controller, DataProtection, ImplicitModel};

use crate::play::play_with;

/// An IPv4 program and an IPv4 server; the safe defaults of the policy.
pub(crate) fn config() -> ClientConfig {
    ClientConfig {
        client: "198.51.100.7:40000".parse().unwrap(),
        server: "198.51.100.7:21".parse().unwrap(),
        daemon: "198.51.100.7:21".parse().unwrap(),
        implicit: None,
        require_tls: true,
        auth_ssl: false,
        host: None,
        data: DataProtection::Private,
        allow_ccc: false,
        ccc_after_login: false,
        epsv4: false,
        ignore_passive_address: true,
        firewall_friendly: false,
        secure_wait: Duration::from_secs(120),
        implicit_detection: Duration::from_secs(1),
        abort_wait: Duration::from_secs(2),
        data_end_wait: Duration::from_secs(30),
    }
}

/// [`config`], changed.
pub(crate) fn with(change: impl FnOnce(&mut ClientConfig)) -> ClientConfig {
    let mut config = config();
    change(&mut config);
    config
}

pub(crate) fn script(config: ClientConfig, scripts: &[&str]) -> Controller {
    play_with(Controller::client(config), scripts)
}

/// Greeting, AUTH TLS, PBSZ, PROT P; the client is greeted.
pub(crate) const GREETED: &str = "
    = timer 120
    D> 220 ready
    D< AUTH TLS
    D> 234 go on
    = start tls
    ! tls established
    D< PBSZ 0
    D> 200 ok
    D< PROT P
    D> 200 ok
    = no timer
    C< 220 ready
";

#[test]
fn the_client_is_greeted_when_the_server_is_secured() {
    let controller = script(config(), &[GREETED]);
    assert!(controller.is_secure() && controller.is_idle());
}

#[test]
fn a_greeting_of_many_lines_after_a_delay_arrives_whole() {
    script(
        config(),
        &["
        = timer 120
        D> 120 in a minute
        D> 220-welcome
        D> to this
        D> 220 server
        D< AUTH TLS
        D> 234-now\\r\\n234 go
        = start tls
        ! tls established
        D< PBSZ 0
        D> 200 ok
        D< PROT P
        D> 200 ok
        = no timer
        C< 220-welcome
        C< to this
        C< 220 server
    "],
    );
}

#[test]
fn nothing_of_the_client_is_heard_before_the_server_is_secured() {
    script(
        config(),
        &["
        = timer 120
        C> USER mary
        D> 220 ready
        D< AUTH TLS
        D> 334 go on
        = start tls
        ! tls established
        D< PBSZ 0
        D> 500 what
        D< PROT P
        D> 200 ok
        = no timer
        C< 220 ready
        D< USER mary
    "],
    );
}

#[test]
fn bytes_behind_234_end_the_session() {
    for injected in ["D> 234 go\\r\\n230 welcome", "D> 234 go\\r\\n\\x16\\"] {
        script(
            config(),
            &["
            = timer 120
            D> 220 ready
            D< AUTH TLS
            ", injected, "
            = no timer
            C< 421 No secure session with the FTP server: bytes in clear behind the server's reply to AUTH: possible injection. Closing.
            = close BytesBehindAuth
        "],
        );
    }
}

#[test]
fn a_refused_auth_ends_the_session_where_tls_is_required() {
    script(
        config(),
        &["
        = timer 120
        D> 220 ready
        D< AUTH TLS
        D> 500 no such command.
        = no timer
        C< 421 No secure session with the FTP server: the server refuses AUTH, and SECURE_FTP is REQUIRED: 500 no such command. Closing.
        = close ServerNotSecured
    "],
    );
}

#[test]
fn a_refused_auth_leaves_a_clear_session_where_policy_lets_it() {
    let controller = script(
        with(|config| config.require_tls = false),
        &["
        = timer 120
        D> 220 ready
        D< AUTH TLS
        D> 502 no
        = no timer
        C< 220 ready
        C> USER mary
        D< USER mary
        D> 331 password
        C< 331 password
        C> RETR f
        C< 522 Data connections must be protected, and the server does not: see SECURE_DATACONN.
    "],
    );
    assert!(!controller.is_secure());
}

#[test]
fn auth_ssl_is_tried_second_where_policy_says_so() {
    script(
        with(|config| config.auth_ssl = true),
        &["
        = timer 120
        D> 220 ready
        D< AUTH TLS
        D> 504 no
        D< AUTH SSL
        D> 234 go on
        = start tls
    "],
    );
}

#[test]
fn host_goes_ahead_of_auth() {
    let named = || with(|config| config.host = Some("ftp.example.com".to_owned()));
    let asked = "
        = timer 120
        D> 220 ready
        D< HOST ftp.example.com
    ";
    script(named(), &[asked, "D> 220 it is me\nD< AUTH TLS\n"]);
    script(named(), &[asked, "D> 502 what\nD< AUTH TLS\n"]);
    script(
        named(),
        &[
            asked,
            "
        D> 504 who
        = no timer
        C< 421 No secure session with the FTP server: the server has no such host: 504 who. Closing.
        = close ServerNotSecured
    ",
        ],
    );
}

#[test]
fn a_server_that_logs_in_before_tls_is_not_believed() {
    script(
        config(),
        &["
        = timer 120
        D> 230 welcome
        = no timer
        C< 421 No secure session with the FTP server: the server skips TLS: 230 welcome. Closing.
        = close ServerNotSecured
    "],
    );
}

#[test]
fn the_client_is_told_why_the_handshake_failed() {
    script(
        config(),
        &["
        = timer 120
        D> 220 ready
        D< AUTH TLS
        D> 234 go
        = start tls
        ! tls failed certificate expired
        = no timer
        C< 421 No secure session with the FTP server: certificate expired. Closing.
        = close ServerNotSecured
    "],
    );
}

#[test]
fn a_refused_prot_p_ends_the_session() {
    script(
        config(),
        &["
        = timer 120
        D> 220 ready
        D< AUTH TLS
        D> 234 go
        = start tls
        ! tls established
        D< PBSZ 0
        D> 200 ok
        D< PROT P
        D> 534 no
        = no timer
        C< 421 No secure session with the FTP server: the server refuses PROT P: 534 no. Closing.
        = close ServerNotSecured
    "],
    );
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    script(
        config(),
        &["
        = timer 120
        ! timer
        C< 421 No secure session with the FTP server: the server does not answer in time. Closing.
        = close ServerNotSecured
    "],
    );
}

#[test]
fn a_server_that_closes_early_is_reported() {
    script(
        config(),
        &["
        = timer 120
        D> 220 ready
        D< AUTH TLS
        ! daemon closed
        = no timer
        C< 421 No secure session with the FTP server: the server closed the connection. Closing.
        = close ServerNotSecured
    "],
    );
}

#[test]
fn implicit_tls_begins_at_once_and_the_greeting_comes_under_it() {
    script(
        with(|config| config.implicit = Some(ImplicitModel::Netscape)),
        &["
        = timer 120
        = start tls
        ! tls established
        D> 220 ready
        D< PBSZ 0
        D> 503 not here
        = no timer
        C< 220 ready
    "],
    );
}

#[test]
fn the_zos_model_of_implicit_tls_begins_behind_the_greeting() {
    script(
        with(|config| config.implicit = Some(ImplicitModel::Zos)),
        &["
        = timer 120
        D> 220 ready
        = start tls
        ! tls established
        D< PBSZ 0
        D> 200 ok
        D< PROT P
        D> 500 implied
        = no timer
        C< 220 ready
    "],
    );
}

#[test]
fn auto_sees_which_model_the_server_has() {
    let auto = || with(|config| config.implicit = Some(ImplicitModel::Auto));
    script(
        auto(),
        &["
        = timer 1
        ! timer
        = timer 120
        = start tls
        ! tls established
        D> 220 ready
        D< PBSZ 0
    "],
    );
    script(
        auto(),
        &["
        = timer 1
        D> 220 ready
        = timer 120
        = start tls
        ! tls established
        D< PBSZ 0
    "],
    );
}
