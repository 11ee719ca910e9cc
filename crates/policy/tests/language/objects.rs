//! Objects, references, repetition.

use super::{Server, actions, compiled, policy, says, words};

#[test]
fn references_may_lead_forward_and_backward() {
    let text = Server {
        environment: "TTLSCipherParmsRef modern\n",
        after: "TTLSCipherParms modern\n{\nV3CipherSuites4Char 1301C02F\n}\n",
        ..Server::default()
    }
    .text();
    says(&text, &[]);
    assert_eq!(actions(&text).cipher_suites.value, [0x1301, 0xC02F]);
}

#[test]
fn a_reference_to_nothing_is_an_error_with_the_nearest_name() {
    let text = Server::default()
        .text()
        .replace("ActionRef server", "ActionRef sever");
    says(&text, &["6:26 error undefined-reference"]);
    assert!(words(&compiled(&text)).contains("did you mean `server`?"));
}

#[test]
fn a_reference_to_another_type_says_which_it_is() {
    let text = Server::default()
        .text()
        .replace("EnvironmentActionRef server", "EnvironmentActionRef on");
    says(&text, &["6:26 error wrong-reference-type"]);
    assert!(
        words(&compiled(&text)).contains("which is a TTLSGroupAction; it must be a TTLSEnvironmentAction")
    );
}

#[test]
fn references_of_unused_objects_are_checked_too() {
    let after = "TTLSEnvironmentAction unused\n{\nHandshakeRole Server\nTTLSKeyringParmsRef nowhere\n}\n";
    says(
        &Server {
            after,
            ..Server::default()
        }
        .text(),
        &["26:21 error undefined-reference"],
    );
}

#[test]
fn inline_blocks_cannot_be_referred_to() {
    let text = Server {
        environment: "TTLSCipherParms modern\n{\nV3CipherSuites4Char 1301C02F\n}\n",
        after: "TTLSConnectionAction c\n{\nTTLSCipherParmsRef modern\n}\n",
        ..Server::default()
    };
    says(&text.text(), &["29:20 error undefined-reference"]);
}

#[test]
fn of_two_objects_with_one_name_the_last_counts() {
    let text = Server {
        after: "TTLSGroupAction on\n{\nTTLSEnabled On\nTrace 255\n}\n",
        ..Server::default()
    }
    .text();
    says(&text, &["23:1 warning duplicate-object"]);
    assert_eq!(actions(&text).trace.value, 255);
    let text = Server {
        after: "IpAddr on\n{\nAddr 192.0.2.1\n}\n",
        ..Server::default()
    }
    .text();
    says(&text, &[]);
}

#[test]
fn a_rule_defined_twice_is_one_rule() {
    let again = "TTLSRule web\n{\nLocalPortRange 8443\nDirection Inbound\nTTLSGroupActionRef on\nTTLSEnvironmentActionRef server\n}\n";
    let text = Server {
        after: again,
        ..Server::default()
    }
    .text();
    says(&text, &["23:1 warning duplicate-object"]);
    assert_eq!(policy(&text).inbound_ports(), [8443]);
}

#[test]
fn of_a_parameter_coded_twice_the_last_counts() {
    let text = Server {
        advanced: "HandshakeTimeout 5\nHandshakeTimeout 7\n",
        ..Server::default()
    }
    .text();
    says(&text, &["22:1 warning repeated-parameter"]);
    assert_eq!(
        actions(&text).handshake_timeout.value.map(|t| t.as_secs()),
        Some(7)
    );
}

#[test]
fn of_a_reference_and_an_inline_block_the_last_replaces_the_other_whole() {
    let cipher = |first: &str, second: &str| {
        Server {
            environment: &format!("{first}{second}"),
            after: "TTLSCipherParms named\n{\nV3CipherSuites4Char 1302C030\n}\n",
            ..Server::default()
        }
        .text()
    };
    let inline = "TTLSCipherParms\n{\nV3CipherSuites4Char 1301C02F\n}\n";
    let text = cipher("TTLSCipherParmsRef named\n", inline);
    says(&text, &["23:1 warning replaced-block"]);
    assert_eq!(actions(&text).cipher_suites.value, [0x1301, 0xC02F]);
    let text = cipher(inline, "TTLSCipherParmsRef named\n");
    says(&text, &["26:1 warning replaced-block"]);
    assert_eq!(actions(&text).cipher_suites.value, [0x1302, 0xC030]);
}

#[test]
fn alternatives_of_a_condition_exclude_each_other() {
    let after = "PortRange p\n{\nPort 22\n}\n";
    let text = Server {
        rule: "LocalPortRangeRef p\n",
        after,
        ..Server::default()
    }
    .text();
    says(&text, &["7:1 error conflicting-alternatives"]);
    says(
        "IpAddrSet s\n{\nPrefix 192.0.2.0/24\nRange 192.0.2.1-192.0.2.2\n}\n",
        &["4:1 error conflicting-alternatives"],
    );
}

#[test]
fn what_a_statement_must_have_is_asked_for() {
    says(
        "TTLSEnvironmentAction e\n{\n}\nTTLSGroupAction g\n{\n}\nIpAddrGroup i\n{\n}\nTTLSRule r\n{\n}\nTTLSKeyringParms k\n{\n}\n",
        &[
            "1:1 error missing-parameter",
            "1:1 error missing-parameter",
            "4:1 error missing-parameter",
            "7:1 error missing-parameter",
            "10:1 error missing-parameter",
            "10:1 error missing-parameter",
            "10:1 error rule-without-condition",
            "13:1 error missing-parameter",
        ],
    );
}

#[test]
fn an_enabled_rule_needs_an_environment_and_another_does_not() {
    let text = Server::default()
        .text()
        .replace("TTLSEnvironmentActionRef server\n", "");
    says(&text, &["1:1 error rule-without-environment"]);
    says(&text.replace("TTLSEnabled On", "TTLSEnabled Off"), &[]);
}

#[test]
fn several_sources_are_one_policy_and_the_last_wins() {
    use ttls_policy::{SourceText, compile};
    let source = |name: &str, text: &str| SourceText {
        name: name.to_string(),
        text: text.to_string(),
    };
    let common = Server {
        group: "Trace 4\n",
        ..Server::default()
    }
    .text();
    let own = "TTLSGroupAction on\n{\nTTLSEnabled On\nTrace 8\n}\n";
    let compilation = compile(
        &[source("common", &common), source("own", own)],
        &mut |_| unreachable!(),
    );
    assert_eq!(compilation.diagnostics.len(), 1);
    assert_eq!(compilation.diagnostics[0].span.source, 1);
    let policy = compilation.policy.expect("it compiles");
    assert_eq!(policy.action_sets().next().expect("a set").trace.value, 8);
}
