//! Parameters that restrict what handshakes use and what peers must have.

use std::time::Duration;

use ttls_keyring::KeyType;
use ttls_policy::{ActionSet, ClientAuthType, HandshakeRole, Protocols, SessionReuse};
use ttls_tls::{HandshakeError, Negotiated};

use crate::client::{client_actions, control_ends, pair};
use crate::openssl::s_client;
use crate::support::{Rings, actions, hear, say, sourced, with_reuse};

const X25519: u16 = 29;
const SECP256R1: u16 = 23;
const SECP384R1: u16 = 24;
const X25519MLKEM768: u16 = 4588;

fn tls12_only(actions: &mut ActionSet) {
    actions.protocols = sourced(Protocols {
        tls12: true,
        tls13: false,
    });
}

/// What client and server agree on, or why each does not.
async fn agree(
    rings: &Rings,
    client: &ActionSet,
    server: &ActionSet,
) -> Result<Negotiated, (Option<HandshakeError>, Option<HandshakeError>)> {
    let (client, server) = pair(rings, client, server);
    let (ours, theirs) = control_ends(&client, &server).await;
    match (ours, theirs) {
        (Ok(stream), Ok(_)) => Ok(stream.info().clone()),
        (ours, theirs) => Err((ours.err(), theirs.err())),
    }
}

#[tokio::test]
async fn a_server_takes_its_groups_only_and_version_by_version() {
    let rings = Rings::new();
    let mut server = actions();
    server.tls.groups12 = sourced(Some(vec![SECP384R1]));
    server.tls.groups13 = sourced(Some(vec![X25519MLKEM768]));
    let mut client = client_actions();
    let agreed = agree(&rings, &client, &server).await.expect("a group");
    assert_eq!(
        (agreed.protocol, agreed.group_number),
        ("TLSv1.3", Some(X25519MLKEM768))
    );
    tls12_only(&mut client);
    let agreed = agree(&rings, &client, &server).await.expect("a group");
    assert_eq!(
        (agreed.protocol, agreed.group_number),
        ("TLSv1.2", Some(SECP384R1))
    );
}

#[tokio::test]
async fn a_client_offers_its_groups_only_and_prefers_the_first() {
    let rings = Rings::new();
    let mut client = client_actions();
    client.tls.groups13 = sourced(Some(vec![SECP256R1, X25519]));
    let agreed = agree(&rings, &client, &actions()).await.expect("a group");
    assert_eq!(agreed.group_number, Some(SECP256R1));
    let mut server = actions();
    server.tls.groups13 = sourced(Some(vec![SECP384R1]));
    server.tls.groups12 = sourced(Some(vec![SECP384R1]));
    client.tls.groups12 = sourced(Some(vec![X25519]));
    let (ours, theirs) = agree(&rings, &client, &server)
        .await
        .expect_err("nothing in common");
    assert_eq!(ours.expect("failed").return_code(), 402);
    assert_eq!(theirs.expect("failed").return_code(), 402);
}

#[tokio::test]
async fn handshakes_are_signed_with_listed_pairs_only() {
    let rings = Rings::empty();
    rings.add("ring", "rsa", KeyType::Rsa2048, &["localhost"]);
    let mut server = actions();
    server.tls.signatures = sourced(Some(vec![0x0805]));
    let scope = rings.environment(&server).session();
    let (output, _) = s_client(&scope, None, &["-tls1_3"]).await;
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("Peer signing digest: SHA384"), "{shown}");
    // The client verifies none of what the server signs with.
    let mut client = client_actions();
    client.tls.signatures = sourced(Some(vec![0x0804]));
    let (ours, theirs) = agree(&rings, &client, &server)
        .await
        .expect_err("nothing in common");
    assert_eq!(ours.expect("failed").return_code(), 402);
    assert_eq!(theirs.expect("failed").return_code(), 402);
    client.tls.signatures = sourced(Some(vec![0x0804, 0x0805]));
    agree(&rings, &client, &server).await.expect("0805");
}

#[tokio::test]
async fn small_keys_of_a_server_are_refused() {
    let rings = Rings::empty();
    rings.add("ring", "rsa", KeyType::Rsa2048, &["localhost"]);
    let mut client = client_actions();
    client.tls.min_rsa = sourced(2048);
    agree(&rings, &client, &actions()).await.expect("large enough");
    client.tls.min_rsa = sourced(3072);
    let (ours, _) = agree(&rings, &client, &actions()).await.expect_err("too small");
    let error = ours.expect("failed");
    assert_eq!(error.return_code(), 5908);
    assert_eq!(
        error.to_string(),
        "a key in the peer's chain (RSA) has 2048 bits and PeerMinRsaKeySize is 3072"
    );
}

#[tokio::test]
async fn small_keys_of_a_client_are_refused_where_it_is_validated() {
    let rings = Rings::new();
    let mut server = actions();
    server.role = sourced(HandshakeRole::ServerWithClientAuth);
    server.tls.min_ecc = sourced(384);
    let error = |result: Result<Negotiated, (_, Option<HandshakeError>)>| match result {
        Err((_, Some(error))) => error,
        other => panic!("refused by the server, and not {other:?}"),
    };
    let refused = agree(&rings, &client_actions(), &server).await;
    assert!(matches!(error(refused), HandshakeError::WeakKey { .. }));
    server.client_auth = sourced(ClientAuthType::PassThru);
    agree(&rings, &client_actions(), &server)
        .await
        .expect("nobody is validated");
}

#[tokio::test]
async fn without_tickets_tls_13_resumes_nothing() {
    let rings = Rings::new();
    let data = |client: ActionSet, server: ActionSet| {
        let (client, server) = pair(&rings, &client, &server);
        async move {
            let (ours, theirs) = control_ends(&client, &server).await;
            let (mut ours, mut theirs) = (ours.expect("client"), theirs.expect("server"));
            say(&mut theirs, b"220").await;
            hear(&mut ours, 3).await;
            let (ours, _theirs) = crate::client::data(&client, &server).await;
            ours.expect("client").info().resumed
        }
    };
    let mut none = actions();
    none.tls.tickets = sourced(false);
    assert!(!data(client_actions(), none).await);
    let mut none = client_actions();
    none.tls.tickets = sourced(false);
    assert!(!data(none, actions()).await);
    assert!(data(client_actions(), actions()).await);
}

#[tokio::test]
async fn the_number_of_tickets_is_that_of_the_policy() {
    let rings = Rings::new();
    let mut server = with_reuse(SessionReuse::Allowed);
    for count in [0, 1, 3] {
        server.tls.ticket_count = sourced(Some(count));
        let scope = rings.environment(&server).session();
        let (output, _) = s_client(&scope, None, &["-tls1_3", "-msg"]).await;
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(shown.matches("NewSessionTicket").count(), count, "{shown}");
    }
}

#[tokio::test]
async fn the_timer_renews_the_keys_while_data_flow() {
    let rings = Rings::new();
    let mut client = client_actions();
    client.tls.reset_cipher = sourced(Some(Duration::from_millis(1)));
    let (client, server) = pair(&rings, &client, &actions());
    let (ours, theirs) = control_ends(&client, &server).await;
    let (mut ours, mut theirs) = (ours.expect("client"), theirs.expect("server"));
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        say(&mut ours, b"NOOP\r\n").await;
        assert_eq!(hear(&mut theirs, 6).await, b"NOOP\r\n");
        say(&mut theirs, b"200 ok\r\n").await;
        assert_eq!(hear(&mut ours, 8).await, b"200 ok\r\n");
    }
}

#[tokio::test]
async fn the_timer_shows_on_the_wire() {
    let rings = Rings::new();
    let mut server = actions();
    server.tls.reset_cipher = sourced(Some(Duration::from_nanos(1)));
    let scope = rings.environment(&server).session();
    let (output, _) = s_client(&scope, None, &["-tls1_3", "-msg"]).await;
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("KeyUpdate"), "{shown}");
    assert!(shown.contains("220 ready"), "{shown}");
}
