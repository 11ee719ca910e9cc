//! Action sets of the TLS client role.

use ttls_policy::{ActionSet, ClientSni, HandshakeRole, HostReference, Origin};

use super::{Server, actions, compiled, says, words};

fn text(advanced: &str) -> String {
    Server {
        advanced,
        ..Server::default()
    }
    .text()
    .replace("HandshakeRole Server", "HandshakeRole Client")
}

fn set(advanced: &str) -> ActionSet {
    actions(&text(advanced))
}

#[test]
fn client_roles_are_taken() {
    says(&text(""), &[]);
    assert_eq!(set("").role.value, HandshakeRole::Client);
}

#[test]
fn by_default_a_client_checks_no_name_and_sends_none() {
    let set = set("");
    assert_eq!(set.host_reference.value, HostReference::default());
    assert_eq!(set.host_reference.origin, Origin::Default);
    assert_eq!(
        set.client_sni.value,
        ClientSni {
            on: false,
            names: Vec::new()
        }
    );
}

#[test]
fn the_names_that_a_client_demands_are_read() {
    let set = set(
        "HostReferenceIdDNS FTP.Example.COM\nHostReferenceIdCN Partner FTP\nHostRefWildcardValidation On\n",
    );
    let expected = HostReference {
        dns: Some("ftp.example.com".to_owned()),
        cn: Some("Partner FTP".to_owned()),
        wildcards: true,
    };
    assert_eq!(set.host_reference.value, expected);
    assert_eq!(set.host_reference.origin, Origin::Environment);
}

#[test]
fn the_name_that_a_client_sends_is_read() {
    let set = set("ClientHandshakeSNI Optional\nClientHandshakeSNIList FTP.Example.com\n");
    let expected = ClientSni {
        on: true,
        names: vec!["ftp.example.com".to_owned()],
    };
    assert_eq!(set.client_sni.value, expected);
}

#[test]
fn the_switch_and_the_list_of_client_names_go_together() {
    says(
        &text("ClientHandshakeSNI Optional\n"),
        &["21:20 error sni-without-list"],
    );
    says(
        &text("ClientHandshakeSNIList a.example\n"),
        &["21:1 warning no-effect"],
    );
    let two = text(
        "ClientHandshakeSNI Optional\nClientHandshakeSNIList a.example\nClientHandshakeSNIList b.example\n",
    );
    says(&two, &["23:1 warning no-effect"]);
    assert!(words(&compiled(&two)).contains("of ClientHandshakeSNIList the first counts"));
}

#[test]
fn that_a_server_must_acknowledge_the_name_is_accepted_without_effect() {
    let text = text(
        "ClientHandshakeSNI Required\nClientHandshakeSNIMatch Required\nClientHandshakeSNIList a.example\n",
    );
    says(&text, &["21:20 warning no-effect", "22:25 warning no-effect"]);
}

#[test]
fn a_client_has_no_server_certificate_labels() {
    let labels = "CertificateLabel mine\nServerCertificateLabel rsa,ecdsa\n";
    assert_eq!(set(labels).certificate_labels.value, ["mine"]);
}
