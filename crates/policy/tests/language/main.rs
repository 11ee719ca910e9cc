//! The language as administrators meet it: texts, what is said about them, and what they mean.

mod addresses;
mod agent_files;
mod braces;
mod ciphers;
mod client_role;
mod effective;
mod field;
mod ftp;
mod gateways;
mod keywords;
mod lexical;
mod objects;
mod rendering;
mod rules;
mod text;
mod times;
mod tls_parms;
mod verdicts;

use std::io;
use std::path::Path;

use jiff::Zoned;
use ttls_policy::{ActionSet, Compilation, Decision, Policy, SourceText, compile, schema};

/// Compiles one text that includes nothing.
fn compiled(text: &str) -> Compilation {
    with_files(text, &[])
}

/// Compiles `/etc/ttls/policy` with these files around it.
fn with_files(text: &str, files: &[(&str, &str)]) -> Compilation {
    let source = SourceText {
        name: "/etc/ttls/policy".to_string(),
        text: text.to_string(),
    };
    let mut read = |path: &Path| {
        files
            .iter()
            .find(|(name, _)| Path::new(name) == path)
            .map(|(_, text)| (*text).to_string())
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    };
    compile(&[source], &mut read)
}

/// What is said, as `line:column level name` for each diagnostic.
fn said(compilation: &Compilation) -> Vec<String> {
    let line = |d: &ttls_policy::Diagnostic| {
        let text = &compilation.sources[d.span.source].text;
        let before = &text[..d.span.start];
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let file = if d.span.source == 0 {
            ""
        } else {
            compilation.sources[d.span.source].name.as_str()
        };
        format!(
            "{file}{}:{column} {} {}",
            before.matches('\n').count() + 1,
            d.level.word(),
            d.name
        )
    };
    compilation.diagnostics.iter().map(line).collect()
}

/// The text has exactly this said about it, and compiles exactly when nothing of it is an error.
#[track_caller]
fn says(text: &str, expected: &[&str]) {
    let compilation = compiled(text);
    assert_eq!(said(&compilation), expected, "\n{}", rendered(&compilation));
    let errors = expected.iter().any(|line| line.contains(" error "));
    assert_eq!(compilation.policy.is_none(), errors);
}

/// Messages and helps of all diagnostics.
fn words(compilation: &Compilation) -> String {
    compilation
        .diagnostics
        .iter()
        .map(|d| format!("{} / {}\n", d.message, d.help.as_deref().unwrap_or("-")))
        .collect()
}

fn rendered(compilation: &Compilation) -> String {
    compilation
        .diagnostics
        .iter()
        .map(|d| ttls_policy::render(d, &compilation.sources))
        .collect()
}

#[track_caller]
fn policy(text: &str) -> Policy {
    let compilation = compiled(text);
    let said = rendered(&compilation);
    compilation.policy.unwrap_or_else(|| panic!("{said}"))
}

/// The action set of the only rule.
#[track_caller]
fn actions(text: &str) -> ActionSet {
    let policy = policy(text);
    let set = policy.action_sets().next().expect("an enabled rule");
    ActionSet::clone(set)
}

fn tls_rule(decision: &Decision) -> Option<&str> {
    match decision {
        Decision::Tls(actions) => Some(&actions.rule),
        _ => None,
    }
}

/// For policies that do not care when.
fn noon() -> Zoned {
    at("2026-03-02T12:00:00Z")
}

#[track_caller]
fn at(instant: &str) -> Zoned {
    let instant: jiff::Timestamp = instant.parse().expect("an instant");
    instant.to_zoned(jiff::tz::TimeZone::UTC)
}

/// A whole policy in which some blocks have further lines. Where only one of them is used, it begins at line 7
/// (rule), 11 (group), 18 (key ring), 21 (advanced parameters), 22 (environment) or 23 (after).
#[derive(Default)]
struct Server<'t> {
    rule: &'t str,
    group: &'t str,
    environment: &'t str,
    keyring: &'t str,
    advanced: &'t str,
    after: &'t str,
}

impl Server<'_> {
    fn text(&self) -> String {
        let Self {
            rule,
            group,
            environment,
            keyring,
            advanced,
            after,
        } = self;
        format!(
            "TTLSRule web\n{{\nLocalPortRange 443\nDirection Inbound\nTTLSGroupActionRef on\n\
             TTLSEnvironmentActionRef server\n{rule}}}\n\
             TTLSGroupAction on\n{{\nTTLSEnabled On\n{group}}}\n\
             TTLSEnvironmentAction server\n{{\nHandshakeRole Server\n\
             TTLSKeyringParms\n{{\nKeyring ring\n{keyring}}}\n\
             TTLSEnvironmentAdvancedParms\n{{\n{advanced}}}\n{environment}}}\n{after}"
        )
    }
}

#[test]
fn the_plain_server_says_nothing() {
    says(&Server::default().text(), &[]);
}

#[test]
fn every_default_of_the_schema_is_a_value_that_its_parameter_takes() {
    for statement in schema::statements() {
        for param in statement.params().filter(|param| param.default.is_some()) {
            let default = param.default.unwrap_or_default();
            let text = format!("{} x\n{{\n{} {default}\n}}\n", statement.keyword, param.keyword);
            let wrong = [
                "invalid-value",
                "invalid-range",
                "invalid-address",
                "no-effect",
                "refused-by-engine",
            ];
            let said = said(&compiled(&text));
            assert!(
                !said.iter().any(|line| wrong.iter().any(|w| line.ends_with(w))),
                "{text}{said:?}"
            );
        }
    }
}

#[test]
fn every_diagnostic_has_a_text_that_draws_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language");
    let mut tests = String::new();
    for file in std::fs::read_dir(folder).expect("the tests") {
        tests += &std::fs::read_to_string(file.expect("a file").path()).expect("a test");
    }
    for code in ttls_policy::codes() {
        assert!(
            tests.contains(&format!(" {} {}\"", code.level.word(), code.name)),
            "{} {}",
            code.id,
            code.name
        );
    }
}

#[test]
fn numbers_and_names_of_diagnostics_are_given_once_and_in_order() {
    let codes = ttls_policy::codes();
    assert!(codes.windows(2).all(|pair| pair[0].id < pair[1].id));
    let names: std::collections::HashSet<&str> = codes.iter().map(|code| code.name).collect();
    assert_eq!(names.len(), codes.len());
}
