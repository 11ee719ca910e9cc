//! `ClientAuthType`, and client certificates on data connections.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use ttls_keyring::KeyType;
use ttls_policy::{ActionSet, ClientAuthType, HandshakeRole, SessionReuse};
use ttls_tls::{HandshakeError, SecondaryPurpose};

use crate::support::{Rings, TLS12, TLS13, certificates, connect, control, data, sourced, tcp, with_reuse};

/// The server's ring with two client certificates that it signed, and a ring of strangers.
fn rings() -> Rings {
    let rings = Rings::new();
    rings.add("ring", "alice", KeyType::EcdsaP256, &["alice"]);
    rings.add("ring", "bob", KeyType::EcdsaP256, &["bob"]);
    rings.add("strangers", "eve", KeyType::EcdsaP256, &["eve"]);
    rings
}

fn asking(kind: ClientAuthType) -> ActionSet {
    let mut actions = with_reuse(SessionReuse::Allowed);
    actions.role = sourced(HandshakeRole::ServerWithClientAuth);
    actions.client_auth = sourced(kind);
    actions.certificate_labels = sourced(vec!["server".to_owned()]);
    actions
}

fn client_with(
    rings: &Rings,
    version: &'static rustls::SupportedProtocolVersion,
    ring: &str,
    label: &str,
) -> Arc<ClientConfig> {
    let folder = rings.folder(ring);
    let chain = certificates(&folder.join(format!("{label}.pem")));
    let key = PrivateKeyDer::from_pem_file(folder.join(format!("{label}.key"))).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("versions")
        .with_root_certificates(rings.trust("ring"))
        .with_client_auth_cert(chain, key)
        .expect("a client certificate");
    Arc::new(config)
}

async fn log_in(
    rings: &Rings,
    kind: ClientAuthType,
    config: &Arc<ClientConfig>,
) -> Result<Option<String>, HandshakeError> {
    let scope = rings.environment(&asking(kind)).session();
    let (client, server) = tcp().await;
    let (client, server) = tokio::join!(connect(config, client), scope.accept_primary(server, Vec::new()));
    drop(client);
    server.map(|server| server.info().client_subject.clone())
}

#[tokio::test]
async fn each_kind_of_client_authentication_takes_whom_it_should() {
    let rings = rings();
    for version in [TLS12, TLS13] {
        let nobody = Arc::new(rings.client(&[version]));
        let alice = client_with(&rings, version, "ring", "alice");
        let eve = client_with(&rings, version, "strangers", "eve");
        for kind in [
            ClientAuthType::PassThru,
            ClientAuthType::Full,
            ClientAuthType::Required,
        ] {
            let subject = log_in(&rings, kind, &alice).await.expect("alice");
            assert_eq!(subject.as_deref(), Some("CN=alice"));
        }
        for kind in [ClientAuthType::PassThru, ClientAuthType::Full] {
            assert_eq!(log_in(&rings, kind, &nobody).await.expect("nobody"), None);
        }
        let error = log_in(&rings, ClientAuthType::Required, &nobody)
            .await
            .expect_err("nobody");
        assert!(matches!(error, HandshakeError::NoClientCertificate));
        assert_eq!(error.return_code(), 5001);

        let subject = log_in(&rings, ClientAuthType::PassThru, &eve).await.expect("eve");
        assert_eq!(subject.as_deref(), Some("CN=eve"));
        for kind in [ClientAuthType::Full, ClientAuthType::Required] {
            assert_eq!(
                log_in(&rings, kind, &eve).await.expect_err("eve").return_code(),
                8
            );
        }
    }
}

#[tokio::test]
async fn a_data_connection_with_another_client_certificate_is_refused() {
    let rings = rings();
    for version in [TLS12, TLS13] {
        let scope = rings.environment(&asking(ClientAuthType::Full)).session();
        let alice = client_with(&rings, version, "ring", "alice");
        let (_client, _server) = control(&scope, &alice).await;
        let (_client, server) = data(&scope, &alice, SecondaryPurpose::Upload)
            .await
            .expect("resumed");
        assert!(server.info().resumed);
        assert_eq!(
            server.info().client_subject.as_deref(),
            Some("CN=alice"),
            "the ticket carries it"
        );

        let again = client_with(&rings, version, "ring", "alice");
        data(&scope, &again, SecondaryPurpose::Upload)
            .await
            .expect("the same certificate, full handshake");
        for other in [
            client_with(&rings, version, "ring", "bob"),
            Arc::new(rings.client(&[version])),
        ] {
            let refused = data(&scope, &other, SecondaryPurpose::Upload).await;
            assert!(matches!(refused, Err(HandshakeError::OtherClientCertificate)));
        }
    }
}
