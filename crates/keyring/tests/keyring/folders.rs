//! Rings that are folders.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::SystemTime;

use ttls_keyring::KeyringError;

use crate::support::{DAY, Root, message, password};

#[test]
fn a_ring_that_we_made_opens_with_its_default_certificate() {
    let root = Root::new();
    root.make("user/ftp", "server");
    let ring = root.keyrings().open("user/ftp", None).expect("a ring");
    let entry = ring.entry(None).expect("the default");
    assert_eq!(entry.label(), "server");
    assert!(entry.is_default());
    assert_eq!(entry.facts().subject, "CN=ftp.example.com");
    assert_eq!(
        entry.facts().names,
        ["ftp.example.com", "192.0.2.1", "2001:db8::1"]
    );
    assert_eq!(entry.facts().key, "EC 256");
    entry.valid_at(SystemTime::now()).expect("valid");
    let key = entry.certified_key().expect("a key");
    assert_eq!(key.cert, entry.chain());
    assert_eq!(ring.path(), Some(root.path().join("user/ftp").as_path()));
}

#[test]
fn an_absolute_path_names_a_ring_folder() {
    let root = Root::new();
    let made = root.make("ftp", "server");
    let elsewhere = Root::new();
    let ring = elsewhere
        .keyrings()
        .open(made.ring.to_str().expect("UTF-8"), None)
        .expect("a ring");
    assert_eq!(ring.entries().len(), 1);
}

#[test]
fn a_key_in_the_certificates_file_is_found_and_so_is_every_usual_form_of_key() {
    let root = Root::new();
    fs::create_dir(root.path().join("ftp")).expect("a folder");
    root.openssl("req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out ftp/rsa.pem -days 9 -subj /CN=rsa");
    root.openssl("rsa -traditional -in rsa.key -out ftp/rsa.key");
    root.openssl("ecparam -genkey -name prime256v1 -noout -out ftp/ec.key");
    root.openssl("req -x509 -key ftp/ec.key -out ftp/ec.pem -days 9 -subj /CN=ec");
    root.openssl("req -x509 -newkey ed25519 -nodes -keyout ftp/both.pem -out edc.pem -days 9 -subj /CN=ed");
    let both = root.path().join("ftp/both.pem");
    let key = fs::read_to_string(&both).expect("a key");
    let certificate = fs::read_to_string(root.path().join("edc.pem")).expect("a certificate");
    // Text between the sections, as openssl writes it, does not matter.
    fs::write(
        &both,
        format!("Bag Attributes\n{key}\nsubject=CN = ed\n{certificate}"),
    )
    .expect("written");

    let ring = root.keyrings().open("ftp", None).expect("a ring");
    for label in ["rsa", "ec", "both"] {
        ring.entry(Some(label))
            .expect("an entry")
            .certified_key()
            .expect("a key");
    }
}

#[test]
fn a_chain_keeps_its_order_and_anchors_come_from_ca() {
    let root = Root::new();
    let mut new = root.new_ring("ftp", "server");
    new.authority = ttls_keyring::Authority::OwnCa;
    let made = new.create().expect("a ring");
    let leaf = fs::read_to_string(&made.certificate).expect("a certificate");
    let authority = fs::read_to_string(&made.trust).expect("a certificate");
    fs::write(&made.certificate, format!("{leaf}{authority}")).expect("written");

    let ring = root.keyrings().open("ftp", None).expect("a ring");
    let chain = ring.entry(None).expect("the default").chain();
    assert_eq!(chain.len(), 2);
    assert_eq!(ring.anchors(), &chain[1..]);
}

#[test]
fn a_missing_ring_is_an_error_with_its_path() {
    let root = Root::new();
    let error = root.keyrings().open("nosuch", None).expect_err("missing");
    let path = root.path().join("nosuch");
    assert_eq!(
        error,
        KeyringError::Missing {
            ring: "nosuch".to_owned(),
            path: path.clone()
        }
    );
    assert!(message("nosuch", &error).contains(path.to_str().expect("UTF-8")));
}

#[test]
fn a_missing_label_lists_those_there_are_and_labels_are_compared_exactly() {
    let root = Root::new();
    root.make("ftp", "server");
    root.make("ftp", "Old One");
    let ring = root.keyrings().open("ftp", None).expect("a ring");
    ring.entry(Some("Old One")).expect("blanks are fine");
    let error = ring.entry(Some("SERVER")).expect_err("another case");
    let message = message("ftp", &error);
    assert!(
        message.contains("the label \"SERVER\"; it holds \"Old One\", \"server\""),
        "{message}"
    );
}

#[test]
fn a_key_of_another_certificate_is_told_with_both_files() {
    let root = Root::new();
    let made = root.make("ftp", "server");
    let other = root.make("ftp", "other");
    fs::copy(&other.key, &made.key).expect("copied");
    let ring = root.keyrings().open("ftp", None).expect("a ring");
    let error = ring
        .entry(Some("server"))
        .expect("an entry")
        .certified_key()
        .expect_err("mismatch");
    assert!(matches!(&error, KeyringError::KeyMismatch { .. }), "{error}");
    let message = message("ftp", &error);
    assert!(
        message.contains("server.key") && message.contains("server.pem"),
        "{message}"
    );
}

#[test]
fn a_certificate_without_key_is_an_error_only_for_who_needs_the_key() {
    let root = Root::new();
    let made = root.make("ftp", "server");
    fs::remove_file(&made.key).expect("removed");
    let ring = root.keyrings().open("ftp", None).expect("a ring");
    let error = ring
        .entry(None)
        .expect("an entry")
        .certified_key()
        .expect_err("no key");
    assert!(
        message("ftp", &error).contains("put the key beside it as \"server.key\""),
        "{error}"
    );
}

#[test]
fn validity_is_judged_at_the_given_time() {
    let root = Root::new();
    root.make("ftp", "server");
    let ring = root.keyrings().open("ftp", None).expect("a ring");
    let entry = ring.entry(None).expect("the default");
    let now = SystemTime::now();
    entry.valid_at(now + 89 * DAY).expect("still valid");
    let error = entry.valid_at(now + 91 * DAY).expect_err("expired");
    assert!(message("ftp", &error).contains("expired on 20"), "{error}");
    let error = entry.valid_at(now - DAY).expect_err("too early");
    assert!(message("ftp", &error).contains("not valid before 20"), "{error}");
}

#[test]
fn one_broken_file_spoils_its_own_label_only() {
    let root = Root::new();
    root.make("ftp", "server");
    root.write("ftp/empty.pem", "nothing here\n", 0o600);
    root.write("ftp/cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n", 0o600);
    root.write(
        "ftp/odd.pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        0o600,
    );
    let ring = root.keyrings().open("ftp", None).expect("a ring");
    ring.entry(Some("server")).expect("untouched");
    for label in ["empty", "cut", "odd"] {
        let error = ring.entry(Some(label)).expect_err("broken");
        assert!(
            message("ftp", &error).contains(&format!("{label}.pem")),
            "{error}"
        );
    }
}

#[test]
fn the_default_is_what_the_mark_says() {
    let root = Root::new();
    root.make("ftp", "first");
    root.make("ftp", "second");
    let folder = root.path().join("ftp");
    let default = || {
        let ring = root.keyrings().open("ftp", None).expect("a ring");
        ring.entry(None).map(|entry| entry.label().to_owned())
    };
    assert_eq!(
        default().as_deref(),
        Ok("first"),
        "a second certificate does not take over"
    );
    fs::write(folder.join("default"), "second\n").expect("written");
    assert_eq!(default().as_deref(), Ok("second"));

    fs::remove_file(folder.join("default")).expect("removed");
    let error = default().expect_err("two, and no mark");
    assert!(message("ftp", &error).contains("write its label into"), "{error}");

    for mark in ["default", "default.pem"] {
        symlink("first.pem", folder.join(mark)).expect("linked");
        assert_eq!(default().as_deref(), Ok("first"));
        fs::remove_file(folder.join(mark)).expect("removed");
    }

    fs::write(folder.join("default"), "third\n").expect("written");
    let error = default().expect_err("nowhere");
    assert!(
        message("ftp", &error).contains("names \"third\", which is not in the ring"),
        "{error}"
    );
}

#[test]
fn folders_of_mounted_configuration_where_every_file_is_a_link_are_rings() {
    let root = Root::new();
    let made = root.make("made", "tls");
    let mounted = root.path().join("mounted");
    let version = mounted.join("..2026_11_22");
    fs::create_dir_all(&version).expect("a folder");
    symlink("..2026_11_22", mounted.join("..data")).expect("linked");
    fs::copy(&made.certificate, version.join("tls.crt")).expect("copied");
    fs::copy(&made.key, version.join("tls.key")).expect("copied");
    fs::write(version.join("default"), "tls").expect("written");
    for name in ["tls.crt", "tls.key", "default"] {
        symlink(format!("..data/{name}"), mounted.join(name)).expect("linked");
    }
    let ring = root.keyrings().open("mounted", None).expect("a ring");
    ring.entry(None)
        .expect("the default")
        .certified_key()
        .expect("a key");
}

#[test]
fn encrypted_keys_open_with_the_password_and_not_otherwise() {
    let root = Root::new();
    let made = root.make("ftp", "server");
    for algorithm in ["-v2 aes-256-cbc", "-v2 des3", "-scrypt"] {
        root.openssl(&format!(
            "pkcs8 -topk8 {algorithm} -in ftp/server.key -out locked.key -passout pass:geheim"
        ));
        let plain = fs::read(&made.key).expect("a key");
        fs::copy(root.path().join("locked.key"), &made.key).expect("copied");

        let open = |access| {
            let ring = root.keyrings().open("ftp", access).expect("a ring");
            ring.entry(None).expect("the default").certified_key().map(drop)
        };
        open(password("geheim")).expect(algorithm);
        let error = open(password("wrong one")).expect_err("wrong");
        assert!(
            message("ftp", &error).contains("does not open with the password given"),
            "{error}"
        );
        assert!(!error.to_string().contains("wrong one"));
        let error = open(None).expect_err("no password");
        assert!(
            message("ftp", &error).contains("add KeyringStashFile or KeyringPw"),
            "{error}"
        );
        fs::write(&made.key, plain).expect("restored");
    }
}

#[test]
fn a_key_encrypted_in_the_old_way_is_told_with_the_remedy() {
    let root = Root::new();
    let made = root.make("ftp", "server");
    root.openssl("ec -in ftp/server.key -aes128 -passout pass:geheim -out old.key");
    fs::copy(root.path().join("old.key"), &made.key).expect("copied");
    let ring = root.keyrings().open("ftp", password("geheim")).expect("a ring");
    let error = ring
        .entry(None)
        .expect("the default")
        .certified_key()
        .expect_err("old");
    assert!(message("ftp", &error).contains("openssl pkcs8 -topk8"), "{error}");
}

#[test]
fn debug_shows_neither_keys_nor_passwords() {
    let root = Root::new();
    root.make("ftp", "server");
    let ring = root.keyrings().open("ftp", password("geheim")).expect("a ring");
    let shown = format!("{ring:?} {:?}", password("geheim"));
    assert!(!shown.contains("geheim") && !shown.contains("PRIVATE"), "{shown}");
    assert!(
        shown.contains("Key(..)") && shown.contains("Password(..)"),
        "{shown}"
    );
}
