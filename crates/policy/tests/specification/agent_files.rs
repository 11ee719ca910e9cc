//! The statements of the agent's own files.

use crate::table::{compiled, names};

/// A line of a main file, and what is said about it apart from files that do not exist.
const LINES: &[(&str, &[&str])] = &[
    ("TcpImage TCPIP", &[]),
    ("TcpImage TCPIP FLUSH PURGE 600", &[]),
    ("tcpimage TCPIP NOFLUSH NOPURGE 2147483647", &[]),
    ("PEPInstance TCPIP 1", &[]),
    ("TcpImage", &["missing-value"]),
    ("TcpImage TCPIP 2147483648", &["invalid-value"]),
    ("TcpImage TCPIP 0", &["invalid-value"]),
    ("TcpImage TCPIP FLUSH 600 700", &["trailing-text"]),
    ("TTLSConfig", &[]),
    ("TTLSConfig FLUSH PURGE", &[]),
    ("CommonTTLSConfig", &["missing-value"]),
    ("LogLevel 0", &[]),
    ("LogLevel 511", &[]),
    ("LogLevel 512", &["invalid-value"]),
    ("LogLevel", &["missing-value"]),
    ("Codepage IBM-1047", &["unsupported-statement"]),
];

#[test]
fn lines_have_their_operands() {
    for (line, wanted) in LINES {
        let rest = if line.starts_with("TTLSConfig") {
            ""
        } else {
            "TTLSConfig\n"
        };
        let said = said(&format!("{line}\n{rest}"));
        assert_eq!(said, *wanted, "{line}");
    }
}

#[test]
fn blocks_of_other_services_are_not_supported_or_do_not_concern_us() {
    for block in [
        "PolicyServer",
        "ServerConnection",
        "ClientConnection",
        "DynamicConfigPolicyLoad name",
        "AutoMonitorApps",
        "AutoMonitorParms",
        "ServicesConnection",
    ] {
        let text = format!("{block}\n{{\nPolicyType TTLS\n{{\nFLUSH\n}}\n}}\nTTLSConfig\n");
        assert_eq!(said(&text), ["unsupported-statement"], "{block}");
    }
}

#[test]
fn there_are_at_most_eight_stacks() {
    let images = |count: usize| -> String {
        (1..=count)
            .map(|number| format!("TcpImage STACK{number}\n"))
            .collect::<String>()
            + "TTLSConfig\n"
    };
    assert!(!said(&images(8)).contains(&"invalid-value"));
    assert!(said(&images(9)).contains(&"invalid-value"));
}

/// Without what is said of a policy that has no rules.
fn said(text: &str) -> Vec<&'static str> {
    let mut said = names(&compiled(text));
    said.retain(|name| *name != "no-rules");
    said
}
