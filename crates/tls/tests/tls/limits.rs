//! Handshakes that do not come, do not end, or are none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConnection;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ttls_tls::{HandshakeError, SecondaryPurpose};

use crate::support::{Rings, TLS12, TLS13, actions, pending, sourced, tcp};

fn rings_and_quick_actions() -> (Rings, ttls_policy::ActionSet) {
    let mut actions = actions();
    actions.handshake_timeout = sourced(Some(Duration::from_millis(200)));
    (Rings::new(), actions)
}

#[tokio::test]
async fn a_silent_client_is_given_up_after_the_start_interval() {
    let (rings, actions) = rings_and_quick_actions();
    let scope = rings.environment(&actions).session();
    let (_client, server) = tcp().await;
    let begin = Instant::now();
    let error = scope
        .accept_primary(server, Vec::new())
        .await
        .expect_err("silent");
    assert!(matches!(error, HandshakeError::NoClientHello { .. }));
    assert_eq!(error.return_code(), 5004);
    assert!(begin.elapsed() < Duration::from_secs(5));

    let (_client, server) = tcp().await;
    let error = scope
        .accept_secondary(server, SecondaryPurpose::Upload)
        .await
        .expect_err("silent");
    assert_eq!(error.return_code(), 5004);
}

#[tokio::test]
async fn a_client_hello_that_dribbles_in_does_not_stretch_the_start_interval() {
    let (rings, actions) = rings_and_quick_actions();
    let scope = rings.environment(&actions).session();
    let (mut client, server) = tcp().await;
    let dribble = tokio::spawn(async move {
        // Handshake record of 256 bytes: a ClientHello, slowly.
        let mut bytes = vec![22, 3, 1, 1, 0, 1, 0, 0, 252];
        bytes.resize(261, 0);
        for byte in bytes {
            if client.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let error = scope.accept_primary(server, Vec::new()).await.expect_err("slow");
    assert_eq!(error.return_code(), 5004);
    dribble.abort();
}

#[tokio::test]
async fn a_client_that_stops_after_its_hello_is_given_up_after_ten_times_as_long() {
    let (rings, actions) = rings_and_quick_actions();
    let scope = rings.environment(&actions).session();
    let (mut client, server) = tcp().await;
    let config = Arc::new(rings.client(&[TLS13]));
    let name = ServerName::try_from("localhost").expect("a name");
    let mut tls = ClientConnection::new(config, name).expect("a client");
    client.write_all(&pending(&mut tls)).await.expect("written");
    let begin = Instant::now();
    let error = scope.accept_primary(server, Vec::new()).await.expect_err("stuck");
    assert!(matches!(error, HandshakeError::NotCompleted { .. }));
    assert_eq!(error.return_code(), 5005);
    assert!(begin.elapsed() >= Duration::from_secs(2) && begin.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn clear_text_instead_of_a_handshake_is_told_apart() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    for text in [
        b"USER anonymous\r\n".as_slice(),
        b"\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        let (mut client, server) = tcp().await;
        client.write_all(text).await.expect("written");
        client.shutdown().await.expect("ended");
        let error = scope
            .accept_primary(server, Vec::new())
            .await
            .expect_err("clear text");
        assert!(matches!(error, HandshakeError::NotTls), "{error}");
        assert_eq!(error.return_code(), 5003);

        let (mut client, server) = tcp().await;
        client.write_all(text).await.expect("written");
        client.shutdown().await.expect("ended");
        let error = scope
            .accept_primary(server, text.to_vec())
            .await
            .expect_err("clear text");
        assert!(matches!(error, HandshakeError::NotTls), "{error}");
    }
    let (mut client, server) = tcp().await;
    client.write_all(b"NOT TLS AT ALL").await.expect("written");
    client.shutdown().await.expect("ended");
    let error = scope
        .accept_secondary(server, SecondaryPurpose::Upload)
        .await
        .expect_err("clear text");
    assert!(matches!(error, HandshakeError::NotTls), "{error}");
}

#[tokio::test]
async fn a_client_that_closes_is_told_apart() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (client, server) = tcp().await;
    drop(client);
    let error = scope
        .accept_primary(server, Vec::new())
        .await
        .expect_err("closed");
    assert!(matches!(error, HandshakeError::Closed));
    assert_eq!(error.return_code(), 420);
}

#[tokio::test]
async fn the_alert_of_a_failed_handshake_arrives_although_the_client_sent_more() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (mut client, server) = tcp().await;
    let serving = tokio::spawn(async move { scope.accept_primary(server, Vec::new()).await.map(drop) });

    let mut config = rings.client(&[TLS12]);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = ServerName::try_from("localhost").expect("a name");
    let mut tls = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut bytes = pending(&mut tls);
    // Unread by the server: closing its socket at once would reset the connection.
    bytes.extend_from_slice(&[0; 10_000]);
    client.write_all(&bytes).await.expect("written");
    tokio::time::sleep(Duration::from_millis(100)).await;

    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("an alert, then FIN");
    assert_eq!(answer, [21, 3, 3, 0, 2, 2, 120]);
    drop(client);
    serving.await.expect("joined").expect_err("refused");
}
