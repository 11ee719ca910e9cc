//! `ttls keyring check`.

use std::fs;
use std::time::SystemTime;

use ttls_keyring::{Authority, Finding, Severity};

use crate::support::{DAY, Root, chmod};

fn findings(root: &Root, days_later: u32) -> Vec<Finding> {
    let ring = root.keyrings().open("ftp", None).expect("a ring");
    ring.check(SystemTime::now() + DAY * days_later)
}

fn find<'a>(findings: &'a [Finding], text: &str) -> &'a Finding {
    findings
        .iter()
        .find(|finding| finding.message.contains(text))
        .unwrap_or_else(|| panic!("no finding with \"{text}\" in {findings:?}"))
}

#[test]
fn a_good_ring_has_only_its_days_left() {
    let root = Root::new();
    root.make("ftp", "server");
    let findings = findings(&root, 0);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].severity, Severity::Info);
    assert!(
        findings[0]
            .message
            .contains("is valid for 89 more days, until 20"),
        "{findings:?}"
    );
}

#[test]
fn the_end_of_a_certificate_is_a_warning_and_then_an_error() {
    let root = Root::new();
    root.make("ftp", "server");
    let soon = findings(&root, 80);
    assert_eq!(find(&soon, "more days").severity, Severity::Warning);
    let late = findings(&root, 100);
    let finding = find(&late, "expired on");
    assert_eq!(
        (finding.severity, finding.label.as_deref()),
        (Severity::Error, Some("server"))
    );
}

#[test]
fn keys_that_others_can_read_are_a_warning() {
    let root = Root::new();
    let made = root.make("ftp", "server");
    for mode in [0o640, 0o604, 0o620] {
        chmod(&made.key, mode);
        let findings = findings(&root, 0);
        assert_eq!(find(&findings, "chmod 600").severity, Severity::Warning);
    }
    chmod(&made.key, 0o400);
    assert_eq!(findings(&root, 0).len(), 1);
}

#[test]
fn everything_broken_is_told_at_once() {
    let root = Root::new();
    let mut new = root.new_ring("ftp", "server");
    new.authority = Authority::OwnCa;
    new.create().expect("a ring");
    let other = root.make("ftp", "other");
    root.make("ftp", "third");
    fs::copy(root.path().join("ftp/third.key"), &other.key).expect("copied");
    root.write("ftp/junk.pem", "junk", 0o600);
    root.write("ftp/ca/junk.pem", "junk", 0o600);
    root.write("ftp/default", "nosuch", 0o600);
    let findings = findings(&root, 0);
    assert_eq!(find(&findings, "ftp/junk.pem").label.as_deref(), Some("junk"));
    for text in [
        "ftp/ca/junk.pem",
        "does not belong to the certificate \"other\"",
        "names \"nosuch\"",
    ] {
        assert_eq!(find(&findings, text).severity, Severity::Error);
    }
}

#[test]
fn expired_anchors_are_a_warning() {
    let root = Root::new();
    let mut new = root.new_ring("ftp", "server");
    new.authority = Authority::OwnCa;
    new.create().expect("a ring");
    let later = findings(&root, 4000);
    assert_eq!(
        find(&later, "trust anchor CN=ttls authority").severity,
        Severity::Warning
    );
}
