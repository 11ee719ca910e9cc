//! Keywords that are not known, or not here.

use super::{Server, compiled, says, words};

#[test]
fn an_unknown_parameter_is_shown_the_nearest_one() {
    for (wrong, right) in [
        ("HandshakTimeout 5", "`HandshakeTimeout`"),
        ("AplicationControlled On", "`ApplicationControlled`"),
        ("TLSV.12 On", "`TLSv1.2`"),
        (
            "HandshakeTimeout=5",
            "write a blank between `HandshakeTimeout` and its value",
        ),
    ] {
        let text = Server {
            advanced: &format!("{wrong}\n"),
            ..Server::default()
        }
        .text();
        says(&text, &["21:1 error unknown-keyword"]);
        assert!(
            words(&compiled(&text)).contains(right),
            "{wrong}: {}",
            words(&compiled(&text))
        );
    }
}

#[test]
fn an_unknown_parameter_near_nothing_gets_no_advice() {
    let text = Server {
        advanced: "Banana 5\n",
        ..Server::default()
    }
    .text();
    says(&text, &["21:1 error unknown-keyword"]);
    assert!(words(&compiled(&text)).contains("TTLSEnvironmentAdvancedParms has no parameter `Banana` / -"));
}

#[test]
fn a_misspelt_statement_is_checked_as_what_it_was_meant_to_be() {
    let text = Server {
        advanced: "Banana 5\n",
        ..Server::default()
    }
    .text()
    .replace("TTLSEnvironmentAction server", "TTLSEnviromentAction server");
    says(
        &text,
        &["12:1 error unknown-keyword", "21:1 error unknown-keyword"],
    );
    says(
        "Banana x\n{\nanything\n{\ngoes\n}\n}\nIpAddr a\n{\nAddr 192.0.2.1\n}\n",
        &["1:1 error unknown-keyword"],
    );
}

#[test]
fn a_parameter_in_the_wrong_block_is_told_where_it_belongs() {
    let text = Server {
        environment: "SecondaryMap On\n",
        ..Server::default()
    }
    .text();
    says(&text, &["22:1 error misplaced-keyword"]);
    assert!(words(&compiled(&text)).contains(
        "it belongs in TTLSGroupAdvancedParms, TTLSEnvironmentAdvancedParms or TTLSConnectionAdvancedParms"
    ));
}

#[test]
fn a_parameter_at_file_level_is_told_where_it_belongs() {
    let text = Server {
        after: "Keyring ring\n",
        ..Server::default()
    }
    .text();
    says(&text, &["23:1 error misplaced-keyword"]);
    assert!(words(&compiled(&text)).contains("it belongs in TTLSKeyringParms"));
}

#[test]
fn a_file_level_statement_inside_a_block_closes_the_block() {
    let text = Server::default().text().replace(
        "LocalPortRange 443\n",
        "TTLSGroupAction x\n{\nTTLSEnabled On\n}\n",
    );
    says(
        &text,
        &[
            "2:1 error unbalanced-braces",
            "7:1 error misplaced-keyword",
            "8:1 error misplaced-keyword",
            "9:1 error misplaced-keyword",
            "10:1 error unbalanced-braces",
        ],
    );
}

#[test]
fn a_statement_without_a_name_is_an_error_at_file_level_only() {
    let text = Server {
        after: "TTLSCipherParms\n{\n}\n",
        ..Server::default()
    }
    .text();
    says(&text, &["23:1 error missing-name"]);
}

#[test]
fn parameters_of_environments_that_connections_may_have_are_taken_with_a_warning() {
    let after = "TTLSConnectionAdvancedParms c\n{\nClientAuthType Full\n}\nTTLSConnectionAdvancedParms d\n{\nServerKexECurves 0023\n}\n";
    says(
        &Server {
            after,
            ..Server::default()
        }
        .text(),
        &["25:1 warning doubtful-scope", "29:1 error misplaced-keyword"],
    );
}

#[test]
fn of_many_mistakes_some_are_shown_and_the_rest_is_mentioned() {
    let text = "Banana x\n".repeat(2000);
    let said = super::said(&compiled(&text));
    assert_eq!(said.len(), 501);
    assert_eq!(
        said.last().map(String::as_str),
        Some("501:1 error too-many-diagnostics")
    );
    // Warnings do not use up the room of errors.
    let noisy = "IpAddr a junk\n{\nAddr 192.0.2.1\n}\n".repeat(2000);
    let said = super::said(&compiled(&format!("{noisy}Banana x\n")));
    assert!(said.iter().any(|line| line.ends_with("error unknown-keyword")));
}
