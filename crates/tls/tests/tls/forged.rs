//! Records that a well-behaved peer never sends, on connections whose data are taken without copies: they fail as they do
//! with an engine that opens all records itself.

use std::io::{ErrorKind, Write};
use std::sync::Arc;

use rustls::{ClientConnection, SupportedProtocolVersion};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use ttls_tls::{SecondaryPurpose, SecondaryStream};

use crate::forger;
use crate::pieces::receive;
use crate::support::{Rings, TLS12, TLS13, actions, data, pending};

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;
const HEARTBEAT: u8 = 24;

/// A ChangeCipherSpec in clear, as TLS 1.3 has it during handshakes.
const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];

/// Consecutive empty records that the engine puts up with.
const EMPTY_AT_MOST: usize = 32;

/// When the first data arrive: the engine reads them, and what is there with them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum First {
    Alone,
    WithTheRest,
}

struct Peer {
    socket: TcpStream,
    engine: ClientConnection,
    wire: Vec<u8>,
}

impl Peer {
    async fn connected(version: &'static SupportedProtocolVersion) -> (Self, SecondaryStream) {
        let rings = Rings::new();
        let scope = rings.environment(&actions()).session();
        let config = Arc::new(forger::client(&rings, version));
        let (client, server) = data(&scope, &config, SecondaryPurpose::Upload)
            .await
            .expect("accepted");
        let (socket, mut engine) = client.into_inner();
        engine.set_buffer_limit(None);
        let peer = Self {
            socket,
            engine,
            wire: Vec::new(),
        };
        (peer, server)
    }

    /// A record of this type and plaintext.
    fn record(&mut self, typ: u8, plain: &[u8]) -> &mut Self {
        self.data(&forger::record(typ, plain))
    }

    fn data(&mut self, plain: &[u8]) -> &mut Self {
        self.engine.writer().write_all(plain).expect("taken");
        self.wire.extend(pending(&mut self.engine));
        self
    }

    async fn send(&mut self) {
        self.socket.write_all(&self.wire).await.expect("written");
        self.wire.clear();
    }
}

/// Sends data, what `forge` makes and data; only the first must arrive, and then an error, however often one asks.
async fn refused(version: &'static SupportedProtocolVersion, what: &str, forge: impl Fn(&mut Peer)) {
    for first in [First::Alone, First::WithTheRest] {
        let context = format!("{what}, {version:?}, {first:?}");
        let (mut peer, mut server) = Peer::connected(version).await;
        peer.data(b"first ");
        if first == First::Alone {
            peer.send().await;
            let piece = std::future::poll_fn(|cx| server.poll_piece(cx)).await;
            assert_eq!(piece.expect("data").len(), 6, "{context}");
        }
        forge(&mut peer);
        peer.data(b"behind it").data(b"and behind that");
        peer.send().await;
        let (received, end) = receive(&mut server).await;
        let expected: &[u8] = if first == First::Alone { b"" } else { b"first " };
        assert_eq!(
            String::from_utf8_lossy(&received),
            String::from_utf8_lossy(expected),
            "{context}"
        );
        assert_eq!(
            end.expect_err(&context).kind(),
            ErrorKind::InvalidData,
            "{context}"
        );
        peer.data(b"later");
        peer.send().await;
        drop(peer);
        let (received, end) = receive(&mut server).await;
        assert!(received.is_empty() && end.is_err(), "{context}: it went on");
    }
}

#[tokio::test]
async fn nothing_behind_a_record_that_ends_the_session_is_delivered() {
    for version in [TLS12, TLS13] {
        refused(version, "a fatal alert", |peer| {
            peer.record(ALERT, &[2, 40]);
        })
        .await;
        refused(version, "an alert of no level", |peer| {
            peer.record(ALERT, &[7, 0]);
        })
        .await;
        refused(version, "a Finished", |peer| {
            peer.record(HANDSHAKE, &[20, 0, 0, 1, 0]);
        })
        .await;
        refused(version, "a heartbeat", |peer| {
            peer.record(HEARTBEAT, b"hello");
        })
        .await;
        refused(version, "ChangeCipherSpec in clear", |peer| {
            peer.wire.extend(CHANGE_CIPHER_SPEC);
        })
        .await;
        refused(version, "an alert in clear", |peer| {
            peer.wire.extend([ALERT, 3, 3, 0, 2, 1, 0]);
        })
        .await;
        refused(version, "data in clear", |peer| {
            peer.wire.extend([DATA, 3, 3, 0, 4, 1, 2, 3, 4]);
        })
        .await;
        refused(version, "a record without a body", |peer| {
            peer.wire.extend([DATA, 3, 3, 0, 0]);
        })
        .await;
    }
    refused(TLS13, "ChangeCipherSpec under protection", |peer| {
        peer.record(20, &[1]);
    })
    .await;
    refused(TLS13, "padding alone", |peer| {
        peer.record(0, &[0; 20]);
    })
    .await;
}

#[tokio::test]
async fn data_within_a_handshake_message_are_refused() {
    // The start of a ClientHello; of a KeyUpdate.
    refused(TLS12, "renegotiation", |peer| {
        peer.record(HANDSHAKE, &[1, 0]);
    })
    .await;
    refused(TLS13, "half a key update", |peer| {
        peer.record(HANDSHAKE, &[24, 0, 0]);
    })
    .await;
}

#[tokio::test]
async fn empty_records_between_data_are_skipped_and_a_flood_of_them_is_refused() {
    for version in [TLS12, TLS13] {
        let (mut peer, mut server) = Peer::connected(version).await;
        let mut sent = Vec::new();
        for _ in 0..5 {
            peer.data(b"data ");
            sent.extend(b"data ");
            for _ in 0..EMPTY_AT_MOST {
                peer.record(DATA, b"");
            }
        }
        peer.data(b"the last");
        sent.extend(b"the last");
        peer.engine.send_close_notify();
        let notify = pending(&mut peer.engine);
        peer.wire.extend(notify);
        peer.send().await;
        let (received, end) = receive(&mut server).await;
        end.expect("close_notify");
        assert_eq!(
            String::from_utf8_lossy(&received),
            String::from_utf8_lossy(&sent),
            "{version:?}"
        );

        refused(version, "empty records", |peer| {
            for _ in 0..=EMPTY_AT_MOST {
                peer.record(DATA, b"");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn renegotiation_is_declined_once_and_the_data_go_on() {
    let (mut peer, mut server) = Peer::connected(TLS12).await;
    peer.data(b"first ");
    peer.send().await;
    let piece = std::future::poll_fn(|cx| server.poll_piece(cx)).await;
    assert_eq!(piece.expect("data").len(), 6);
    // A ClientHello: version, random, no session, one suite, no compression.
    let hello = [
        [1, 0, 0, 41, 3, 3].as_slice(),
        &[7; 32],
        &[0, 0, 2, 0xC0, 0x2B, 1, 0],
    ]
    .concat();
    peer.record(HANDSHAKE, &hello).data(b"second ");
    peer.record(HANDSHAKE, &hello).data(b"third");
    peer.send().await;
    let (received, end) = receive(&mut server).await;
    assert_eq!(String::from_utf8_lossy(&received), "second ");
    assert_eq!(end.expect_err("refused").kind(), ErrorKind::InvalidData);
}

#[tokio::test]
async fn padding_is_taken_off() {
    let (mut peer, mut server) = Peer::connected(TLS13).await;
    peer.data(b"first ");
    peer.send().await;
    let piece = std::future::poll_fn(|cx| server.poll_piece(cx)).await;
    assert_eq!(piece.expect("data").len(), 6);
    // The forger's type is the last byte of the padding.
    let padded = [b"second ".as_slice(), &[DATA], &[0; 3000]].concat();
    peer.record(0, &padded).data(b"third");
    peer.engine.send_close_notify();
    let notify = pending(&mut peer.engine);
    peer.wire.extend(notify);
    peer.send().await;
    let (received, end) = receive(&mut server).await;
    end.expect("close_notify");
    assert_eq!(String::from_utf8_lossy(&received), "second third");
}
