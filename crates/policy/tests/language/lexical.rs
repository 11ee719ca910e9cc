//! Section 1: lines, comments, words.

use super::{Server, actions, compiled, policy, says, words};

#[test]
fn blank_lines_comments_indentation_and_line_ends_do_not_matter() {
    let text = Server {
        advanced: "\n  # a comment\n\tHandshakeTimeout\t20   # seconds\r\n\r\n",
        ..Server::default()
    };
    says(&text.text(), &[]);
    assert_eq!(
        actions(&text.text()).handshake_timeout.value.map(|t| t.as_secs()),
        Some(20)
    );
    says(&format!("\u{feff}{}", text.text().replace('\n', "\r\n")), &[]);
}

#[test]
fn a_last_line_needs_no_end() {
    says(Server::default().text().trim_end(), &[]);
}

#[test]
fn keywords_and_enumerated_values_are_read_in_any_case() {
    let text = Server::default().text();
    for (from, to) in [
        ("TTLSKeyringParms", "TTLSKeyRingParms"),
        ("Direction Inbound", "DIRECTION inBOUND"),
        ("TTLSEnabled On", "ttlsenabled ON"),
        ("TTLSRule", "ttlsrule"),
    ] {
        assert!(text.contains(from));
        says(&text.replace(from, to), &[]);
    }
}

#[test]
fn names_are_compared_with_their_case() {
    let text = Server::default().text().replace("ActionRef on", "ActionRef ON");
    says(&text, &["5:20 error undefined-reference"]);
    assert!(words(&compiled(&text)).contains("did you mean `on`?"));
}

#[test]
fn text_behind_a_value_is_ignored_with_a_warning() {
    let text = Server {
        rule: "Priority 500 00000300\n",
        ..Server::default()
    }
    .text();
    says(&text, &["7:14 warning trailing-text"]);
    assert_eq!(
        policy(&text).rules().next().map(ttls_policy::Rule::priority),
        Some(500)
    );
    says(
        &Server::default()
            .text()
            .replace("TTLSRule web", "TTLSRule web server"),
        &["1:14 warning trailing-text"],
    );
}

#[test]
fn string_values_run_to_the_end_of_the_line() {
    let text = Server {
        advanced: "CertificateLabel  My Server Cert {1}  # new\n",
        ..Server::default()
    }
    .text();
    says(&text, &[]);
    assert_eq!(actions(&text).certificate_labels.value, ["My Server Cert {1}"]);
}

#[test]
fn a_hash_inside_a_value_is_a_comment_and_warned_about() {
    let text = Server {
        advanced: "CertificateLabel cert#1\n",
        ..Server::default()
    }
    .text();
    says(&text, &["21:22 warning comment-in-value"]);
    assert_eq!(actions(&text).certificate_labels.value, ["cert"]);
}

#[test]
fn a_comment_may_touch_a_brace() {
    says(
        &Server::default()
            .text()
            .replace("{\n", "{# open\n")
            .replace("}\n", "}#close\n"),
        &[],
    );
}

#[test]
fn names_have_at_most_32_characters() {
    let rename = |name: &str| {
        Server::default()
            .text()
            .replace("ActionRef on", &format!("ActionRef {name}"))
            .replace("Action on", &format!("Action {name}"))
    };
    says(&rename(&"n".repeat(32)), &[]);
    says(&rename(&"n".repeat(33)), &["8:17 error invalid-name"]);
    says(&rename("gAct1~Z-S.S_1"), &[]);
}

#[test]
fn a_value_may_be_missing() {
    says(
        &Server {
            rule: "Priority\n",
            ..Server::default()
        }
        .text(),
        &["7:1 error missing-value"],
    );
}

#[test]
fn numbers_have_bounds() {
    for (value, good) in [
        ("1", true),
        ("2000000000", true),
        ("0", false),
        ("2000000001", false),
        ("99999999999999999999", false),
        ("1x", false),
        ("+1", false),
        ("-", false),
    ] {
        let text = Server {
            rule: &format!("Priority {value}\n"),
            ..Server::default()
        }
        .text();
        let expected: &[&str] = if good { &[] } else { &["7:10 error invalid-value"] };
        says(&text, expected);
    }
}
