//! The `openssl` program as client.

use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use ttls_keyring::KeyType;
use ttls_policy::SessionReuse;
use ttls_tls::{Negotiated, SecondaryPurpose, SessionScope};

use crate::support::{PATIENCE, Rings, say, sourced, with_reuse};

/// Runs `openssl s_client` against one connection of the scope: control, or data with a purpose. On a control
/// connection the server speaks first, so that the client reads the tickets.
pub(crate) async fn s_client(
    scope: &SessionScope,
    data: Option<SecondaryPurpose>,
    arguments: &[&str],
) -> (Output, Negotiated) {
    let (mut client, server) = start(arguments).await;
    let input = client.stdin.take().expect("piped");
    let mut heard = Vec::new();
    let info = match data {
        Some(purpose) => {
            let server = scope
                .accept_secondary(server, purpose)
                .await
                .expect("a data connection");
            drop(input);
            let info = server.info().clone();
            finish(server).await;
            info
        }
        None => {
            let mut server = scope
                .accept_primary(server, Vec::new())
                .await
                .expect("a control connection");
            say(&mut server, b"220 ready\r\n").await;
            // The client has read the tickets in front of a line that it shows.
            heard = hear_line(client.stdout.as_mut().expect("piped"), "220 ready").await;
            drop(input);
            let info = server.info().clone();
            finish(server).await;
            info
        }
    };
    let mut output = client.wait_with_output().await.expect("ended");
    heard.append(&mut output.stdout);
    output.stdout = heard;
    (output, info)
}

/// Starts `openssl s_client` and accepts its connection.
pub(crate) async fn start(arguments: &[&str]) -> (Child, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("an address").to_string();
    let client = Command::new("openssl")
        .args(["s_client", "-connect", &address, "-servername", "localhost"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the openssl program (Debian package openssl)");
    let (server, _) = listener.accept().await.expect("accepted");
    (client, server)
}

/// Reads what the client shows, until it shows this.
pub(crate) async fn hear_line(client: &mut ChildStdout, line: &str) -> Vec<u8> {
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(line) {
        let read = client.read_buf(&mut heard);
        let count = timeout(PATIENCE, read).await.expect("in time").expect("readable");
        assert_ne!(count, 0, "the client ended before it heard \"{line}\"");
    }
    heard
}

pub(crate) async fn finish(mut stream: impl AsyncReadExt + Unpin) {
    let mut rest = Vec::new();
    // s_client ends with close_notify or without; both are fine here.
    let _ = stream.read_to_end(&mut rest).await;
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn shown(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[tokio::test]
async fn openssl_speaks_tls_12_and_13_with_us() {
    let rings = Rings::new();
    let scope = rings.environment(&with_reuse(SessionReuse::Allowed)).session();
    let ca = rings.folder("ring").join("ca/authority.pem");
    for (version, protocol, suite) in [
        ("-tls1_2", "TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"),
        ("-tls1_3", "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
    ] {
        let arguments = [
            version,
            "-CAfile",
            shown(&ca),
            "-verify_return_error",
            "-verify_hostname",
            "localhost",
        ];
        let (output, info) = s_client(&scope, None, &arguments).await;
        let output = text(&output);
        assert!(
            output.contains(&format!("New, {protocol}, Cipher is {suite}")),
            "{output}"
        );
        assert!(output.contains("Verification: OK"), "{output}");
        assert!(output.contains("220 ready"), "{output}");
        assert_eq!(info.protocol, protocol);
        assert!(!info.resumed);
    }
}

#[tokio::test]
async fn one_ticket_is_accepted_four_times_and_by_its_own_scope_only() {
    for version in ["-tls1_2", "-tls1_3"] {
        let rings = Rings::new();
        let folder = TempDir::new().expect("a folder");
        let ticket = folder.path().join("session.pem");
        let environment = rings.environment(&with_reuse(SessionReuse::Allowed));
        let scope = environment.session();
        let (_, info) = s_client(&scope, None, &[version, "-sess_out", shown(&ticket)]).await;
        assert!(!info.resumed);
        for purpose in [SecondaryPurpose::Upload, SecondaryPurpose::Download] {
            for _ in 0..2 {
                let (output, info) =
                    s_client(&scope, Some(purpose), &[version, "-sess_in", shown(&ticket)]).await;
                assert!(info.resumed, "{}", text(&output));
                assert!(text(&output).contains("Reused, "), "{}", text(&output));
            }
        }
        let arguments = [version, "-sess_in", shown(&ticket)];
        let (output, info) =
            s_client(&environment.session(), Some(SecondaryPurpose::Upload), &arguments).await;
        assert!(!info.resumed, "another scope's data connection");
        assert!(text(&output).contains("New, "), "{}", text(&output));
        let (_, info) = s_client(&environment.session(), None, &arguments).await;
        assert!(info.resumed, "another log-in");
    }
}

#[tokio::test]
async fn a_client_that_takes_no_tickets_resumes_by_session_id_within_its_scope() {
    let rings = Rings::new();
    let folder = TempDir::new().expect("a folder");
    let session = folder.path().join("session.pem");
    let environment = rings.environment(&with_reuse(SessionReuse::Allowed));
    let scope = environment.session();
    let tls12 = ["-tls1_2", "-no_ticket"];
    s_client(
        &scope,
        None,
        &[&tls12[..], &["-sess_out", shown(&session)]].concat(),
    )
    .await;
    let again = [&tls12[..], &["-sess_in", shown(&session)]].concat();
    for _ in 0..20 {
        let (output, info) = s_client(&scope, Some(SecondaryPurpose::Upload), &again).await;
        assert!(info.resumed, "{}", text(&output));
    }
    let (_, info) = s_client(&environment.session(), Some(SecondaryPurpose::Upload), &again).await;
    assert!(!info.resumed, "another scope's data connection");
}

#[tokio::test]
async fn the_certificate_is_the_one_that_the_client_can_verify() {
    let rings = Rings::empty();
    rings.add("ring", "ecdsa", KeyType::EcdsaP256, &["localhost"]);
    rings.add("ring", "rsa", KeyType::Rsa2048, &["localhost"]);
    let mut actions = with_reuse(SessionReuse::Allowed);
    for labels in [["ecdsa", "rsa"], ["rsa", "ecdsa"]] {
        actions.certificate_labels = sourced(labels.iter().map(|&label| label.to_owned()).collect());
        let scope = rings.environment(&actions).session();
        for (arguments, kind) in [
            (["-tls1_3", "-sigalgs", "RSA-PSS+SHA256"], "RSA-PSS"),
            (["-tls1_3", "-sigalgs", "ECDSA+SHA256"], "ECDSA"),
            (["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"], "RSA"),
            (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], "ECDSA"),
        ] {
            let (output, _) = s_client(&scope, None, &arguments).await;
            let output = text(&output);
            let line = output
                .lines()
                .find(|line| line.starts_with("Peer signature type: "));
            let signature = line.unwrap_or_else(|| panic!("no signature in {output}"));
            assert!(signature.contains(kind), "{labels:?} {arguments:?}: {signature}");
        }
    }
}

#[tokio::test]
async fn openssl_with_a_foreign_application_protocol_gets_alert_120() {
    let rings = Rings::new();
    let scope = Arc::new(rings.environment(&with_reuse(SessionReuse::Allowed)).session());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("an address").to_string();
    let client = Command::new("openssl")
        .args(["s_client", "-connect", &address, "-alpn", "http/1.1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the openssl program (Debian package openssl)");
    let (server, _) = listener.accept().await.expect("accepted");
    scope
        .accept_primary(server, Vec::new())
        .await
        .expect_err("refused");
    let output = client.wait_with_output().await.expect("ended");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("SSL alert number 120"), "{errors}");
}
