//! Whatever the text, the lint says something about it and renders it.

use proptest::prelude::*;
use ttls_lint::lint;
use ttls_lint::render::{Format, render};
use ttls_policy::{SourceText, schema};

/// Lines that look like the language: real keywords, values, braces, comments.
fn line() -> impl Strategy<Value = String> {
    let mut keywords: Vec<&str> = vec!["{", "}", "# ttls: allow(", "# ttls: allow(weak-cipher, x) y"];
    for statement in schema::statements() {
        keywords.extend([statement.keyword; 3]);
        keywords.extend(statement.params().map(|param| param.keyword));
    }
    let values = [
        "",
        "a",
        "A",
        "On",
        "Off",
        "0",
        "21",
        "32-99",
        "All",
        "10.0.0.0/8",
        "0035C02F",
        "Inbound",
        "ä #",
    ];
    (
        prop::sample::select(keywords),
        prop::sample::select(values.to_vec()),
    )
        .prop_map(|(keyword, value)| format!("{keyword} {value}\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_lines_are_linted_and_rendered(lines in prop::collection::vec(line(), 0..60)) {
        check(&lines.concat());
    }

    #[test]
    fn any_characters_are_linted_and_rendered(text in "(?s).{0,200}") {
        check(&text);
    }
}

fn check(text: &str) {
    let source = SourceText {
        name: "p".to_string(),
        text: text.to_string(),
    };
    let reports = [lint(source, &mut |_| Err(std::io::ErrorKind::NotFound.into()))];
    let count = reports[0].diagnostics.len();
    for format in [Format::Human, Format::Sarif] {
        render(format, &reports);
    }
    for format in [Format::Concise, Format::Json, Format::Github] {
        assert_eq!(render(format, &reports).lines().count(), count, "{format:?}");
    }
}
