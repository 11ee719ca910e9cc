//! What is chosen of certificates, suites, groups and application protocols.

use std::sync::Arc;

use rustls::{AlertDescription, ClientConfig, Error};
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;
use ttls_keyring::KeyType;
use ttls_policy::{Extension, Protocols, ServerSni};
use ttls_tls::{HandshakeError, Negotiated, SecondaryPurpose};

use crate::support::{Rings, TLS12, TLS13, actions, control, sourced, tcp};

fn sni(mode: Extension, match_required: bool) -> ServerSni {
    ServerSni {
        mode,
        match_required,
        list: vec![
            ("ftp.example.com".to_owned(), "example".to_owned()),
            ("ftp.example.org".to_owned(), "other".to_owned()),
        ],
    }
}

fn named_rings() -> Rings {
    let rings = Rings::new();
    rings.add("ring", "example", KeyType::EcdsaP256, &["ftp.example.com"]);
    rings.add("ring", "other", KeyType::EcdsaP384, &["ftp.example.org"]);
    rings
}

/// Handshakes with the server called `name`, or without a name; the client's and the server's view.
async fn handshake(
    rings: &Rings,
    rules: ServerSni,
    name: Option<&'static str>,
) -> (std::io::Result<()>, Result<Negotiated, HandshakeError>) {
    let mut actions = actions();
    actions.server_sni = sourced(rules);
    let scope = rings.environment(&actions).session();
    let mut config = rings.client(&[TLS13]);
    config.enable_sni = name.is_some();
    let (client, server) = tcp().await;
    let name = ServerName::try_from(name.unwrap_or("localhost")).expect("a name");
    let connector = TlsConnector::from(Arc::new(config));
    let (client, server) = tokio::join!(
        connector.connect(name, client),
        scope.accept_primary(server, Vec::new())
    );
    (client.map(drop), server.map(|server| server.info().clone()))
}

#[tokio::test]
async fn the_certificate_of_the_name_that_the_client_asks_for_is_shown() {
    let rings = named_rings();
    for mode in [Extension::Optional, Extension::Required] {
        // The client verifies that the certificate is for the name.
        let (client, server) = handshake(&rings, sni(mode, true), Some("ftp.example.org")).await;
        client.expect("the right certificate");
        assert_eq!(server.expect("accepted").sni.as_deref(), Some("ftp.example.org"));
        let (client, _) = handshake(&rings, sni(mode, true), Some("ftp.example.com")).await;
        client.expect("the right certificate");
    }
}

#[tokio::test]
async fn without_a_match_the_default_certificate_is_shown_unless_a_match_is_required() {
    let rings = named_rings();
    let (client, server) = handshake(&rings, sni(Extension::Optional, false), Some("localhost")).await;
    client.expect("the default certificate");
    server.expect("accepted");

    let (client, server) = handshake(&rings, sni(Extension::Optional, true), Some("localhost")).await;
    client.expect_err("refused");
    assert!(matches!(server, Err(HandshakeError::ServerNameUnknown { name }) if name == "localhost"));
}

#[tokio::test]
async fn a_client_without_a_name_is_refused_only_where_a_name_is_required() {
    let rings = named_rings();
    let (client, _) = handshake(&rings, sni(Extension::Optional, true), None).await;
    client.expect("the default certificate");
    let (client, server) = handshake(&rings, sni(Extension::Required, false), None).await;
    client.expect_err("refused");
    let error = server.expect_err("refused");
    assert!(matches!(error, HandshakeError::ServerNameMissing));
    assert_eq!(error.return_code(), 5901);
}

#[tokio::test]
async fn names_are_ignored_where_sni_is_off() {
    let rings = named_rings();
    let (client, _) = handshake(&rings, sni(Extension::Off, true), Some("ftp.example.org")).await;
    client.expect_err("the default certificate is for another name");
}

/// Handshakes with a client that offers these application protocols.
async fn alpn(data: bool, offered: &[&str]) -> (std::io::Result<()>, Result<Negotiated, HandshakeError>) {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    let mut config = rings.client(&[TLS12, TLS13]);
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let (client, server) = tcp().await;
    let serving = async {
        if data {
            let accepted = scope.accept_secondary(server, SecondaryPurpose::Download).await;
            accepted.map(|server| server.info().clone())
        } else {
            let accepted = scope.accept_primary(server, Vec::new()).await;
            accepted.map(|server| server.info().clone())
        }
    };
    let config = Arc::new(config);
    let (client, server) = tokio::join!(crate::support::connect(&config, client), serving);
    (client.map(drop), server)
}

#[tokio::test]
async fn application_protocols_of_other_services_are_refused_with_alert_120() {
    for (data, offered) in [
        (false, vec!["http/1.1"]),
        (false, vec!["h2", "http/1.1"]),
        (false, vec!["ftp-data"]),
        (true, vec!["h2"]),
    ] {
        let (client, server) = alpn(data, &offered).await;
        let error = client.expect_err("refused");
        let alert = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        assert_eq!(
            alert,
            Some(&Error::AlertReceived(AlertDescription::NoApplicationProtocol)),
            "{offered:?}"
        );
        assert!(matches!(server, Err(HandshakeError::OtherApplication)));
    }
}

#[tokio::test]
async fn ftp_is_chosen_where_the_client_offers_it_and_no_offer_is_fine() {
    let (_, server) = alpn(false, &["x-filezilla-ftp", "ftp"]).await;
    assert_eq!(server.expect("accepted").alpn.as_deref(), Some("ftp"));
    let (_, server) = alpn(true, &["ftp-data"]).await;
    assert_eq!(server.expect("accepted").alpn.as_deref(), Some("ftp-data"));
    for data in [false, true] {
        let (_, server) = alpn(data, &[]).await;
        assert_eq!(server.expect("accepted").alpn, None);
    }
}

#[tokio::test]
async fn the_hybrid_group_is_agreed_on_with_tls_13() {
    let rings = Rings::new();
    let scope = rings.environment(&actions()).session();
    // As clients of today do: the hybrid group first.
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    provider
        .kx_groups
        .sort_by_key(|group| group.name() != rustls::NamedGroup::X25519MLKEM768);
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[TLS13])
        .expect("versions")
        .with_root_certificates(rings.trust("ring"))
        .with_no_client_auth();
    let (_client, server) = control(&scope, &Arc::new(config)).await;
    let info = server.info();
    assert_eq!(info.group.as_deref(), Some("X25519MLKEM768"));
    assert_eq!(
        info.to_string(),
        "TLSv1.3 TLS_AES_256_GCM_SHA384 (1302) X25519MLKEM768 full sni=localhost"
    );
}

#[tokio::test]
async fn the_policys_order_of_suites_decides() {
    for (version, suites) in [
        (TLS13, [0x1303, 0x1301, 0x1302]),
        (TLS13, [0x1301, 0x1302, 0x1303]),
        (TLS12, [0xC02B, 0xC02C, 0xCCA9]),
        (TLS12, [0xCCA9, 0xC02C, 0xC02B]),
    ] {
        let rings = Rings::new();
        let mut actions = actions();
        actions.cipher_suites = sourced(suites.to_vec());
        let scope = rings.environment(&actions).session();
        let (_client, server) = control(&scope, &Arc::new(rings.client(&[version]))).await;
        assert_eq!(server.info().suite_number, suites[0]);
    }
}

#[tokio::test]
async fn a_protocol_that_is_off_is_refused() {
    for (version, tls12, tls13) in [(TLS12, false, true), (TLS13, true, false)] {
        let rings = Rings::new();
        let mut actions = actions();
        actions.protocols = sourced(Protocols { tls12, tls13 });
        let scope = rings.environment(&actions).session();
        let config = Arc::new(rings.client(&[version]));
        let (client, server) = tcp().await;
        let (client, server) = tokio::join!(
            crate::support::connect(&config, client),
            scope.accept_primary(server, Vec::new())
        );
        client.expect_err("refused");
        assert_eq!(server.expect_err("refused").return_code(), 402);
    }
}
