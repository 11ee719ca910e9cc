//! The extended master secret (RFC 7627) with peers that do not have it. rustls always has it, so they are `openssl`.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use ttls_policy::ActionSet;
use ttls_tls::HandshakeError;

use crate::client::{client_actions, peer};
use crate::support::{PATIENCE, Rings, actions, sourced};

/// What makes `openssl` one of the year 2014.
const WITHOUT: &str =
    "openssl_conf = c\n[c]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nOptions = -ExtendedMasterSecret\n";
const WITH: &str = "";

#[tokio::test]
async fn a_server_that_requires_it_refuses_clients_without_it_and_takes_others() {
    let rings = Rings::new();
    for (required, configuration, taken) in
        [(false, WITHOUT, true), (true, WITHOUT, false), (true, WITH, true)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address").to_string();
        let _client = openssl(
            &rings,
            configuration,
            &["s_client", "-tls1_2", "-connect", &address],
        );
        let (connection, _) = timeout(PATIENCE, listener.accept())
            .await
            .expect("in time")
            .expect("accepted");
        let session = rings.environment(&requiring(actions(), required)).session();
        let accepted = session.accept_primary(connection, Vec::new()).await.map(drop);
        verdict(accepted, taken);
    }
}

#[tokio::test]
async fn a_client_that_requires_it_refuses_servers_without_it_and_takes_others() {
    let rings = Rings::new();
    let certificate = rings.folder("ring").join("server.pem");
    let key = rings.folder("ring").join("server.key");
    for (required, configuration, taken) in
        [(false, WITHOUT, true), (true, WITHOUT, false), (true, WITH, true)]
    {
        let certificate = certificate.to_str().expect("UTF-8");
        let key = key.to_str().expect("UTF-8");
        let arguments = [
            "s_server",
            "-tls1_2",
            "-accept",
            "127.0.0.1:0",
            "-cert",
            certificate,
            "-key",
            key,
        ];
        let mut server = openssl(&rings, configuration, &arguments);
        let address = listening(&mut server).await;
        let connection = TcpStream::connect(address).await.expect("connected");
        let session = rings
            .environment(&requiring(client_actions(), required))
            .client_session(peer());
        let connected = session.connect_primary(connection).await.map(drop);
        verdict(connected, taken);
    }
}

fn requiring(mut actions: ActionSet, required: bool) -> ActionSet {
    actions.tls.ems_required = sourced(required);
    actions
}

#[track_caller]
fn verdict(handshake: Result<(), HandshakeError>, taken: bool) {
    match handshake {
        Ok(()) => assert!(taken, "taken without the extended master secret"),
        Err(error) => {
            assert!(!taken, "{error}");
            assert!(
                error.to_string().contains("xtended"),
                "the reason is told: {error}"
            );
        }
    }
}

/// Starts the program with a configuration of its own.
fn openssl(rings: &Rings, configuration: &str, arguments: &[&str]) -> Child {
    let file = rings.root.path().join("openssl.cnf");
    std::fs::write(&file, configuration).expect("writable");
    Command::new("openssl")
        .args(arguments)
        .env("OPENSSL_CONF", file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the openssl program (Debian package openssl)")
}

/// Where `s_server` listens: it says so.
async fn listening(server: &mut Child) -> String {
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    loop {
        let line = timeout(PATIENCE, lines.next_line())
            .await
            .expect("in time")
            .expect("readable");
        let line = line.expect("the server ended before it listened");
        if let Some(address) = line.strip_prefix("ACCEPT ") {
            return address.to_string();
        }
    }
}
