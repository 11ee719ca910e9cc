//! `ttls match` as a user meets it.

use std::path::Path;
use std::process::Output;

use crate::program::{stderr, stdout, ttls};

fn ttls_match(arguments: &[&str]) -> Output {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    ttls(&policies, &[&["match"], arguments].concat())
}

const PEER: [&str; 4] = ["--direction", "inbound", "--remote", "203.0.113.9:40000"];

#[test]
fn the_rule_is_named_with_its_actions_and_why_the_ones_before_it_are_not_it() {
    let arguments = ["--policy", "ftp-server.ttls", "--local", "192.0.2.10:990"];
    let output = ttls_match(&[&arguments[..], &PEER].concat());
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    let expected = "\
TTLSRule ftp_explicit (Priority 200) does not match
  yes  Direction Inbound                             Inbound
  no   LocalPortRange 21                             990

TTLSRule ftp_implicit (Priority 100) matches
  yes  Direction Inbound                             Inbound
  yes  LocalPortRange 990                            990

TTLSRule ftp_implicit turns TLS on:
  HandshakeRole          Server                                             TTLSEnvironmentAction ftp_server
";
    assert!(text.starts_with(expected), "{text}");
    assert!(
        text.contains("  Trace                  6                                                  TTLSGroupAction tls_on\n"),
        "{text}"
    );
    assert!(
        text.contains("cipher suite           1302 TLS_AES_256_GCM_SHA384"),
        "{text}"
    );
}

#[test]
fn a_connection_without_a_rule_is_said_to_have_none() {
    let arguments = ["--policy", "ftp-server.ttls", "--local", "192.0.2.10:80"];
    let output = ttls_match(&[&arguments[..], &PEER].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).ends_with("No rule matches: the connection has no policy.\n"));
}

#[test]
fn a_policy_that_cannot_be_used_matches_nothing() {
    for policy in ["missing.ttls", "/dev/null/x"] {
        let arguments = ["--policy", policy, "--local", "192.0.2.10:80"];
        let output = ttls_match(&[&arguments[..], &PEER].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(policy));
    }
    assert_eq!(
        ttls_match(&["--policy", "p", "--local", "nowhere"]).status.code(),
        Some(2)
    );
}

#[test]
fn a_rule_that_leaves_tls_off_says_so() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("off.ttls");
    let text = "TTLSRule off\n{\nUserid ann\nDirection Inbound\nTTLSGroupActionRef g\n}\n\
                TTLSGroupAction g\n{\nTTLSEnabled Off\n}\n";
    std::fs::write(&path, text).expect("writable");
    let path = path.to_string_lossy();
    let arguments = ["--policy", &path, "--local", "192.0.2.10:80", "--user", "ANN"];
    let output = ttls_match(&[&arguments[..], &PEER].concat());
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stdout(&output).contains("yes  Userid ann "),
        "{}",
        stdout(&output)
    );
    assert!(stdout(&output).ends_with("TTLSEnabled Off: the connection stays in clear.\n"));
}

/// A rule for office hours and one for everything else.
fn office_hours() -> (tempfile::TempDir, String) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("times.ttls");
    let text = "TTLSRule office\n{\nPriority 2\nLocalPortRange 80\nDirection Inbound\nTTLSGroupActionRef g\n\
                IpTimeCondition\n{\nDayOfWeekMask 0111110\nTimeOfDayRange 08:00-17:30\n}\n}\n\
                TTLSRule else\n{\nLocalPortRange 80\nDirection Inbound\nTTLSGroupActionRef g\n}\n\
                TTLSGroupAction g\n{\nTTLSEnabled Off\n}\n";
    std::fs::write(&path, text).expect("writable");
    let path = path.to_string_lossy().into_owned();
    (folder, path)
}

#[test]
fn the_time_decides_where_a_rule_asks_for_it() {
    let (_folder, path) = office_hours();
    let matched = |at: &str| {
        let arguments = ["--policy", &path, "--local", "192.0.2.10:80", "--at", at];
        stdout(&ttls_match(&[&arguments[..], &PEER].concat()))
    };
    let monday = matched("2026-03-02T09:00");
    assert!(
        monday.starts_with("TTLSRule office (Priority 2) matches\n"),
        "{monday}"
    );
    let night = matched("2026-03-02T22:00:00+02:00[+02:00]");
    let expected = "no   IpTimeCondition weekdays 0111110 08:00-17:30  2026-03-02 22:00:00 +02\n";
    assert!(night.contains(expected), "{night}");
    assert!(night.contains("TTLSRule else (Priority 1) matches\n"), "{night}");
    let arguments = ["--policy", &path, "--local", "192.0.2.10:80", "--at", "monday"];
    let refused = ttls_match(&[&arguments[..], &PEER].concat());
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn programs_get_the_same_answer_as_json() {
    let arguments = [
        "--json",
        "--policy",
        "ftp-server.ttls",
        "--local",
        "192.0.2.10:990",
    ];
    let output = ttls_match(&[&arguments[..], &PEER].concat());
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["result"], "tls");
    assert_eq!(answer["rule"], "ftp_implicit");
    assert_eq!(answer["tried"][0]["rule"], "ftp_explicit");
    assert_eq!(answer["tried"][0]["conditions"][1]["keyword"], "LocalPortRange");
    assert_eq!(answer["tried"][0]["conditions"][1]["holds"], false);
    assert_eq!(answer["tried"][1]["matches"], true);
    assert_eq!(answer["settings"][0]["keyword"], "HandshakeRole");
    assert_eq!(
        answer["settings"][0]["origin"],
        "TTLSEnvironmentAction ftp_server"
    );

    let (_folder, path) = office_hours();
    for (local, result, code) in [("192.0.2.10:80", "clear", 0), ("192.0.2.10:81", "no-rule", 1)] {
        let output = ttls_match(&[&["--json", "--policy", &path, "--local", local][..], &PEER].concat());
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(answer["result"], result);
        assert_eq!(output.status.code(), Some(code));
    }
}
