//! Action sets made by hand, key rings in temporary folders, connections, clients.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::{ClientConnection, Resumption};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use ttls_keyring::{Authority, KeyType, Keyrings, NewRing};
use ttls_policy::{
    ActionSet, ClientAuthType, ClientSni, Extension, Facility, FtpClientParms, FtpParms, HandshakeRole,
    HostReference, ImplicitModel, KeyringRef, Origin, Protocols, RfcLevel, SecureCtrlconn, SecureDataconn,
    SecureFtp, SecureLogin, ServerSni, SessionReuse, Sourced, TlsParms,
};
use ttls_tls::{Environment, PrimaryStream, SecondaryPurpose, SecondaryStream, SessionScope, TlsError};

pub(crate) const TLS12: &SupportedProtocolVersion = &rustls::version::TLS12;
pub(crate) const TLS13: &SupportedProtocolVersion = &rustls::version::TLS13;

/// No test waits longer than this for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn sourced<T>(value: T) -> Sourced<T> {
    Sourced {
        value,
        origin: Origin::Default,
    }
}

/// The action set of an FTP server rule with the engine's defaults.
pub(crate) fn actions() -> ActionSet {
    ActionSet {
        rule: "FtpServer".to_owned(),
        group: "On".to_owned(),
        environment: "FtpServerEnv".to_owned(),
        connection: None,
        role: sourced(HandshakeRole::Server),
        client_auth: sourced(ClientAuthType::Required),
        keyring: sourced(KeyringRef {
            name: "ring".to_owned(),
            access: None,
        }),
        protocols: sourced(Protocols {
            tls12: true,
            tls13: true,
        }),
        cipher_suites: sourced(vec![0x1302, 0x1301, 0x1303, 0xC02C, 0xC02B, 0xC030, 0xC02F]),
        certificate_labels: sourced(Vec::new()),
        server_sni: sourced(ServerSni {
            mode: Extension::Off,
            match_required: false,
            list: Vec::new(),
        }),
        client_sni: sourced(ClientSni {
            on: false,
            names: Vec::new(),
        }),
        host_reference: sourced(HostReference::default()),
        tls: TlsParms::default(),
        application_controlled: sourced(true),
        secondary_map: sourced(true),
        handshake_timeout: sourced(Some(Duration::from_secs(10))),
        trace: sourced(2),
        trace_clear_text: sourced(false),
        facility: sourced(Facility::Daemon),
        ftp: Some(sourced(ftp_parms())),
        instances: [0, 0],
    }
}

fn ftp_parms() -> FtpParms {
    FtpParms {
        secure_ftp: SecureFtp::Required,
        secure_login: SecureLogin::NoClientAuth,
        secure_ctrlconn: SecureCtrlconn::Private,
        secure_dataconn: SecureDataconn::Private,
        session_reuse: SessionReuse::Allowed,
        secure_hostname: false,
        client: FtpClientParms::default(),
        tls_port: Some(990),
        implicit_zos: ImplicitModel::Auto,
        rfc_level: RfcLevel::Rfc4217,
        passive_data_ports: None,
        passive_noredirect: true,
        port_reject: false,
        port_nolowports: true,
        port_noredirect: true,
    }
}

pub(crate) fn with_reuse(reuse: SessionReuse) -> ActionSet {
    let mut actions = actions();
    actions
        .ftp
        .as_mut()
        .expect("the helper sets it")
        .value
        .session_reuse = reuse;
    actions
}

/// A folder of rings; the ring `ring` signs its certificates itself.
pub(crate) struct Rings {
    pub(crate) root: TempDir,
}

impl Rings {
    /// With the certificate `server` (ECDSA) for `localhost` and 127.0.0.1.
    pub(crate) fn new() -> Self {
        let rings = Self::empty();
        rings.add("ring", "server", KeyType::EcdsaP256, &["localhost", "127.0.0.1"]);
        rings
    }

    pub(crate) fn empty() -> Self {
        Self {
            root: TempDir::new().expect("a temporary folder"),
        }
    }

    pub(crate) fn add(&self, ring: &str, label: &str, key: KeyType, hosts: &[&str]) {
        NewRing {
            root: self.root.path().to_owned(),
            name: ring.to_owned(),
            hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
            label: label.to_owned(),
            key,
            days: 30,
            authority: Authority::OwnCa,
            now: SystemTime::now(),
        }
        .create()
        .expect("a certificate");
    }

    pub(crate) fn folder(&self, ring: &str) -> std::path::PathBuf {
        self.root.path().join(ring)
    }

    pub(crate) fn keyrings(&self) -> Keyrings {
        Keyrings::new(self.root.path().to_owned())
    }

    pub(crate) fn build(&self, actions: &ActionSet) -> Result<Environment, TlsError> {
        Environment::build(actions, &self.keyrings(), SystemTime::now())
    }

    pub(crate) fn environment(&self, actions: &ActionSet) -> Arc<Environment> {
        Arc::new(self.build(actions).expect("an environment"))
    }

    /// What trusts the authority of a ring.
    pub(crate) fn trust(&self, ring: &str) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.folder(ring).join("ca/authority.pem")) {
            roots.add(certificate).expect("an anchor");
        }
        roots
    }

    /// A client of `ring` with its own session store.
    pub(crate) fn client(&self, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions")
            .with_root_certificates(self.trust("ring"))
            .with_no_client_auth();
        config.resumption = Resumption::in_memory_sessions(64);
        config
    }
}

pub(crate) fn certificates(path: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path)
        .expect("a PEM file")
        .collect::<Result<_, _>>()
        .expect("certificates")
}

/// Client and server end of a TCP connection.
pub(crate) async fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let address = listener.local_addr().expect("an address");
    let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
    let client = client.expect("connected");
    client.set_nodelay(true).expect("nodelay");
    (client, server.expect("accepted").0)
}

pub(crate) async fn connect(
    config: &Arc<ClientConfig>,
    socket: TcpStream,
) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::clone(config)).connect(name, socket).await
}

/// A control connection under TLS over a fresh TCP connection; the client has read the tickets.
pub(crate) async fn control(
    scope: &SessionScope,
    config: &Arc<ClientConfig>,
) -> (TlsStream<TcpStream>, PrimaryStream) {
    let (client, server) = tcp().await;
    control_over(scope, config, client, server).await
}

pub(crate) async fn control_over(
    scope: &SessionScope,
    config: &Arc<ClientConfig>,
    client: TcpStream,
    server: TcpStream,
) -> (TlsStream<TcpStream>, PrimaryStream) {
    let (client, server) = tokio::join!(connect(config, client), scope.accept_primary(server, Vec::new()));
    let (mut client, mut server) = (client.expect("client"), server.expect("server"));
    say(&mut server, b"220 ready\r\n").await;
    assert_eq!(hear(&mut client, 11).await, b"220 ready\r\n");
    (client, server)
}

/// A data connection under TLS, or why not.
pub(crate) async fn data(
    scope: &SessionScope,
    config: &Arc<ClientConfig>,
    purpose: SecondaryPurpose,
) -> Result<(TlsStream<TcpStream>, SecondaryStream), ttls_tls::HandshakeError> {
    let (client, server) = tcp().await;
    let (client, server) = tokio::join!(connect(config, client), scope.accept_secondary(server, purpose));
    Ok((client.expect("client"), server?))
}

pub(crate) async fn say(stream: &mut (impl AsyncWriteExt + Unpin), bytes: &[u8]) {
    stream.write_all(bytes).await.expect("written");
    stream.flush().await.expect("flushed");
}

pub(crate) async fn hear(stream: &mut (impl AsyncReadExt + Unpin), count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut bytes))
        .await
        .expect("in time")
        .expect("read");
    bytes
}

/// What the client has to write to send close_notify.
pub(crate) fn close_notify(connection: &mut ClientConnection) -> Vec<u8> {
    connection.send_close_notify();
    pending(connection)
}

/// Everything that the client's TLS engine wants written.
pub(crate) fn pending(connection: &mut ClientConnection) -> Vec<u8> {
    let mut bytes = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut bytes).expect("a Vec takes everything");
    }
    bytes
}

/// Reads the socket until the server's close_notify; returns what came behind it.
pub(crate) async fn until_close_notify(socket: &mut TcpStream, connection: &mut ClientConnection) {
    loop {
        let state = connection.process_new_packets().expect("valid records");
        if state.peer_has_closed() {
            return;
        }
        // One byte at a time, so that clear text behind close_notify stays in the socket.
        let byte = hear(socket, 1).await;
        assert_eq!(connection.read_tls(&mut byte.as_slice()).expect("taken"), 1);
    }
}
