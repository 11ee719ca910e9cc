//! A ticket for each data connection, for clients that use a ticket once.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::cipher_suite;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ttls_policy::SessionReuse;
use ttls_tls::{HandshakeError, SecondaryPurpose};

use crate::openssl::{finish, hear_line, s_client, shown, start};
use crate::support::{PATIENCE, Rings, TLS12, TLS13, control, data, hear, say, sourced, with_reuse};

/// Tickets that come right after the handshake.
const AT_FIRST: usize = 4;

/// Tickets that the OpenSSL test asks for.
const MORE: usize = 3;

/// What s_client shows for each ticket of TLS 1.3.
const ARRIVED: &str = "Post-Handshake New Session Ticket arrived";

#[tokio::test]
async fn rustls_resumes_every_upload_where_a_ticket_is_sent_before_each() {
    let suites = [
        (0x1301, cipher_suite::TLS13_AES_128_GCM_SHA256),
        (0x1302, cipher_suite::TLS13_AES_256_GCM_SHA384),
        (0x1303, cipher_suite::TLS13_CHACHA20_POLY1305_SHA256),
    ];
    for (number, suite) in suites {
        let rings = Rings::new();
        let mut actions = with_reuse(SessionReuse::Required);
        actions.cipher_suites = sourced(vec![number]);
        let scope = rings.environment(&actions).session();
        let config = Arc::new(rings.client(&[TLS13]));
        let (mut client, mut server) = control(&scope, &config).await;
        assert_eq!(server.info().suite_number, u16::from(suite.suite()));
        for _ in 0..AT_FIRST + 12 {
            server.send_ticket().await.expect("sent");
            say(&mut server, b"227 here\r\n").await;
            assert_eq!(hear(&mut client, 10).await, b"227 here\r\n");
            let (_client, upload) = data(&scope, &config, SecondaryPurpose::Upload)
                .await
                .expect("resumed");
            assert!(upload.info().resumed);
        }
    }
}

#[tokio::test]
async fn without_another_ticket_rustls_has_none_left_for_the_fifth_upload() {
    let rings = Rings::new();
    let scope = rings.environment(&with_reuse(SessionReuse::Required)).session();
    let config = Arc::new(rings.client(&[TLS13]));
    let (mut client, mut server) = control(&scope, &config).await;
    for _ in 0..AT_FIRST {
        let accepted = data(&scope, &config, SecondaryPurpose::Upload).await;
        accepted.expect("resumed");
    }
    let refused = data(&scope, &config, SecondaryPurpose::Upload).await;
    assert!(matches!(refused, Err(HandshakeError::NotResumed)));

    server.send_ticket().await.expect("sent");
    say(&mut server, b"227 here\r\n").await;
    hear(&mut client, 10).await;
    let accepted = data(&scope, &config, SecondaryPurpose::Upload).await;
    accepted.expect("resumed again");
}

#[tokio::test]
async fn openssl_stores_each_ticket_and_resumes_with_the_newest_in_its_scope_only() {
    let rings = Rings::new();
    let folder = TempDir::new().expect("a folder");
    let newest = folder.path().join("session.pem");
    let environment = rings.environment(&with_reuse(SessionReuse::Allowed));
    let scope = environment.session();

    let (mut client, server) = start(&["-tls1_3", "-sess_out", shown(&newest)]).await;
    let input = client.stdin.take();
    let output = client.stdout.as_mut().expect("piped");
    let mut server = scope
        .accept_primary(server, Vec::new())
        .await
        .expect("a control connection");
    say(&mut server, b"220 ready\r\n").await;
    let mut heard = hear_line(output, "220 ready").await;
    for number in 0..MORE {
        // The client writes it again for every ticket.
        std::fs::remove_file(&newest).expect("there");
        server.send_ticket().await.expect("sent");
        let line = format!("227 data connection {number}");
        say(&mut server, format!("{line}\r\n").as_bytes()).await;
        heard.extend(hear_line(output, &line).await);

        let again = ["-tls1_3", "-sess_in", shown(&newest)];
        for purpose in [SecondaryPurpose::Upload, SecondaryPurpose::Download] {
            let (_, info) = s_client(&scope, Some(purpose), &again).await;
            assert!(info.resumed);
        }
        let other = environment.session();
        let (_, info) = s_client(&other, Some(SecondaryPurpose::Upload), &again).await;
        assert!(!info.resumed, "another scope's data connection");
    }
    drop(input);
    finish(server).await;
    // It shows tickets through a buffer, and lines at once.
    heard.extend(client.wait_with_output().await.expect("ended").stdout);
    let heard = String::from_utf8_lossy(&heard);
    assert_eq!(heard.matches(ARRIVED).count(), AT_FIRST + MORE, "{heard}");
}

#[tokio::test]
async fn the_stream_carries_what_is_written_around_tickets_and_nothing_else() {
    for (version, reuse) in [
        (TLS13, SessionReuse::Required),
        (TLS13, SessionReuse::None),
        (TLS12, SessionReuse::Required),
        (TLS12, SessionReuse::None),
    ] {
        let rings = Rings::new();
        let scope = rings.environment(&with_reuse(reuse)).session();
        let (mut client, mut server) = control(&scope, &Arc::new(rings.client(&[version]))).await;
        let replies: Vec<Vec<u8>> = (0..40)
            .map(|number| vec![number; 1 + 977 * usize::from(number)])
            .collect();
        let expected = replies.concat();
        let writing = async {
            for reply in &replies {
                server.send_ticket().await.expect("sent");
                server.write_all(reply).await.expect("written");
                server.send_ticket().await.expect("sent");
            }
            server.send_ticket().await.expect("sent");
            server.close().await.expect("closed");
        };
        let reading = async {
            let mut heard = Vec::new();
            client.read_to_end(&mut heard).await.expect("close_notify");
            client.shutdown().await.expect("closed");
            heard
        };
        let both = async { tokio::join!(writing, reading).1 };
        let heard = tokio::time::timeout(PATIENCE, both).await.expect("in time");
        assert!(heard == expected, "{} bytes of {}", heard.len(), expected.len());
    }
}

#[tokio::test]
async fn reuse_none_and_tls_12_send_nothing() {
    for (version, reuse) in [
        (TLS13, SessionReuse::None),
        (TLS12, SessionReuse::Required),
        (TLS12, SessionReuse::None),
    ] {
        let rings = Rings::new();
        let scope = rings.environment(&with_reuse(reuse)).session();
        let (client, mut server) = control(&scope, &Arc::new(rings.client(&[version]))).await;
        let (mut socket, _tls) = client.into_inner();
        server.send_ticket().await.expect("nothing to do");
        server.flush().await.expect("flushed");
        // Behind what TLS would have sent by now.
        let mut server = server.stop(std::time::Duration::ZERO).await.expect("stopped");
        say(&mut server, b"clear").await;
        let mut heard = Vec::new();
        while !heard.ends_with(b"clear") {
            heard.extend(hear(&mut socket, 1).await);
        }
        // One record: close_notify.
        let length = usize::from(u16::from_be_bytes([heard[3], heard[4]]));
        assert_eq!(heard.len(), 5 + length + 5, "{version:?} {reuse:?}");
    }
}

#[tokio::test]
async fn after_a_key_update_there_is_no_ticket_and_the_client_sees_no_marker() {
    let rings = Rings::new();
    let scope = rings.environment(&with_reuse(SessionReuse::Required)).session();
    let config = Arc::new(rings.client(&[TLS13]));
    let (mut client, mut server) = control(&scope, &config).await;
    for round in 0..3 {
        client.get_mut().1.refresh_traffic_keys().expect("requested");
        say(&mut client, b"PASV\r\n").await;
        assert_eq!(hear(&mut server, 6).await, b"PASV\r\n");
        for _ in 0..3 {
            server.send_ticket().await.expect("an empty record");
            say(&mut server, b"227 here\r\n").await;
            assert_eq!(hear(&mut client, 10).await, b"227 here\r\n", "round {round}");
        }
    }
    for _ in 0..AT_FIRST {
        let accepted = data(&scope, &config, SecondaryPurpose::Upload).await;
        accepted.expect("one of the first tickets");
    }
    let refused = data(&scope, &config, SecondaryPurpose::Upload).await;
    assert!(matches!(refused, Err(HandshakeError::NotResumed)));
}
