//! Bulk data.

use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ttls_tls::SecondaryPurpose;

use crate::support::{PATIENCE, Rings, TLS12, TLS13, actions, connect, control, data, hear, say, tcp};

#[tokio::test]
async fn an_upload_by_a_client_that_closes_without_reading_arrives_whole() {
    const SIZE: usize = 20_000_000;
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let config = Arc::new(rings.client(&[version]));
        for _ in 0..3 {
            let (socket, server) = tcp().await;
            let config = Arc::clone(&config);
            let socket = socket.into_std().expect("a socket");
            let client = tokio::task::spawn_blocking(move || {
                socket.set_nonblocking(false).expect("blocking");
                let name = ServerName::try_from("localhost").expect("a name");
                let tls = ClientConnection::new(config, name).expect("a client");
                let mut stream = StreamOwned::new(tls, socket);
                stream.write_all(&vec![7; SIZE]).expect("written");
                stream.conn.send_close_notify();
                stream.conn.write_tls(&mut stream.sock).expect("close_notify");
                // Closed here, with whatever the server sent unread.
            });
            let mut server = scope
                .accept_secondary(server, SecondaryPurpose::Upload)
                .await
                .expect("accepted");
            let mut received = Vec::new();
            server
                .read_to_end(&mut received)
                .await
                .expect("whole, with close_notify");
            assert_eq!(received.len(), SIZE);
            assert!(received.iter().all(|&byte| byte == 7));
            client.await.expect("joined");
        }
    }
}

#[tokio::test]
async fn no_byte_follows_the_handshake_of_an_upload() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let config = Arc::new(rings.client(&[TLS13]));
    let (client, _server) = data(&scope, &config, SecondaryPurpose::Upload)
        .await
        .expect("accepted");
    let (socket, _tls) = client.into_inner();
    let silent = tokio::time::timeout(Duration::from_millis(300), socket.peek(&mut [0; 1])).await;
    assert!(silent.is_err(), "the server sent something: tickets");
}

#[tokio::test]
async fn a_stream_cut_off_without_close_notify_is_an_unexpected_end() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let config = Arc::new(rings.client(&[version]));
        let (mut client, mut server) = data(&scope, &config, SecondaryPurpose::Upload)
            .await
            .expect("accepted");
        say(&mut client, b"half a file").await;
        // FIN, as the kernel sends it for a client that was killed.
        drop(client.into_inner().0);
        assert_eq!(hear(&mut server, 11).await, b"half a file");
        let error = server.read(&mut [0; 16]).await.expect_err("truncated");
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}

#[tokio::test]
async fn a_stream_ended_with_close_notify_reads_as_its_end() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let config = Arc::new(rings.client(&[TLS13]));
    let (mut client, mut server) = data(&scope, &config, SecondaryPurpose::Upload)
        .await
        .expect("accepted");
    say(&mut client, b"a file").await;
    client.shutdown().await.expect("close_notify");
    let mut received = Vec::new();
    server.read_to_end(&mut received).await.expect("whole");
    assert_eq!(received, b"a file");
    // The other direction is still open.
    say(&mut server, b"!").await;
    server.shutdown().await.expect("close_notify");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("whole");
    assert_eq!(answer, b"!");
}

#[tokio::test]
async fn a_download_ends_with_close_notify_and_then_fin() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let config = Arc::new(rings.client(&[version]));
        let (mut client, mut server) = data(&scope, &config, SecondaryPurpose::Download)
            .await
            .expect("accepted");
        let sending = tokio::spawn(async move {
            server.write_all(&vec![9; 5_000_000]).await.expect("written");
            server.shutdown().await.expect("close_notify");
            let mut rest = Vec::new();
            // Until the client has closed, so that our end arrives.
            let _ = tokio::time::timeout(PATIENCE, server.read_to_end(&mut rest)).await;
        });
        let mut received = Vec::new();
        // rustls reports an end without close_notify as an error.
        client.read_to_end(&mut received).await.expect("whole");
        assert_eq!(received.len(), 5_000_000);
        let (mut socket, _tls) = client.into_inner();
        assert_eq!(socket.read(&mut [0; 1]).await.expect("FIN"), 0);
        drop(socket);
        sending.await.expect("joined");
    }
}

#[tokio::test]
async fn a_tunnel_carries_data_both_ways_and_resumes_log_ins() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let mut actions = actions();
        actions.ftp = None;
        let environment = rings.environment(&actions);
        let config = Arc::new(rings.client(&[version]));
        for round in 0..3 {
            let (client, server) = tcp().await;
            let scope = environment.session();
            let (client, server) = tokio::join!(connect(&config, client), scope.accept_tunnel(server));
            let (mut client, mut server) = (client.expect("client"), server.expect("server"));
            assert_eq!(server.info().resumed, round > 0);
            say(&mut client, b"ping").await;
            assert_eq!(hear(&mut server, 4).await, b"ping");
            say(&mut server, b"pong").await;
            assert_eq!(hear(&mut client, 4).await, b"pong");
        }
    }
}

#[tokio::test]
async fn a_control_connection_closes_with_close_notify_and_delivers_its_last_reply() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (mut client, mut server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    // Unread by the server when it closes.
    say(&mut client, b"NOOP\r\nNOOP\r\n").await;
    let closing = tokio::spawn(async move {
        server.write_all(b"421 going down\r\n").await.expect("written");
        server.close().await
    });
    let mut last = Vec::new();
    client.read_to_end(&mut last).await.expect("whole");
    assert_eq!(last, b"421 going down\r\n");
    drop(client);
    closing.await.expect("joined").expect("closed");
}
