//! No text makes the compiler panic or hang, and whatever it says has its place.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use ttls_policy::{Compilation, Level, SourceText, compile, render, schema};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_characters_are_read(text in "(?s).{0,200}") {
        check(&text);
    }

    #[test]
    fn random_lines_of_the_language_are_read(lines in prop::collection::vec(line(), 0..60)) {
        check(&lines.concat());
    }

    #[test]
    fn random_ftp_data_is_read(lines in prop::collection::vec(line(), 0..30)) {
        let file = lines.concat();
        let policy = "TTLSFtpParms f\n{\nFtpDataFile x\n}\n";
        let source = SourceText { name: "p".to_string(), text: policy.to_string() };
        look_at(&compile(&[source], &mut |_| Ok(file.clone())));
    }
}

/// Failing cases are printed whole; they become tests by hand.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Lines that look like the language: real keywords, wrong and right values, braces, comments.
fn line() -> impl Strategy<Value = String> {
    let mut keywords: Vec<String> = Vec::new();
    for statement in schema::statements() {
        keywords.push(statement.keyword.to_string());
        keywords.extend(statement.params().map(|param| param.keyword.to_string()));
    }
    let words: Vec<String> = [
        "",
        "x",
        "On",
        "Off",
        "Any",
        "All",
        "0",
        "1",
        "21",
        "1-5",
        "1 5",
        "(1024,2048)",
        "Inbound",
        "Server",
        "192.0.2.1",
        "192.0.2.0/24",
        "::/0",
        "::1-::5",
        "2001:db8::1",
        "0.0.0.0:21",
        "[::]:21",
        "C02F1301",
        "2F",
        "1301",
        "TLS_AES_128_GCM_SHA256",
        "00230024",
        "0101",
        "REQUIRED",
        "a/b",
        "AUTH_TLS",
        "AUTO",
        "{",
        "}",
        "x {",
        "x }",
        "#",
        "x#y",
        ";",
        "é",
        "\u{202e}",
        "99999999999999999999",
        "-",
        "*",
        "a*",
        "20260101000000:20260101000001",
        "08:00-09:00",
        "1111111",
        "TRUE",
        "CCCNONOTIFY",
    ]
    .map(str::to_string)
    .to_vec();
    let any_word = prop_oneof![4 => prop::sample::select(words), 1 => "\\PC{0,12}"];
    let blank = prop::sample::select(vec![" ", "  ", "\t", ""]);
    let attribute = (prop::sample::select(keywords), blank, any_word.clone(), any_word)
        .prop_map(|(keyword, blank, first, second)| format!("{keyword}{blank}{first} {second}\n"));
    prop_oneof![
        6 => attribute,
        3 => Just("{\n".to_string()),
        3 => Just("}\n".to_string()),
        1 => "\\PC{0,20}\n",
        1 => Just("\r\n".to_string()),
    ]
}

fn check(text: &str) {
    let source = SourceText {
        name: "policy".to_string(),
        text: text.to_string(),
    };
    look_at(&compile(&[source], &mut |_| {
        Err(std::io::Error::other("not here"))
    }));
}

fn look_at(compilation: &Compilation) {
    let errors = compilation.diagnostics.iter().any(|d| d.level == Level::Error);
    assert_eq!(compilation.policy.is_none(), errors);
    for diagnostic in &compilation.diagnostics {
        let spans = diagnostic
            .secondary
            .iter()
            .map(|(span, _)| *span)
            .chain([diagnostic.span]);
        for span in spans {
            let text = &compilation.sources[span.source].text;
            assert!(text.get(span.start..span.end).is_some(), "{diagnostic:?}");
        }
        assert!(render(diagnostic, &compilation.sources).contains(diagnostic.code));
    }
}

/// Each of these is bad for something that compares all with all, recurses, or repeats itself.
#[test]
fn hostile_texts_are_read_in_bounded_time() {
    let many = 10_000;
    let texts = [
        "{\n".repeat(many),
        "}\n".repeat(many),
        "TTLSRule r {\n".repeat(many),
        "IpAddrGroup g\n{\nIpAddrSet s\n{\n".repeat(many / 4),
        "TTLSKeyringParms k {\nTTLSKeyringParms k {\n".repeat(many / 2),
        format!("TTLSKeyringParms k\n{{\n{}}}\n", "Keyring x\n".repeat(many)),
        format!(
            "TTLSCipherParms k\n{{\n{}}}\n",
            "V3CipherSuites4Char C02FC030009C\n".repeat(many)
        ),
        format!("TTLSRule k\n{{\n{}}}\n", "Directoin Inbound\n".repeat(many)),
        format!("TTLSRule k\n{{\n{}}}\n", "LocalAddrRef nowhere\n".repeat(many)),
        "TTLSRul r\n{\n}\n".repeat(many),
        format!(
            "TTLSCipherParms k\n{{\nV3CipherSuites4Char {}\n}}\n",
            "C02F".repeat(many)
        ),
        "x".repeat(many * 20),
        format!("TTLSRule {}\n{{\n}}\n", "x".repeat(many * 20)),
        "#".repeat(many * 20),
        " ".repeat(many * 20),
        "\n".repeat(many * 20),
        (0..many)
            .map(|n| format!("IpAddr a{n}\n{{\nAddr 192.0.2.1\n}}\n"))
            .collect(),
        (0..many)
            .map(|n| {
                format!(
                    "TTLSGateway g{n}\n{{\nListen 0.0.0.0:21\nTarget 0.0.0.0:{}\n}}\n",
                    n + 1
                )
            })
            .collect(),
    ];
    for text in texts {
        let start = Instant::now();
        check(&text);
        let beginning: String = text.chars().take(60).collect();
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?}: {beginning}",
            start.elapsed()
        );
    }
}
