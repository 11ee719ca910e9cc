//! `ttls show` as a user meets it.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::program::{stderr, stdout, ttls};

fn show(arguments: &[&str]) -> Output {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/show");
    ttls(&policies, &[&["show"], arguments].concat())
}

#[test]
fn a_policy_is_shown_as_its_snapshot_says() {
    let output = show(&["policy.ttls"]);
    assert_eq!(output.status.code(), Some(0));
    let shown = stdout(&output).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert_eq!(shown, include_str!("../show/policy.txt"));
}

#[test]
fn json_has_the_same_as_its_snapshot_says() {
    let output = show(&["--json", "policy.ttls"]);
    assert_eq!(output.status.code(), Some(0));
    let shown: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let expected: Value = serde_json::from_str(include_str!("../show/policy.json")).expect("JSON");
    assert_eq!(shown, expected);
}

#[test]
fn passwords_are_not_shown() {
    assert!(include_str!("../show/policy.ttls").contains("sesame"));
    for arguments in [&["policy.ttls"][..], &["--json", "policy.ttls"]] {
        let output = show(arguments);
        assert!(!stdout(&output).contains("sesame"));
        assert!(!stderr(&output).contains("sesame"));
    }
}

#[test]
fn a_policy_with_errors_is_not_shown() {
    let output = show(&["broken.ttls"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("broken.ttls: the policy has errors"));
}
