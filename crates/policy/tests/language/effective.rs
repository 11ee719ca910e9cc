//! Values of action sets, and where they come from.

use std::path::PathBuf;
use std::time::Duration;

use super::{Server, actions, says};
use ttls_policy::{
    ActionSet, ClientAuthType, Extension, HandshakeRole, KeyringAccess, Origin, Protocols, ServerSni, Sourced,
};

fn from<T>(origin: Origin, value: T) -> Sourced<T> {
    Sourced { value, origin }
}

/// The action set with a connection action whose own and advanced lines are these.
fn overridden(own: &str, advanced: &str) -> ActionSet {
    let after =
        format!("TTLSConnectionAction c\n{{\n{own}TTLSConnectionAdvancedParms\n{{\n{advanced}}}\n}}\n");
    actions(
        &Server {
            rule: "TTLSConnectionActionRef c\n",
            group: "Trace 4\nTTLSGroupAdvancedParms\n{\nSecondaryMap On\n}\n",
            environment: "EnvironmentUserInstance 3\n",
            advanced: "HandshakeTimeout 20\nApplicationControlled On\nCertificateLabel env\n",
            after: &after,
            ..Server::default()
        }
        .text(),
    )
}

#[test]
fn what_is_not_coded_has_the_documented_default() {
    let set = actions(&Server::default().text());
    assert_eq!(
        (set.rule.as_str(), set.group.as_str(), set.environment.as_str()),
        ("web", "on", "server")
    );
    assert_eq!(set.connection, None);
    assert_eq!(set.role, from(Origin::Environment, HandshakeRole::Server));
    assert_eq!(set.client_auth, from(Origin::Default, ClientAuthType::Required));
    assert_eq!(set.certificate_labels, from(Origin::Default, Vec::new()));
    assert_eq!(set.application_controlled, from(Origin::Default, false));
    assert_eq!(set.secondary_map, from(Origin::Default, false));
    assert_eq!(
        set.handshake_timeout,
        from(Origin::Default, Some(Duration::from_secs(10)))
    );
    assert_eq!(set.trace, from(Origin::Default, 2));
    assert_eq!(
        set.protocols,
        from(
            Origin::Default,
            Protocols {
                tls12: true,
                tls13: true
            }
        )
    );
    assert_eq!(set.ftp, None);
    assert_eq!(set.instances, [0, 0]);
    let sni = ServerSni {
        mode: Extension::Off,
        match_required: false,
        list: Vec::new(),
    };
    assert_eq!(set.server_sni, from(Origin::Default, sni));
}

#[test]
fn what_only_wider_scopes_code_comes_from_there() {
    let set = overridden("", "");
    assert_eq!(set.connection.as_deref(), Some("c"));
    assert_eq!(set.trace, from(Origin::Group, 4));
    assert_eq!(set.secondary_map, from(Origin::Group, true));
    assert_eq!(
        set.handshake_timeout,
        from(Origin::Environment, Some(Duration::from_secs(20)))
    );
    assert_eq!(set.application_controlled, from(Origin::Environment, true));
    assert_eq!(
        set.certificate_labels,
        from(Origin::Environment, vec!["env".to_string()])
    );
    assert_eq!(set.instances, [0, 3]);
}

#[test]
fn the_narrowest_scope_that_codes_a_parameter_wins() {
    let set = overridden(
        "HandshakeRole ServerWithClientAuth\nTrace 8\n",
        "SecondaryMap Off\nHandshakeTimeout 0\nApplicationControlled Off\nCertificateLabel con\nTLSv1.2 Off\n",
    );
    assert_eq!(
        set.role,
        from(Origin::Connection, HandshakeRole::ServerWithClientAuth)
    );
    assert_eq!(set.trace, from(Origin::Connection, 8));
    assert_eq!(set.secondary_map, from(Origin::Connection, false));
    assert_eq!(set.handshake_timeout, from(Origin::Connection, None));
    assert_eq!(set.application_controlled, from(Origin::Connection, false));
    assert_eq!(
        set.certificate_labels,
        from(Origin::Connection, vec!["con".to_string()])
    );
    assert_eq!(
        set.protocols,
        from(
            Origin::Connection,
            Protocols {
                tls12: false,
                tls13: true
            }
        )
    );
}

#[test]
fn a_cipher_list_of_the_connection_replaces_that_of_the_environment() {
    let text = Server {
        rule: "TTLSConnectionActionRef c\n",
        environment: "TTLSCipherParms\n{\nV3CipherSuites4Char 1302C030\n}\n",
        after: "TTLSConnectionAction c\n{\nTTLSCipherParms\n{\nV3CipherSuites4Char 1301C02F\n}\n}\n",
        ..Server::default()
    };
    assert_eq!(
        actions(&text.text()).cipher_suites,
        from(Origin::Connection, vec![0x1301, 0xC02F])
    );
}

#[test]
fn server_labels_outrank_the_label_and_come_as_lists_or_lines() {
    let text = Server {
        advanced: "CertificateLabel other\nServerCertificateLabel My RSA, My ECDSA\nServerCertificateLabel third\n",
        ..Server::default()
    };
    let labels = ["My RSA", "My ECDSA", "third"].map(str::to_string).to_vec();
    assert_eq!(
        actions(&text.text()).certificate_labels,
        from(Origin::Environment, labels)
    );
}

#[test]
fn key_rings_come_as_names_or_as_files_with_what_opens_them() {
    let ring = |name: &str, lines: &str| {
        let text = Server {
            keyring: lines,
            ..Server::default()
        }
        .text();
        actions(&text.replace("Keyring ring", &format!("Keyring {name}")))
            .keyring
            .value
    };
    assert_eq!(ring("FTPD/ftpring", "").access, None);
    assert_eq!(ring("*AUTH*/*", "").name, "*AUTH*/*");
    let stash = ring("/etc/ttls/my ring.p12", "KeyringStashFile /etc/ttls/stash\n");
    assert_eq!(stash.name, "/etc/ttls/my ring.p12");
    assert_eq!(
        stash.access,
        Some(KeyringAccess::StashFile(PathBuf::from("/etc/ttls/stash")))
    );
    let password = ring("/a.p12", "KeyringPw pass word\n");
    assert_eq!(
        password.access,
        Some(KeyringAccess::Password("pass word".to_string()))
    );
}

#[test]
fn a_password_wins_over_a_stash_file_with_a_warning() {
    let text = Server {
        keyring: "KeyringPw secret\nKeyringStashFile /s\n",
        ..Server::default()
    }
    .text();
    says(&text, &["19:1 warning no-effect"]);
    assert!(matches!(
        actions(&text).keyring.value.access,
        Some(KeyringAccess::Password(_))
    ));
}

#[test]
fn server_names_and_their_labels_keep_their_order() {
    let advanced = "ServerHandshakeSNI optional\nServerHandshakeSNIMatch Required\nServerHandshakeSNIList FTP.example.com/Label One\nServerHandshakeSNIList b.example.com/two\n";
    let set = actions(
        &Server {
            advanced,
            ..Server::default()
        }
        .text(),
    );
    let list = [("ftp.example.com", "Label One"), ("b.example.com", "two")];
    let list = list
        .map(|(host, label)| (host.to_string(), label.to_string()))
        .to_vec();
    let sni = ServerSni {
        mode: Extension::Optional,
        match_required: true,
        list,
    };
    assert_eq!(set.server_sni, from(Origin::Environment, sni));
}

#[test]
fn server_names_without_a_list_or_a_list_without_the_switch_are_reported() {
    let with = |advanced: &str| {
        Server {
            advanced,
            ..Server::default()
        }
        .text()
    };
    says(
        &with("ServerHandshakeSNI Required\n"),
        &["21:20 error sni-without-list"],
    );
    says(
        &with("ServerHandshakeSNIList a.example/b\n"),
        &["21:1 warning no-effect"],
    );
    says(
        &with("ServerHandshakeSNIList a.example\n"),
        &["21:24 error invalid-value"],
    );
}

#[test]
fn rules_that_share_actions_differ_in_their_name_only() {
    let after = "TTLSRule second\n{\nLocalPortRange 444\nDirection Inbound\nTTLSGroupActionRef on\nTTLSEnvironmentActionRef server\n}\n";
    let policy = super::policy(
        &Server {
            after,
            ..Server::default()
        }
        .text(),
    );
    let sets: Vec<ActionSet> = policy.action_sets().map(|set| ActionSet::clone(set)).collect();
    assert_eq!(sets.len(), 2);
    assert_eq!(
        ActionSet {
            rule: sets[1].rule.clone(),
            ..sets[0].clone()
        },
        sets[1]
    );
    assert_ne!(sets[0].rule, sets[1].rule);
}
