//! Rings that are one file, passwords and stash files, the system trust store.

use std::fs;
use std::path::PathBuf;

use ttls_keyring::{Access, Authority, KeyringError};

use crate::support::{Root, message, password};

/// A root with `leaf.pem` and `leaf.key`, signed by `ca.pem`.
fn signed() -> Root {
    let root = Root::new();
    let mut new = root.new_ring("made", "leaf");
    new.authority = Authority::OwnCa;
    let made = new.create().expect("a ring");
    for (from, to) in [
        (&made.certificate, "leaf.pem"),
        (&made.key, "leaf.key"),
        (&made.trust, "ca.pem"),
    ] {
        fs::copy(from, root.path().join(to)).expect("copied");
    }
    root
}

fn file(root: &Root, name: &str) -> String {
    root.path().join(name).to_str().expect("UTF-8").to_owned()
}

#[test]
fn pkcs12_files_of_openssl_new_and_old_open_with_label_chain_and_anchors() {
    for form in ["", "-legacy", "-keypbe AES-256-CBC -certpbe NONE"] {
        let root = signed();
        root.openssl(&format!(
            "pkcs12 -export {form} -in leaf.pem -inkey leaf.key -certfile ca.pem -name ftp-server \
             -out ring.p12 -passout pass:geheim"
        ));
        let name = file(&root, "ring.p12");
        let ring = root.keyrings().open(&name, password("geheim")).expect("a ring");
        let entry = ring.entry(None).expect("the only one");
        assert_eq!(entry.label(), "ftp-server", "{form}");
        entry.certified_key().expect("a key");
        assert_eq!(entry.chain().len(), 1, "the root is not sent");
        assert_eq!(ring.anchors().len(), 1);
        assert!(std::ptr::eq(
            entry,
            ring.entry(Some("ftp-server")).expect("by label")
        ));

        let error = root
            .keyrings()
            .open(&name, password("falsch"))
            .expect_err("wrong password");
        assert!(!message(&name, &error).contains("falsch"), "{error}");
        let error = root.keyrings().open(&name, None).expect_err("no password");
        assert!(
            message(&name, &error).contains("add KeyringStashFile or KeyringPw"),
            "{error}"
        );
    }
}

#[test]
fn a_pkcs12_file_is_known_by_its_content_and_labelled_by_its_name_where_it_has_none() {
    let root = signed();
    root.openssl("pkcs12 -export -in leaf.pem -inkey leaf.key -out ring.dat -passout pass:geheim");
    let ring = root
        .keyrings()
        .open(&file(&root, "ring.dat"), password("geheim"))
        .expect("a ring");
    assert_eq!(ring.entry(None).expect("the only one").label(), "ring");
    assert!(ring.anchors().is_empty());
}

#[test]
fn a_pem_file_holds_certificate_key_and_roots() {
    let root = signed();
    let parts = ["leaf.pem", "leaf.key", "ca.pem"].map(|part| fs::read(file(&root, part)).expect("a part"));
    fs::write(file(&root, "bundle.pem"), parts.concat()).expect("written");
    let ring = root
        .keyrings()
        .open(&file(&root, "bundle.pem"), password("any"))
        .expect("a ring");
    let entry = ring.entry(None).expect("the only one");
    assert_eq!(entry.label(), "bundle");
    entry.certified_key().expect("a key");
    assert_eq!((entry.chain().len(), ring.anchors().len()), (1, 1));
}

#[test]
fn files_that_are_neither_are_told() {
    let root = Root::new();
    for content in ["", "hello", "0\u{1}"] {
        let path = root.write("junk", content, 0o600);
        let name = path.to_str().expect("UTF-8");
        let error = root.keyrings().open(name, password("x")).expect_err("junk");
        assert!(
            message(name, &error).contains("neither PKCS#12 nor PEM"),
            "{error}"
        );
    }
    let path = root.path().join("junk.p12");
    fs::write(&path, [0x30, 0x82, 0x10, 0x00, 1, 2, 3]).expect("written");
    let name = path.to_str().expect("UTF-8");
    let error = root.keyrings().open(name, password("x")).expect_err("junk");
    assert!(
        message(name, &error).contains("no PKCS#12 file that can be read"),
        "{error}"
    );
}

fn stash(path: PathBuf) -> Option<Access> {
    Some(Access::StashFile(path))
}

#[test]
fn the_first_line_of_a_stash_file_is_the_password() {
    let root = signed();
    root.openssl("pkcs12 -export -in leaf.pem -inkey leaf.key -out ring.p12 -passout pass:ge-heim");
    let name = file(&root, "ring.p12");
    for content in ["ge-heim", "ge-heim\n", "ge-heim\r\nmore\n"] {
        let path = root.write("stash", content, 0o600);
        root.keyrings().open(&name, stash(path)).expect("opened");
    }
}

#[test]
fn stash_files_that_others_can_read_are_refused_with_the_remedy() {
    let root = signed();
    root.openssl("pkcs12 -export -in leaf.pem -inkey leaf.key -out ring.p12 -passout pass:geheim");
    let name = file(&root, "ring.p12");
    for mode in [0o640, 0o604, 0o644] {
        let path = root.write("stash", "geheim\n", mode);
        let error = root
            .keyrings()
            .open(&name, stash(path))
            .expect_err("open to others");
        assert!(matches!(error, KeyringError::Stash { .. }));
        assert!(message(&name, &error).contains("chmod 600"), "{error}");
    }
    let path = root.write("empty", "\n", 0o600);
    let error = root.keyrings().open(&name, stash(path)).expect_err("empty");
    assert!(message(&name, &error).contains("first line is empty"), "{error}");
    let path = root.write("ibm.sth", "whatever", 0o600);
    let error = root.keyrings().open(&name, stash(path)).expect_err("IBM's");
    assert!(message(&name, &error).contains(".sth format of IBM"), "{error}");
    let error = root
        .keyrings()
        .open(&name, stash(root.path().join("nosuch")))
        .expect_err("missing");
    assert!(message(&name, &error).contains("nosuch"), "{error}");
}

#[test]
fn the_system_trust_store_is_a_ring_of_anchors() {
    let keyrings = Root::new().keyrings();
    match keyrings.open("*AUTH*/*", None) {
        Ok(ring) => {
            assert!(!ring.anchors().is_empty() && ring.entries().is_empty());
            assert_eq!(ring.path(), None);
            let error = ring.entry(None).expect_err("no personal certificate");
            assert!(
                message("*AUTH*/*", &error).contains("trust anchors only"),
                "{error}"
            );
        }
        Err(error) => assert!(message("*AUTH*/*", &error).contains("ca-certificates"), "{error}"),
    }
}
