//! Ending TLS on a live connection.

use std::io::{ErrorKind, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    PATIENCE, Rings, TLS12, TLS13, actions, close_notify, control, control_over, hear, pending, say, tcp,
    until_close_notify,
};

#[tokio::test]
async fn clear_text_in_the_segment_of_the_clients_close_notify_stays_in_the_socket() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let config = Arc::new(rings.client(&[version]));
        let (client, server) = control(&scope, &config).await;

        let (mut socket, mut tls) = client.into_inner();
        let mut segment = close_notify(&mut tls);
        segment.extend_from_slice(b"PWD\r\n");
        socket.write_all(&segment).await.expect("written");
        server.socket().readable().await.expect("there");

        let mut server = server.stop(PATIENCE).await.expect("stopped");
        assert_eq!(hear(&mut server, 5).await, b"PWD\r\n");
        until_close_notify(&mut socket, &mut tls).await;
        say(&mut server, b"257 /\r\n").await;
        assert_eq!(hear(&mut socket, 7).await, b"257 /\r\n");
    }
}

#[tokio::test]
async fn clear_text_without_close_notify_ends_the_wait_at_once_and_stays_in_the_socket() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let config = Arc::new(rings.client(&[version]));
        let (client, server) = control(&scope, &config).await;

        let (mut socket, mut tls) = client.into_inner();
        let stopping = tokio::spawn(server.stop(Duration::from_secs(3600)));
        until_close_notify(&mut socket, &mut tls).await;
        socket.write_all(b"PASV\r\n").await.expect("written");

        let mut server = tokio::time::timeout(PATIENCE, stopping)
            .await
            .expect("in time")
            .expect("joined")
            .expect("stopped");
        assert_eq!(hear(&mut server, 6).await, b"PASV\r\n");
    }
}

#[tokio::test]
async fn clear_text_that_came_before_the_stop_stays_in_the_socket_and_fails_reads() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (client, mut server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    let (mut socket, mut tls) = client.into_inner();

    tls.writer().write_all(b"CCC\r\n").expect("buffered");
    let mut segment = pending(&mut tls);
    segment.extend_from_slice(b"PWD\r\n");
    socket.write_all(&segment).await.expect("written");

    let mut line = [0; 512];
    let count = server.read(&mut line).await.expect("the record");
    assert_eq!(&line[..count], b"CCC\r\n");
    let error = server.read(&mut line).await.expect_err("clear text is no record");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    let mut server = server.stop(PATIENCE).await.expect("stopped");
    assert_eq!(hear(&mut server, 5).await, b"PWD\r\n");
}

#[tokio::test]
async fn tls_is_started_stopped_and_started_again_on_one_connection() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let config = Arc::new(rings.client(&[version]));
        let (mut plain_client, mut plain_server) = tcp().await;
        for round in 0_u8..5 {
            let (client, server) = control_over(&scope, &config, plain_client, plain_server).await;
            assert_eq!(server.info().resumed, round > 0, "later log-ins resume");
            let (mut socket, mut tls) = client.into_inner();
            let stopping = tokio::spawn(server.stop(PATIENCE));
            until_close_notify(&mut socket, &mut tls).await;
            let mut segment = close_notify(&mut tls);
            segment.extend_from_slice(&[b'A', round, b'\n']);
            socket.write_all(&segment).await.expect("written");
            let mut server = stopping.await.expect("joined").expect("stopped");
            assert_eq!(hear(&mut server, 3).await, [b'A', round, b'\n']);
            say(&mut server, &[b'B', round]).await;
            assert_eq!(hear(&mut socket, 2).await, [b'B', round]);
            (plain_client, plain_server) = (socket, server);
        }
    }
}

#[tokio::test]
async fn records_that_arrive_byte_by_byte_are_read_and_stopped_behind() {
    for version in [TLS12, TLS13] {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let config = Arc::new(rings.client(&[version]));
        let (client, mut server) = control(&scope, &config).await;
        let (mut socket, mut tls) = client.into_inner();

        tls.writer().write_all(b"CCC\r\n").expect("buffered");
        let mut bytes = pending(&mut tls);
        bytes.extend(close_notify(&mut tls));
        bytes.extend_from_slice(b"NOOP\r\n");
        let dribble = tokio::spawn(async move {
            for byte in bytes {
                socket.write_all(&[byte]).await.expect("written");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            socket
        });

        assert_eq!(hear(&mut server, 5).await, b"CCC\r\n");
        let mut server = server.stop(PATIENCE).await.expect("stopped");
        assert_eq!(hear(&mut server, 6).await, b"NOOP\r\n");
        drop(dribble.await);
    }
}

#[tokio::test]
async fn a_silent_client_gets_its_socket_back_after_the_wait_and_not_later() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (client, server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    let begin = Instant::now();
    let mut server = server.stop(Duration::from_millis(300)).await.expect("stopped");
    assert!(begin.elapsed() >= Duration::from_millis(300) && begin.elapsed() < Duration::from_secs(5));

    let (mut socket, mut tls) = client.into_inner();
    until_close_notify(&mut socket, &mut tls).await;
    say(&mut socket, b"PWD\r\n").await;
    assert_eq!(hear(&mut server, 5).await, b"PWD\r\n");
}

#[tokio::test]
async fn a_client_that_closes_instead_of_stopping_is_seen_as_the_end() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (mut client, server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    client.shutdown().await.expect("closed");
    let mut server = server.stop(PATIENCE).await.expect("stopped");
    assert_eq!(server.read(&mut [0; 8]).await.expect("the end"), 0);
}

#[tokio::test]
async fn data_under_tls_behind_the_end_of_tls_is_an_error() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (client, server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    let (mut socket, mut tls) = client.into_inner();
    tls.writer().write_all(b"USER x\r\n").expect("buffered");
    let mut segment = pending(&mut tls);
    segment.extend(close_notify(&mut tls));
    socket.write_all(&segment).await.expect("written");

    let error = server.stop(PATIENCE).await.expect_err("data behind the end");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}

#[tokio::test]
async fn a_record_that_is_never_finished_is_an_error_after_the_wait() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (client, server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    let (mut socket, mut tls) = client.into_inner();
    let alert = close_notify(&mut tls);
    socket.write_all(&alert[..7]).await.expect("written");

    let error = server
        .stop(Duration::from_millis(300))
        .await
        .expect_err("half a record");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn everything_written_before_the_stop_arrives_under_tls() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let (mut client, mut server) = control(&scope, &Arc::new(rings.client(&[TLS13]))).await;
    let reply = vec![b'x'; 3_000_000];
    let expected = reply.len();
    let serving = tokio::spawn(async move {
        server.write_all(&reply).await.expect("written");
        server.stop(PATIENCE).await.expect("stopped")
    });
    let mut heard = Vec::new();
    client
        .read_to_end(&mut heard)
        .await
        .expect("all, then close_notify");
    assert_eq!(heard.len(), expected);
    client.shutdown().await.expect("close_notify");
    serving.await.expect("joined");
}

#[tokio::test]
async fn bytes_read_before_tls_started_are_its_first_bytes() {
    for taken in [1, 5, 100] {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let (client, mut server) = tcp().await;
        let config = Arc::new(rings.client(&[TLS13]));
        let connecting = tokio::spawn(async move { crate::support::connect(&config, client).await });
        let preamble = hear(&mut server, taken).await;
        let mut server = scope.accept_primary(server, preamble).await.expect("server");
        let mut client = connecting.await.expect("joined").expect("client");
        say(&mut client, b"hello").await;
        assert_eq!(hear(&mut server, 5).await, b"hello");
    }
}
