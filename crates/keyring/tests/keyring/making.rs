//! `ttls keyring new`.

use std::fs;
use std::time::SystemTime;

use ttls_keyring::{Authority, KeyType, KeyringError};

use crate::support::{DAY, Root, message, mode};

#[test]
fn every_kind_of_key_makes_a_certificate_that_openssl_verifies() {
    let root = Root::new();
    let kinds = [
        (KeyType::EcdsaP256, "EC 256"),
        (KeyType::EcdsaP384, "EC 384"),
        (KeyType::Rsa2048, "RSA 2048"),
        (KeyType::Rsa3072, "RSA 3072"),
        (KeyType::Ed25519, "1.3.101.112"),
    ];
    for (index, (kind, shown)) in kinds.into_iter().enumerate() {
        for authority in [Authority::SelfSigned, Authority::OwnCa] {
            let mut new = root.new_ring(&format!("ring{index}{authority:?}"), "server");
            new.key = kind;
            new.authority = authority;
            let made = new.create().expect("a ring");
            let ring = root.keyrings().open(&new.name, None).expect("opens");
            let entry = ring.entry(None).expect("the default");
            entry.certified_key().expect("a key");
            assert_eq!(entry.facts().key, shown);
            root.openssl(&format!(
                "verify -purpose sslserver -verify_hostname ftp.example.com -CAfile {} {}",
                made.trust.display(),
                made.certificate.display()
            ));
            root.openssl(&format!(
                "verify -verify_ip 2001:db8::1 -CAfile {} {}",
                made.trust.display(),
                made.certificate.display()
            ));
        }
    }
}

#[test]
fn files_and_folders_are_their_owners_alone() {
    let root = Root::new();
    let mut new = root.new_ring("user/ftp", "server");
    new.authority = Authority::OwnCa;
    let made = new.create().expect("a ring");
    for folder in [root.path().join("user"), made.ring.clone(), made.ring.join("ca")] {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
    }
    for file in [
        &made.certificate,
        &made.key,
        &made.trust,
        &made.ring.join("ca/authority.key"),
    ] {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
}

#[test]
fn nothing_is_overwritten() {
    let root = Root::new();
    let made = root.make("ftp", "server");
    let before = fs::read(&made.key).expect("a key");
    let error = root
        .new_ring("ftp", "server")
        .create()
        .expect_err("there already");
    assert_eq!(
        error,
        KeyringError::AlreadyThere {
            ring: "ftp".to_owned(),
            path: made.certificate.clone()
        }
    );
    fs::remove_file(&made.certificate).expect("removed");
    let error = root
        .new_ring("ftp", "server")
        .create()
        .expect_err("the key is there already");
    assert!(matches!(error, KeyringError::AlreadyThere { path, .. } if path == made.key));
    assert_eq!(fs::read(&made.key).expect("a key"), before);
}

#[test]
fn a_second_certificate_is_signed_by_the_same_authority() {
    let root = Root::new();
    for (label, key) in [("ecdsa", KeyType::EcdsaP256), ("rsa", KeyType::Rsa2048)] {
        let mut new = root.new_ring("ftp", label);
        new.authority = Authority::OwnCa;
        new.key = key;
        new.create().expect("a certificate");
    }
    let ring = root.keyrings().open("ftp", None).expect("a ring");
    assert_eq!((ring.entries().len(), ring.anchors().len()), (2, 1));
    assert_eq!(ring.entry(None).expect("the default").label(), "ecdsa");
    root.openssl("verify -CAfile ftp/ca/authority.pem ftp/ecdsa.pem ftp/rsa.pem");
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_written() {
    let root = Root::new();
    let mut no_hosts = root.new_ring("ftp", "server");
    no_hosts.hosts.clear();
    let mut far = root.new_ring("ftp", "server");
    far.days = 9_000_000;
    let mut odd_host = root.new_ring("ftp", "server");
    odd_host.hosts = vec!["ftp.exämple.com".to_owned()];
    let labels = ["", "default", ".hidden", "a/b"].map(|label| root.new_ring("ftp", label));
    let system = root.new_ring("*AUTH*/*", "server");
    for new in [no_hosts, far, odd_host, system].into_iter().chain(labels) {
        let error = new.create().expect_err("refused");
        message(&new.name, &error);
        assert!(!root.path().join("ftp").exists(), "{error}");
    }
}

#[test]
fn validity_starts_a_little_early_and_lasts_the_days_asked_for() {
    let root = Root::new();
    root.make("ftp", "server");
    let ring = root.keyrings().open("ftp", None).expect("a ring");
    let facts = ring.entry(None).expect("the default").facts();
    let now = SystemTime::now();
    assert!(facts.not_before < now && facts.not_before > now - DAY);
    assert!(facts.not_after > now + 89 * DAY && facts.not_after < now + 91 * DAY);
}
