//! Bulk data taken without copies: the same stream, whatever the records are like.

use std::future::poll_fn;
use std::io::{ErrorKind, Write};
use std::sync::Arc;

use rustls::{CipherSuite, ClientConnection, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use ttls_tls::{SecondaryPurpose, SecondaryStream};

use crate::support::{PATIENCE, Rings, TLS12, TLS13, actions, data, pending};

/// One suite of each kind of record protection.
const KINDS: [(&SupportedProtocolVersion, CipherSuite); 5] = [
    (TLS13, CipherSuite::TLS13_AES_128_GCM_SHA256),
    (TLS13, CipherSuite::TLS13_AES_256_GCM_SHA384),
    (TLS13, CipherSuite::TLS13_CHACHA20_POLY1305_SHA256),
    (TLS12, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    (TLS12, CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
];

/// Lengths of writes: less than a header, records with others in one read, full ones, several.
const LENGTHS: [usize; 9] = [1, 4, 700, 16_384, 4096, 4097, 100_000, 16_383, 40_000];

/// The client's socket and engine, and the server's stream.
async fn connected(
    version: &'static SupportedProtocolVersion,
    suite: CipherSuite,
) -> (TcpStream, ClientConnection, SecondaryStream) {
    let rings = Rings::new();
    let mut actions = actions();
    actions.cipher_suites.value = vec![suite.into()];
    let scope = rings.environment(&actions).session();
    let config = Arc::new(rings.client(&[version]));
    let (client, server) = data(&scope, &config, SecondaryPurpose::Upload)
        .await
        .expect("accepted");
    let (socket, mut engine) = client.into_inner();
    engine.set_buffer_limit(None);
    (socket, engine, server)
}

/// A write of the engine's, as records.
fn records(engine: &mut ClientConnection, plain: &[u8]) -> Vec<u8> {
    engine.writer().write_all(plain).expect("taken");
    pending(engine)
}

fn numbered(length: usize, number: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + number) as u8).collect()
}

/// All that comes, and how it ended.
pub(crate) async fn receive(server: &mut SecondaryStream) -> (Vec<u8>, std::io::Result<()>) {
    let mut received = Vec::new();
    loop {
        let piece = tokio::time::timeout(PATIENCE, poll_fn(|cx| server.poll_piece(cx)))
            .await
            .expect("in time");
        match piece {
            Ok(piece) if piece.is_empty() => return (received, Ok(())),
            Ok(piece) => {
                for slice in piece.slices(0) {
                    received.extend_from_slice(&slice);
                }
            }
            Err(error) => return (received, Err(error)),
        }
    }
}

/// Writes it in pieces that end anywhere.
async fn dribble(mut socket: TcpStream, bytes: Vec<u8>) -> TcpStream {
    let mut rest = bytes.as_slice();
    for length in [3, 40_000, 1, 17, 300_000, 5, 9000].into_iter().cycle() {
        let (now, later) = rest.split_at(length.min(rest.len()));
        // A server that has found an error reads no more.
        if now.is_empty() || socket.write_all(now).await.is_err() {
            break;
        }
        rest = later;
        tokio::task::yield_now().await;
    }
    socket
}

#[tokio::test]
async fn records_of_every_length_and_kind_arrive_whole_and_in_order() {
    for (version, suite) in KINDS {
        let (socket, mut engine, mut server) = connected(version, suite).await;
        let (mut wire, mut sent) = (Vec::new(), Vec::new());
        for (number, length) in LENGTHS.into_iter().cycle().take(60).enumerate() {
            let plain = numbered(length, number);
            wire.extend(records(&mut engine, &plain));
            sent.extend(plain);
            if version == TLS13 && number % 13 == 5 {
                engine.refresh_traffic_keys().expect("a key update");
            }
        }
        engine.send_close_notify();
        wire.extend(pending(&mut engine));
        let client = tokio::spawn(dribble(socket, wire));
        let (received, end) = receive(&mut server).await;
        end.expect("close_notify");
        assert!(
            received == sent,
            "{suite:?}: {} bytes of {}",
            received.len(),
            sent.len()
        );
        client.await.expect("joined");
    }
}

#[tokio::test]
async fn pieces_and_reads_can_take_turns() {
    for (version, suite) in KINDS {
        let (socket, mut engine, mut server) = connected(version, suite).await;
        let (mut wire, mut sent) = (Vec::new(), Vec::new());
        for number in 0..300 {
            let plain = numbered(1000 + number, number);
            wire.extend(records(&mut engine, &plain));
            sent.extend(plain);
        }
        engine.send_close_notify();
        wire.extend(pending(&mut engine));
        let client = tokio::spawn(dribble(socket, wire));
        let mut received = Vec::new();
        loop {
            let mut small = [0; 700];
            let count = server.read(&mut small).await.expect("read");
            received.extend_from_slice(&small[..count]);
            let piece = poll_fn(|cx| server.poll_piece(cx)).await.expect("a piece");
            for slice in piece.slices(0) {
                received.extend_from_slice(&slice);
            }
            if piece.is_empty() {
                break;
            }
        }
        assert!(
            received == sent,
            "{suite:?}: {} bytes of {}",
            received.len(),
            sent.len()
        );
        client.await.expect("joined");
    }
}

#[tokio::test]
async fn nothing_of_a_forged_record_or_behind_it_is_delivered() {
    /// Content type, version, length, and body of the third record.
    const PLACES: [usize; 6] = [0, 1, 2, 4, 5, 500];
    for (version, suite) in KINDS {
        // TLS 1.3 does not look at the type and version of a protected record (RFC 8446 section 5.2).
        let from = if version == TLS13 { 3 } else { 0 };
        for place in PLACES.into_iter().skip(from) {
            let (socket, mut engine, mut server) = connected(version, suite).await;
            let plain = numbered(1000, 1);
            let mut wire = [records(&mut engine, &plain), records(&mut engine, &plain)].concat();
            let third = wire.len();
            for _ in 0..3 {
                wire.extend(records(&mut engine, &plain));
            }
            engine.send_close_notify();
            wire.extend(pending(&mut engine));
            wire[third + place] ^= 1;
            let client = tokio::spawn(dribble(socket, wire));
            let (received, end) = receive(&mut server).await;
            let error = end.expect_err("it was forged");
            assert_eq!(
                error.kind(),
                ErrorKind::InvalidData,
                "{suite:?}, byte {place}: {error}"
            );
            assert!(
                received == plain.repeat(2),
                "{suite:?}, byte {place}: {} bytes",
                received.len()
            );
            let (more, end) = receive(&mut server).await;
            assert!(
                more.is_empty() && end.is_err(),
                "{suite:?}, byte {place}: it went on"
            );
            client.await.expect("joined");
        }
    }
}

#[tokio::test]
async fn a_stream_that_ends_within_or_behind_a_record_is_an_unexpected_end() {
    for (version, suite) in KINDS {
        for missing in [0, 1, 900, 1020] {
            let (socket, mut engine, mut server) = connected(version, suite).await;
            let plain = numbered(1000, 2);
            let mut wire = records(&mut engine, &plain);
            wire.extend(records(&mut engine, &plain));
            wire.truncate(wire.len() - missing);
            let client = tokio::spawn(async move { drop(dribble(socket, wire).await) });
            let (received, end) = receive(&mut server).await;
            let error = end.expect_err("truncated");
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof, "{suite:?}: {error}");
            let whole = if missing == 0 { 2 } else { 1 };
            assert!(
                received == plain.repeat(whole),
                "{suite:?}: {} bytes",
                received.len()
            );
            client.await.expect("joined");
        }
    }
}

#[tokio::test]
async fn nothing_behind_close_notify_is_delivered() {
    for (version, suite) in KINDS {
        let (socket, mut engine, mut server) = connected(version, suite).await;
        let plain = numbered(1000, 3);
        let mut wire = records(&mut engine, &plain);
        let (data, notify) = (records(&mut engine, &plain), {
            engine.send_close_notify();
            pending(&mut engine)
        });
        wire.extend(&data);
        wire.extend(notify);
        wire.extend(data);
        let client = tokio::spawn(dribble(socket, wire));
        let (received, end) = receive(&mut server).await;
        end.expect("close_notify");
        assert!(received == plain.repeat(2), "{suite:?}: {} bytes", received.len());
        client.await.expect("joined");
    }
}
