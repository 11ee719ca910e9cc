//! Environments that cannot be built, and which ones are the same.

use std::fs;
use std::time::{Duration, SystemTime};

use ttls_keyring::{KeyType, KeyringError};
use ttls_policy::{
    ActionSet, ClientAuthType, Facility, HandshakeRole, KeyringAccess, SecureLogin, SessionReuse,
};
use ttls_tls::{Environment, EnvironmentKey, TlsError};

use crate::support::{Rings, actions, sourced, with_reuse};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn keyring_problem(result: Result<Environment, TlsError>) -> KeyringError {
    match result {
        Err(TlsError::Keyring { problem, environment }) => {
            assert_eq!(environment, "FtpServerEnv");
            *problem
        }
        other => panic!("expected a key ring error, got {other:?}"),
    }
}

#[test]
fn an_expired_certificate_is_an_error_before_the_first_connection() {
    let rings = Rings::new();
    let later = SystemTime::now() + 31 * DAY;
    let problem = keyring_problem(Environment::build(&actions(), &rings.keyrings(), later));
    assert!(
        matches!(&problem, KeyringError::Expired { label, .. } if label == "server"),
        "{problem}"
    );
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_an_error_before_the_first_connection() {
    let rings = Rings::new();
    let earlier = SystemTime::now() - 2 * DAY;
    let problem = keyring_problem(Environment::build(&actions(), &rings.keyrings(), earlier));
    assert!(matches!(problem, KeyringError::NotYetValid { .. }), "{problem}");
}

#[test]
fn a_key_of_another_certificate_is_an_error_before_the_first_connection() {
    let rings = Rings::new();
    rings.add("ring", "second", KeyType::EcdsaP256, &["localhost"]);
    let folder = rings.folder("ring");
    fs::copy(folder.join("second.key"), folder.join("server.key")).expect("copied");
    let problem = keyring_problem(rings.build(&actions()));
    assert!(matches!(problem, KeyringError::KeyMismatch { .. }), "{problem}");
}

#[test]
fn a_missing_label_is_an_error_that_lists_the_labels() {
    let rings = Rings::new();
    let mut actions = actions();
    actions.certificate_labels = sourced(vec!["sever".to_owned()]);
    let problem = keyring_problem(rings.build(&actions));
    assert!(
        problem
            .to_string()
            .contains("no certificate with the label \"sever\"; it holds \"server\""),
        "{problem}"
    );
}

#[test]
fn validating_client_certificates_needs_trust_anchors() {
    let rings = Rings::new();
    fs::remove_dir_all(rings.folder("ring").join("ca")).expect("removed");
    let mut actions = actions();
    actions.role = sourced(HandshakeRole::ServerWithClientAuth);
    for kind in [ClientAuthType::Full, ClientAuthType::Required] {
        actions.client_auth = sourced(kind);
        assert!(matches!(rings.build(&actions), Err(TlsError::NoAnchors { .. })));
    }
    actions.client_auth = sourced(ClientAuthType::PassThru);
    rings.build(&actions).expect("nobody is validated");
}

#[test]
fn what_is_wrong_with_an_environment_has_a_return_code() {
    let rings = Rings::new();
    let code = |change: &dyn Fn(&mut ActionSet)| {
        let mut actions = actions();
        change(&mut actions);
        rings.build(&actions).expect_err("wrong").return_code()
    };
    assert_eq!(
        code(&|actions| actions.certificate_labels = sourced(vec!["sever".to_owned()])),
        6
    );
    assert_eq!(
        code(&|actions| actions.keyring.value.name = "nowhere".to_owned()),
        202
    );
    assert_eq!(
        code(&|actions| actions.ftp.as_mut().expect("set").value.secure_login = SecureLogin::Required),
        5909
    );
    fs::remove_dir_all(rings.folder("ring").join("ca")).expect("removed");
    assert_eq!(
        code(&|actions| actions.role = sourced(HandshakeRole::ServerWithClientAuth)),
        109
    );
    let later = Environment::build(&actions(), &rings.keyrings(), SystemTime::now() + 31 * DAY);
    assert_eq!(later.expect_err("expired").return_code(), 401);
    fs::remove_file(rings.folder("ring").join("server.key")).expect("removed");
    assert_eq!(code(&|_| {}), 428);
}

#[test]
fn secure_login_required_needs_validated_client_certificates() {
    let rings = Rings::new();
    let mut actions = actions();
    actions.ftp.as_mut().expect("set").value.secure_login = SecureLogin::Required;
    assert!(matches!(rings.build(&actions), Err(TlsError::SecureLogin { .. })));
    actions.role = sourced(HandshakeRole::ServerWithClientAuth);
    actions.client_auth = sourced(ClientAuthType::PassThru);
    assert!(matches!(rings.build(&actions), Err(TlsError::SecureLogin { .. })));
    actions.client_auth = sourced(ClientAuthType::Full);
    rings.build(&actions).expect("validated");
}

#[test]
fn the_certificates_in_use_are_listed() {
    let rings = Rings::new();
    let environment = rings.build(&actions()).expect("an environment");
    let [certificate] = environment.certificates() else {
        panic!("one certificate")
    };
    assert_eq!(certificate.label, "server");
    assert_eq!(certificate.subject, "CN=localhost");
    assert!(certificate.not_after > SystemTime::now() + 29 * DAY);
}

#[test]
fn the_key_changes_with_what_goes_into_the_environment_and_with_nothing_else() {
    let key = EnvironmentKey::of(&actions());
    let mut same = actions();
    same.rule = "AnotherRule".to_owned();
    same.trace = sourced(255);
    same.trace_clear_text = sourced(true);
    same.facility = sourced(Facility::Auth);
    same.ftp.as_mut().expect("set").value.port_reject = true;
    assert_eq!(EnvironmentKey::of(&same), key);

    let mut instance = actions();
    instance.instances[1] = 1;
    let mut group_instance = actions();
    group_instance.instances[0] = 1;
    let mut suites = actions();
    suites.cipher_suites.value.reverse();
    let mut password = actions();
    password.keyring.value.access = Some(KeyringAccess::Password("secret".to_owned()));
    for different in [
        instance,
        group_instance,
        suites,
        with_reuse(SessionReuse::Required),
        password,
    ] {
        assert_ne!(EnvironmentKey::of(&different), key);
    }
}

#[test]
fn no_password_and_no_key_is_shown_by_debug() {
    let mut actions = actions();
    actions.keyring.value.access = Some(KeyringAccess::Password("hunter2".to_owned()));
    assert!(!format!("{:?}", EnvironmentKey::of(&actions)).contains("hunter2"));
    let environment = Rings::new().environment(&crate::support::actions());
    let shown = format!("{environment:?} {:?}", environment.session());
    assert!(shown.contains("FtpServerEnv") && shown.len() < 1000, "{shown}");
}
