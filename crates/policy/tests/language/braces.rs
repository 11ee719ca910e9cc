//! Braces, and how a file is read on when they are wrong.

use super::{Server, policy, says};

#[test]
fn a_brace_on_the_line_of_its_statement_is_taken_with_a_note() {
    let text = Server::default()
        .text()
        .replace("TTLSRule web\n{", "TTLSRule web {")
        .replace("TTLSKeyringParms\n{", "TTLSKeyringParms{");
    says(
        &text,
        &[
            "1:14 note brace-on-keyword-line",
            "14:17 note brace-on-keyword-line",
        ],
    );
    assert_eq!(policy(&text).inbound_ports(), [443]);
}

#[test]
fn a_block_on_one_line_is_an_error_and_nothing_else_is_said_about_it() {
    says(
        "TTLSRule r { Direction Inbound }\n",
        &["1:12 error brace-not-alone"],
    );
    says(
        "TTLSRule r\n{ Direction Inbound }\n",
        &["2:1 error brace-not-alone"],
    );
    says("IpAddr a\n{\nAddr 192.0.2.1 }\n", &["3:16 error brace-not-alone"]);
    says(
        "IpAddr a\n{\nAddr 192.0.2.1\n} IpAddr b\n",
        &["4:1 error brace-not-alone"],
    );
}

#[test]
fn a_missing_closing_brace_does_not_hide_what_follows() {
    let text = Server::default()
        .text()
        .replacen("ActionRef server\n}\n", "ActionRef server\n", 1);
    says(
        &format!("{text}IpAddr a\n{{\nAddr 1\n}}\n"),
        &["2:1 error unbalanced-braces", "24:6 error invalid-address"],
    );
}

#[test]
fn a_missing_brace_at_the_end_is_reported_where_it_was_opened() {
    let text = Server::default().text();
    says(
        text.trim_end().strip_suffix('}').expect("a brace"),
        &["13:1 error unbalanced-braces"],
    );
}

#[test]
fn a_closing_brace_too_many_is_reported_where_it_is() {
    says(
        &Server {
            after: "}\n",
            ..Server::default()
        }
        .text(),
        &["23:1 error unbalanced-braces"],
    );
}

#[test]
fn a_block_without_its_opening_brace_is_read_all_the_same() {
    says(
        "IpAddr a\nAddr 1\n}\n",
        &["1:1 error unbalanced-braces", "2:6 error invalid-address"],
    );
    says("IpAddr a\n}\n", &["1:1 error unbalanced-braces"]);
    says("IpAddr a\n", &["1:1 error unbalanced-braces"]);
    says(
        "IpAddr a\nIpAddr b\n{\nAddr 192.0.2.1\n}\n",
        &["1:1 error unbalanced-braces"],
    );
}

#[test]
fn a_brace_that_belongs_to_nothing_takes_its_block_with_it() {
    says("{\nfoo bar\n}\n", &["1:1 error unbalanced-braces"]);
    says(
        &Server {
            rule: "Priority 2\n{\nfoo bar\n}\n",
            ..Server::default()
        }
        .text(),
        &["8:1 error unbalanced-braces"],
    );
}

#[test]
fn blocks_nest_so_deep_and_no_deeper() {
    let deep = "IpAddrGroup g\n{\n".repeat(50) + &"}\n".repeat(50);
    let text = format!("{deep}IpAddr a\n{{\nAddr 1\n}}\n");
    let said = super::said(&super::compiled(&text));
    assert!(
        said.contains(&"17:1 error nesting-too-deep".to_string())
            || said.contains(&"18:1 error nesting-too-deep".to_string()),
        "{said:?}"
    );
    assert_eq!(
        said.last().map(String::as_str),
        Some("153:6 error invalid-address")
    );
}
