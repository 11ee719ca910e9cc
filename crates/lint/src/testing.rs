//! Policies for the tests of rules.

use ttls_policy::SourceText;

use crate::options::Options;
use crate::report::{Report, lint_with};

mod rings;
pub(crate) use rings::Rings;

/// A policy that no rule minds: one rule named `r` with these lines, and actions `g`, `e` and `off`.
pub(crate) fn policy(rule: &str) -> String {
    format!("{}{}", rule_named("r", rule), ACTIONS)
}

/// A rule with these lines that uses the actions of [`ACTIONS`].
pub(crate) fn rule_named(name: &str, lines: &str) -> String {
    format!("TTLSRule {name}\n{{\n{lines}\nTTLSGroupActionRef g\nTTLSEnvironmentActionRef e\n}}\n")
}

/// What [`policy`] refers to.
pub(crate) const ACTIONS: &str = "\
TTLSGroupAction g
{
TTLSEnabled On
}
TTLSEnvironmentAction e
{
HandshakeRole Server
TTLSKeyringParms
{
Keyring ring
}
}
";

/// What [`lint_with`] is asked where a policy is for z/OS too.
pub(crate) fn portable() -> Options {
    Options {
        portable: true,
        ..Options::default()
    }
}

/// The report on one text; included files do not exist.
pub(crate) fn report(text: &str) -> Report {
    report_with(&Options::default(), text)
}

/// [`report`] with more to look at.
pub(crate) fn report_with(options: &Options, text: &str) -> Report {
    let source = SourceText {
        name: "p.ttls".to_string(),
        text: text.to_string(),
    };
    lint_with(source, &mut |_| Err(std::io::ErrorKind::NotFound.into()), options)
}

/// What `name` finds in the text: message and the source line it points at.
pub(crate) fn found(name: &str, text: &str) -> Vec<(String, String)> {
    found_with(&Options::default(), name, text)
}

/// [`found`] with more to look at.
pub(crate) fn found_with(options: &Options, name: &str, text: &str) -> Vec<(String, String)> {
    let report = report_with(options, text);
    let found = report
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.name == name);
    found
        .map(|diagnostic| {
            let start = text[..diagnostic.span.start].rfind('\n').map_or(0, |at| at + 1);
            let line = text[start..].lines().next().unwrap_or_default();
            (diagnostic.message.clone(), line.to_string())
        })
        .collect()
}

/// `name` finds exactly one thing in the text, whose message has this part and which points at this line.
#[track_caller]
pub(crate) fn fires(name: &str, text: &str, part: &str, line: &str) {
    fires_with(&Options::default(), name, text, part, line);
}

/// [`fires`] with more to look at.
#[track_caller]
pub(crate) fn fires_with(options: &Options, name: &str, text: &str, part: &str, line: &str) {
    let found = found_with(options, name, text);
    let [(message, at)] = found.as_slice() else {
        panic!(
            "{name}: {found:?}, all: {:#?}",
            report_with(options, text).diagnostics
        );
    };
    assert!(message.contains(part), "{message}");
    assert_eq!(at, line, "{message}");
}

/// `name` finds nothing in the text, which is a correct policy.
#[track_caller]
pub(crate) fn silent(name: &str, text: &str) {
    silent_with(&Options::default(), name, text);
}

/// [`silent`] with more to look at.
#[track_caller]
pub(crate) fn silent_with(options: &Options, name: &str, text: &str) {
    let report = report_with(options, text);
    assert!(report.installable, "{:#?}", report.diagnostics);
    assert_eq!(found_with(options, name, text), []);
}
