//! The client role, with our own server role as the server.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use ttls_keyring::KeyType;
use ttls_policy::{
    ActionSet, ClientAuthType, ClientSni, HandshakeRole, HostReference, Protocols, SessionReuse,
};
use ttls_tls::{
    ClientScope, Environment, HandshakeError, PrimaryStream, SecondaryPurpose, SecondaryStream,
    ServerIdentity, SessionScope, TlsError,
};

use crate::support::{PATIENCE, Rings, actions, hear, say, sourced, tcp, with_reuse};

/// The action set of a client with the key ring of the servers.
pub(crate) fn client_actions() -> ActionSet {
    let mut actions = actions();
    actions.environment = "FtpClientEnv".to_owned();
    actions.role = sourced(HandshakeRole::Client);
    actions
}

pub(crate) fn peer() -> ServerIdentity {
    ServerIdentity {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        name: None,
    }
}

fn only(tls12: bool) -> Protocols {
    Protocols { tls12, tls13: !tls12 }
}

pub(crate) type Ends<C, S> = (Result<C, HandshakeError>, Result<S, HandshakeError>);

pub(crate) async fn control_ends(
    client: &ClientScope,
    server: &SessionScope,
) -> Ends<PrimaryStream, PrimaryStream> {
    let (ours, theirs) = tcp().await;
    tokio::join!(
        client.connect_primary(ours),
        server.accept_primary(theirs, Vec::new())
    )
}

/// A control connection; the client has read a line, and the tickets in front of it.
async fn control(client: &ClientScope, server: &SessionScope) -> (PrimaryStream, PrimaryStream) {
    let (ours, theirs) = control_ends(client, server).await;
    let (mut ours, mut theirs) = (ours.expect("client"), theirs.expect("server"));
    say(&mut theirs, b"220 ready\r\n").await;
    assert_eq!(hear(&mut ours, 11).await, b"220 ready\r\n");
    (ours, theirs)
}

pub(crate) async fn data(
    client: &ClientScope,
    server: &SessionScope,
) -> Ends<SecondaryStream, SecondaryStream> {
    let (ours, theirs) = tcp().await;
    tokio::join!(
        client.connect_secondary(ours),
        server.accept_secondary(theirs, SecondaryPurpose::Upload)
    )
}

pub(crate) fn pair(rings: &Rings, client: &ActionSet, server: &ActionSet) -> (ClientScope, SessionScope) {
    (
        rings.environment(client).client_session(peer()),
        rings.environment(server).session(),
    )
}

/// What a client says about the server `ring` of `rings`.
async fn verdict(rings: &Rings, client: &ActionSet) -> Result<PrimaryStream, HandshakeError> {
    verdict_on(rings, client, peer()).await
}

async fn verdict_on(
    rings: &Rings,
    client: &ActionSet,
    server: ServerIdentity,
) -> Result<PrimaryStream, HandshakeError> {
    let client = rings.environment(client).client_session(server);
    let server = rings.environment(&actions()).session();
    control_ends(&client, &server).await.0
}

fn is_other_name(result: &Result<PrimaryStream, HandshakeError>) -> bool {
    matches!(result, Err(HandshakeError::OtherServerName { .. }))
}

#[tokio::test]
async fn a_client_and_a_server_agree_and_data_flow_both_ways() {
    for tls12 in [true, false] {
        let rings = Rings::new();
        let mut actions = client_actions();
        actions.protocols = sourced(only(tls12));
        let (client, server) = pair(&rings, &actions, &self::actions());
        let (mut ours, mut theirs) = control(&client, &server).await;
        assert_eq!(ours.info().protocol, if tls12 { "TLSv1.2" } else { "TLSv1.3" });
        assert_eq!(ours.info().server_subject.as_deref(), Some("CN=localhost"));
        assert_eq!(ours.info().sni, None);
        assert_eq!(theirs.info().sni, None);
        assert_eq!(theirs.info().alpn.as_deref(), Some("ftp"));
        say(&mut ours, b"NOOP\r\n").await;
        assert_eq!(hear(&mut theirs, 6).await, b"NOOP\r\n");
    }
}

#[tokio::test]
async fn tunnels_resume_sessions_of_earlier_tunnels() {
    for tls12 in [true, false] {
        let rings = Rings::new();
        let mut actions = client_actions();
        actions.protocols = sourced(only(tls12));
        actions.ftp = None;
        let mut server_actions = self::actions();
        server_actions.ftp = None;
        let (client, server) = (rings.environment(&actions), rings.environment(&server_actions));
        for round in 0..4 {
            let (ours, theirs) = tcp().await;
            let (scope, accepting) = (client.client_session(peer()), server.session());
            let (ours, theirs) = tokio::join!(scope.connect_tunnel(ours), accepting.accept_tunnel(theirs));
            let (mut ours, mut theirs) = (ours.expect("client"), theirs.expect("server"));
            assert_eq!(ours.info().resumed, round > 0);
            say(&mut theirs, b"hello").await;
            assert_eq!(hear(&mut ours, 5).await, b"hello");
        }
    }
}

#[tokio::test]
async fn tls_ends_and_starts_again_on_the_same_connection() {
    let rings = Rings::new();
    let (client, server) = pair(&rings, &client_actions(), &actions());
    let (mut ours, mut theirs) = control(&client, &server).await;
    for _ in 0..2 {
        let (one, two) = tokio::join!(ours.stop(PATIENCE), theirs.stop(PATIENCE));
        let (mut clear, mut other) = (one.expect("stopped"), two.expect("stopped"));
        say(&mut clear, b"in clear").await;
        assert_eq!(hear(&mut other, 8).await, b"in clear");
        let (one, two) = tokio::join!(
            client.connect_primary(clear),
            server.accept_primary(other, Vec::new())
        );
        (ours, theirs) = (one.expect("client"), two.expect("server"));
        say(&mut theirs, b"220 again\r\n").await;
        assert_eq!(hear(&mut ours, 11).await, b"220 again\r\n");
        let (one, _two) = data(&client, &server).await;
        assert!(one.expect("data").info().resumed);
    }
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_refused() {
    let rings = Rings::new();
    rings.add("other", "server", KeyType::EcdsaP256, &["localhost"]);
    let mut actions = client_actions();
    actions.keyring.value.name = "other".to_owned();
    let error = verdict(&rings, &actions).await.expect_err("refused");
    assert_eq!(error.return_code(), 8, "{error}");
}

#[tokio::test]
async fn a_certificate_that_is_in_the_ring_itself_is_trusted() {
    let rings = Rings::new();
    let (from, to) = (rings.folder("ring"), rings.folder("pinned"));
    std::fs::create_dir_all(to.join("ca")).expect("a folder");
    std::fs::copy(from.join("server.pem"), to.join("ca/server.pem")).expect("copied");
    let mut actions = client_actions();
    actions.keyring.value.name = "pinned".to_owned();
    verdict(&rings, &actions).await.expect("trusted");
}

#[tokio::test]
async fn by_default_the_name_in_the_certificate_does_not_matter() {
    let rings = Rings::empty();
    rings.add("ring", "server", KeyType::EcdsaP256, &["elsewhere.example"]);
    verdict(&rings, &client_actions())
        .await
        .expect("the chain is good");
}

#[tokio::test]
async fn host_references_are_looked_for_in_the_certificate() {
    let rings = Rings::empty();
    rings.add(
        "ring",
        "server",
        KeyType::EcdsaP256,
        &["ftp.example.com", "*.example.org"],
    );
    let referring = |dns: Option<&str>, cn: Option<&str>, wildcards| {
        let mut actions = client_actions();
        actions.host_reference = sourced(HostReference {
            dns: dns.map(str::to_owned),
            cn: cn.map(str::to_owned),
            wildcards,
        });
        actions
    };
    for actions in [
        referring(Some("ftp.example.com"), None, false),
        referring(Some("any.example.org"), None, true),
    ] {
        verdict(&rings, &actions).await.expect("the name is there");
    }
    for actions in [
        referring(Some("www.example.com"), None, true),
        referring(Some("any.example.org"), None, false),
        // With DNS names in the certificate the common name does not count.
        referring(None, Some("ftp.example.com"), false),
    ] {
        assert!(is_other_name(&verdict(&rings, &actions).await));
    }
}

#[tokio::test]
async fn secure_hostname_looks_for_the_servers_name_or_address() {
    let rings = Rings::new();
    let mut actions = client_actions();
    actions.ftp.as_mut().expect("set").value.secure_hostname = true;
    let named = |name: &str| ServerIdentity {
        name: Some(name.to_owned()),
        ..peer()
    };
    verdict_on(&rings, &actions, peer())
        .await
        .expect("127.0.0.1 is in it");
    let stream = verdict_on(&rings, &actions, named("localhost"))
        .await
        .expect("a name of it");
    assert_eq!(
        stream.info().sni,
        None,
        "no name is sent unless the policy says so"
    );
    assert!(is_other_name(
        &verdict_on(&rings, &actions, named("other.example")).await
    ));
    let elsewhere = ServerIdentity {
        address: "192.0.2.1".parse().expect("an address"),
        name: None,
    };
    assert!(is_other_name(&verdict_on(&rings, &actions, elsewhere).await));
}

#[tokio::test]
async fn the_name_of_the_policy_is_sent() {
    let rings = Rings::new();
    let mut actions = client_actions();
    actions.client_sni = sourced(ClientSni {
        on: true,
        names: vec!["ftp.example.com".to_owned(), "second.example.com".to_owned()],
    });
    let (client, server) = pair(&rings, &actions, &self::actions());
    let (ours, theirs) = control(&client, &server).await;
    assert_eq!(ours.info().sni.as_deref(), Some("ftp.example.com"));
    assert_eq!(theirs.info().sni.as_deref(), Some("ftp.example.com"));
}

#[tokio::test]
async fn a_client_shows_its_certificate_where_it_is_asked() {
    let rings = Rings::new();
    rings.add("ring", "mine", KeyType::EcdsaP256, &["batch.example"]);
    let mut server = actions();
    server.role = sourced(HandshakeRole::ServerWithClientAuth);
    server.client_auth = sourced(ClientAuthType::Required);
    server.certificate_labels = sourced(vec!["server".to_owned()]);
    let mut client = client_actions();
    client.certificate_labels = sourced(vec!["mine".to_owned()]);
    for tls12 in [true, false] {
        client.protocols = sourced(only(tls12));
        let (client, server) = pair(&rings, &client, &server);
        let (_ours, theirs) = control(&client, &server).await;
        assert_eq!(theirs.info().client_subject.as_deref(), Some("CN=batch.example"));
        let (ours, theirs) = data(&client, &server).await;
        assert!(ours.expect("client").info().resumed);
        theirs.expect("the same certificate");
    }
}

#[tokio::test]
async fn data_connections_resume_their_own_control_connection_and_no_other() {
    for tls12 in [true, false] {
        let rings = Rings::new();
        let mut actions = client_actions();
        actions.protocols = sourced(only(tls12));
        let environment = rings.environment(&actions);
        let server = rings.environment(&with_reuse(SessionReuse::Required));
        // Interleaved, one environment, one server.
        let scopes: Vec<_> = (0..3)
            .map(|_| (environment.client_session(peer()), server.session()))
            .collect();
        let mut controls = Vec::new();
        for (client, server) in &scopes {
            controls.push(control(client, server).await);
        }
        for _ in 0..2 {
            for (client, server) in &scopes {
                let (ours, theirs) = data(client, server).await;
                assert!(ours.expect("client").info().resumed);
                theirs.expect("its own session");
            }
        }
    }
}

/// What happens on a control connection around a transfer: a command, a reply.
async fn converse(ours: &mut PrimaryStream, theirs: &mut PrimaryStream) {
    say(ours, b"STOR x\r\n").await;
    let command = hear(theirs, 8);
    let reply = async {
        assert_eq!(command.await, b"STOR x\r\n");
    };
    reply.await;
    say(theirs, b"150 go on\r\n").await;
    assert_eq!(hear(ours, 11).await, b"150 go on\r\n");
}

/// Four tickets at the log-in, none later.
#[tokio::test]
async fn any_number_of_data_connections_resume_with_the_tickets_of_the_log_in() {
    for tls12 in [true, false] {
        let rings = Rings::new();
        let mut actions = with_reuse(SessionReuse::Required);
        actions.role = sourced(HandshakeRole::Client);
        actions.protocols = sourced(only(tls12));
        let (client, server) = pair(&rings, &actions, &with_reuse(SessionReuse::Required));
        let (mut ours, mut theirs) = control(&client, &server).await;
        for round in 0..40 {
            converse(&mut ours, &mut theirs).await;
            let (one, two) = data(&client, &server).await;
            let (mut one, mut two) = (one.expect("client"), two.expect("server"));
            assert!(one.info().resumed && two.info().resumed, "round {round}");
            say(&mut one, b"a file").await;
            assert_eq!(hear(&mut two, 6).await, b"a file");
        }
        converse(&mut ours, &mut theirs).await;
    }
}

#[tokio::test]
async fn tickets_are_taken_in_again_while_somebody_waits_for_the_control_connection() {
    let rings = Rings::new();
    let (client, server) = pair(&rings, &client_actions(), &with_reuse(SessionReuse::Required));
    let (mut ours, mut theirs) = control(&client, &server).await;
    let waiting = tokio::spawn(async move { hear(&mut ours, 8).await });
    for round in 0..20 {
        let (one, two) = data(&client, &server).await;
        assert!(one.expect("client").info().resumed, "round {round}");
        two.expect("its own session");
    }
    say(&mut theirs, b"226 ok\r\n").await;
    assert_eq!(waiting.await.expect("joined"), b"226 ok\r\n");
}

#[tokio::test]
async fn tickets_are_taken_in_again_under_new_keys_too() {
    let rings = Rings::new();
    let (client, server) = pair(&rings, &client_actions(), &with_reuse(SessionReuse::Required));
    let (mut ours, mut theirs) = control(&client, &server).await;
    for round in 0..12 {
        if round % 3 == 0 {
            theirs.refresh_keys().expect("TLS 1.3");
            ours.refresh_keys().expect("TLS 1.3");
        }
        converse(&mut ours, &mut theirs).await;
        let (one, two) = data(&client, &server).await;
        assert!(one.expect("client").info().resumed, "round {round}");
        two.expect("its own session");
    }
}

#[tokio::test]
async fn without_reuse_data_connections_make_full_handshakes() {
    let rings = Rings::new();
    let mut actions = with_reuse(SessionReuse::None);
    actions.role = sourced(HandshakeRole::Client);
    let (client, server) = pair(&rings, &actions, &self::actions());
    let _control = control(&client, &server).await;
    let (ours, _theirs) = data(&client, &server).await;
    assert!(!ours.expect("client").info().resumed);
}

#[tokio::test]
async fn a_server_that_does_not_resume_is_refused_where_reuse_is_required() {
    for tls12 in [true, false] {
        let rings = Rings::new();
        let mut actions = with_reuse(SessionReuse::Required);
        actions.role = sourced(HandshakeRole::Client);
        actions.protocols = sourced(only(tls12));
        let (client, server) = pair(&rings, &actions, &with_reuse(SessionReuse::None));
        let _control = control(&client, &server).await;
        let error = data(&client, &server).await.0.expect_err("refused");
        assert!(matches!(error, HandshakeError::NotResumed), "{error}");
    }
}

#[tokio::test]
async fn a_data_connection_to_another_server_of_the_same_authority_is_refused() {
    let rings = Rings::new();
    rings.add("ring", "twin", KeyType::EcdsaP256, &["localhost", "127.0.0.1"]);
    let mut first = actions();
    first.certificate_labels = sourced(vec!["server".to_owned()]);
    let mut second = actions();
    second.certificate_labels = sourced(vec!["twin".to_owned()]);
    let (client, server) = pair(&rings, &client_actions(), &first);
    let twin = rings.environment(&second).session();
    let _control = control(&client, &server).await;
    let error = data(&client, &twin).await.0.expect_err("refused");
    assert!(matches!(error, HandshakeError::OtherServerCertificate), "{error}");
    assert_eq!(error.return_code(), 5905);
}

#[tokio::test]
async fn an_environment_plays_its_own_role_only() {
    let rings = Rings::new();
    let (client, server): (Arc<Environment>, Arc<Environment>) = (
        rings.environment(&client_actions()),
        rings.environment(&actions()),
    );
    assert!(client.is_client() && !server.is_client());
    let (ours, theirs) = tcp().await;
    let error = server
        .client_session(peer())
        .connect_tunnel(ours)
        .await
        .expect_err("refused");
    assert!(matches!(error, HandshakeError::OtherRole));
    let error = client.session().accept_tunnel(theirs).await.expect_err("refused");
    assert!(matches!(error, HandshakeError::OtherRole));
}

#[test]
fn a_client_needs_trust_anchors() {
    let rings = Rings::new();
    std::fs::remove_dir_all(rings.folder("ring").join("ca")).expect("removed");
    assert!(matches!(
        rings.build(&client_actions()),
        Err(TlsError::NoAnchors { .. })
    ));
}

#[test]
fn a_client_needs_the_certificate_of_its_label_and_no_other() {
    let rings = Rings::new();
    let mut actions = client_actions();
    actions.certificate_labels = sourced(vec!["missing".to_owned()]);
    assert!(matches!(rings.build(&actions), Err(TlsError::Keyring { .. })));
    let ring = rings.folder("ring");
    for file in ["server.pem", "server.key"] {
        std::fs::remove_file(ring.join(file)).expect("removed");
    }
    let _ = std::fs::remove_file(ring.join("default"));
    rings.build(&client_actions()).expect("anchors are enough");
}
