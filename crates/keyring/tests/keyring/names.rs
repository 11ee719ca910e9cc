//! Names that are refused, and listing.

use std::fs;

use crate::support::{Root, message};

#[test]
fn names_that_cannot_be_are_refused_with_what_to_do() {
    let root = Root::new();
    for (name, remedy) in [
        ("", "write the name of a ring"),
        ("../etc", "write an absolute path instead"),
        ("a/../../b", "write an absolute path instead"),
        ("*TOKEN*/card", "PKCS#11 tokens are not supported"),
        ("*SITE*/*", "ring folder"),
        ("USER1/*", "ring folder"),
        ("/etc/key.kdb", "export the certificates as PKCS#12"),
        ("/etc/key.sth", "KeyringStashFile"),
    ] {
        let error = root.keyrings().open(name, None).expect_err(name);
        assert!(message(name, &error).contains(remedy), "{error}");
    }
}

#[test]
fn rings_are_listed_with_and_without_a_user() {
    let root = Root::new();
    root.make("plain", "server");
    root.make("plain", "second");
    root.make("alice/ftp", "a");
    root.make("alice/web", "b");
    root.write("alice/web/broken.pem", "nothing", 0o600);
    fs::create_dir_all(root.path().join("nothing/here")).expect("a folder");
    let rings = root.keyrings().list().expect("a list");
    let names: Vec<_> = rings.iter().map(|ring| ring.name.as_str()).collect();
    assert_eq!(names, ["alice/ftp", "alice/web", "plain"]);
    assert_eq!(rings[2].labels, ["second", "server"]);
    assert_eq!(rings[2].default.as_deref(), Some("server"));
    assert!(rings[2].problems.is_empty() && rings[2].not_after.is_some());
    assert!(
        rings[1].problems[0].contains("broken.pem"),
        "{:?}",
        rings[1].problems
    );
}

#[test]
fn a_root_that_is_not_there_is_an_error() {
    let root = Root::new();
    let missing = ttls_keyring::Keyrings::new(root.path().join("nosuch"));
    let error = missing.list().expect_err("missing");
    assert!(error.to_string().contains("nosuch"), "{error}");
}
