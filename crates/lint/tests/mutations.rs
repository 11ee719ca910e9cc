//! Whatever becomes of a policy, the lint and its fixes hold what they promise.

use proptest::prelude::*;
use ttls_lint::render::{Format, render};
use ttls_lint::{Fixed, Options, Report, fix, lint_with};
use ttls_policy::{Level, Safety, SourceText};

/// A policy with something of everything.
const POLICY: &str = include_str!("mutations.ttls");

/// What happens to a policy at some place of it.
#[derive(Debug, Clone)]
enum Mutation {
    DropLine(usize),
    RepeatLine(usize, usize),
    SwapLines(usize, usize),
    DropCharacter(usize),
    SwapCharacters(usize),
    Put(usize, &'static str),
    Glue(usize),
}

const BITS: [&str; 16] = [
    "{",
    "}",
    "\n",
    " # x",
    "#",
    " ",
    "=",
    "ä",
    "\r",
    "0",
    "999999",
    "On",
    "\t",
    "TTLSRule x\n{\n",
    "-",
    "\0",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0..10_000_usize;
    prop_oneof![
        at.clone().prop_map(Mutation::DropLine),
        (at.clone(), at.clone()).prop_map(|(from, to)| Mutation::RepeatLine(from, to)),
        (at.clone(), at.clone()).prop_map(|(from, to)| Mutation::SwapLines(from, to)),
        at.clone().prop_map(Mutation::DropCharacter),
        at.clone().prop_map(Mutation::SwapCharacters),
        (at.clone(), prop::sample::select(BITS.to_vec())).prop_map(|(at, bit)| Mutation::Put(at, bit)),
        at.prop_map(Mutation::Glue),
    ]
}

impl Mutation {
    fn apply(&self, text: &str) -> String {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_string).collect();
        let mut characters: Vec<char> = text.chars().collect();
        let line = |at: usize| at % lines.len();
        let character = |at: usize| at % characters.len();
        match *self {
            Self::DropLine(at) => {
                let at = line(at);
                lines.remove(at);
            }
            Self::RepeatLine(from, to) => {
                let (from, to) = (line(from), line(to));
                let repeated = lines[from].clone();
                lines.insert(to, repeated);
            }
            Self::SwapLines(one, other) => {
                let (one, other) = (line(one), line(other));
                lines.swap(one, other);
            }
            Self::Glue(at) => {
                let at = line(at);
                lines[at] = lines[at].trim_end().to_string() + " ";
            }
            Self::DropCharacter(at) => {
                let at = character(at);
                characters.remove(at);
                return characters.into_iter().collect();
            }
            Self::SwapCharacters(at) => {
                let at = character(at);
                let next = (at + 1).min(characters.len() - 1);
                characters.swap(at, next);
                return characters.into_iter().collect();
            }
            Self::Put(at, bit) => {
                let at = character(at);
                characters.splice(at..at, bit.chars());
                return characters.into_iter().collect();
            }
        }
        lines.concat()
    }
}

fn options() -> Options {
    Options {
        portable: true,
        ..Options::default()
    }
}

fn source(text: &str) -> SourceText {
    SourceText {
        name: "p".to_string(),
        text: text.to_string(),
    }
}

fn linted(text: &str) -> Report {
    lint_with(
        source(text),
        &mut |_| Err(std::io::ErrorKind::NotFound.into()),
        &options(),
    )
}

fn fixed(text: &str, most: Safety) -> Fixed {
    fix(
        source(text),
        &mut |_| Err(std::io::ErrorKind::NotFound.into()),
        &options(),
        most,
    )
}

fn errors(report: &Report) -> usize {
    report
        .diagnostics
        .iter()
        .filter(|d| d.level == Level::Error)
        .count()
}

/// Fixes stay within the text, at its characters.
fn check_fixes(text: &str, report: &Report) {
    for diagnostic in &report.diagnostics {
        let mut end = 0;
        let mut edits: Vec<_> = diagnostic.fix.iter().flat_map(|fix| &fix.edits).collect();
        edits.sort_by_key(|edit| edit.span);
        for edit in edits {
            assert!(
                text.get(edit.span.start..edit.span.end).is_some(),
                "{diagnostic:?}"
            );
            assert!(end <= edit.span.start, "{diagnostic:?}");
            end = edit.span.end;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fixes_add_no_errors_and_leave_nothing_to_fix(mutations in prop::collection::vec(mutation(), 0..8)) {
        let text = mutations.iter().fold(POLICY.to_string(), |text, mutation| mutation.apply(&text));
        let before = linted(&text);
        check_fixes(&text, &before);
        for most in [Safety::Safe, Safety::Unsafe] {
            let once = fixed(&text, most);
            let after = linted(&once.text);
            prop_assert!(errors(&after) <= errors(&before), "{}", render(Format::Concise, &[after]));
            prop_assert_eq!(&after.diagnostics, &once.report.diagnostics);
            let twice = fixed(&once.text, most);
            prop_assert_eq!(&twice.text, &once.text);
            prop_assert!(twice.applied.is_empty(), "{:?}", twice.applied);
            prop_assert!(before.installable <= once.report.installable);
        }
    }

    #[test]
    fn comments_outlive_safe_fixes(mutations in prop::collection::vec(mutation(), 0..4)) {
        let text = mutations.iter().fold(POLICY.to_string(), |text, mutation| mutation.apply(&text));
        let once = fixed(&text, Safety::Safe);
        // Of two equal objects one goes, with what stands in it.
        if !once.applied.contains_key("duplicate-object") && !once.applied.contains_key("replaced-block") {
            for comment in ["# the rule for partners", "# keep this", "# strong ones"] {
                let count = |text: &str| text.matches(comment).count();
                prop_assert!(count(&once.text) >= count(&text), "{comment}: {}", once.text);
            }
        }
    }
}

#[test]
fn the_policy_that_is_mutated_is_correct() {
    let report = linted(POLICY);
    assert!(report.installable, "{}", render(Format::Human, &[report]));
}
