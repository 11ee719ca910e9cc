//! Applying fixes: as many as go together, until nothing is left to fix.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use ttls_policy::{Diagnostic, Edit, Fix, Level, Safety, SourceText};

use crate::options::Options;
use crate::report::{Report, lint_with};

/// A policy after its fixes.
#[derive(Debug)]
pub struct Fixed {
    /// The text; that of before where nothing could be fixed.
    pub text: String,
    /// How many findings of each name were fixed.
    pub applied: BTreeMap<&'static str, usize>,
    /// What is still to say about the policy.
    pub report: Report,
}

/// Rounds of linting and fixing; one fix may uncover the next finding.
const ROUNDS: usize = 100;

/// How often a policy is linted at most, where fixes turn out not to be good.
const LINTS: usize = 500;

/// Applies the fixes of a policy, the unsafe ones too where `most` says so, and lints again until none is left. Fixes
/// that touch the same text wait for the next round. A change after which the policy has more errors than before is
/// not made.
pub fn fix(
    source: SourceText,
    read: &mut dyn FnMut(&Path) -> io::Result<String>,
    options: &Options,
    most: Safety,
) -> Fixed {
    let mut fixing = Fixing {
        name: source.name.clone(),
        report: lint_with(source.clone(), read, options),
        text: source.text,
        applied: BTreeMap::new(),
        read,
        options,
        lints: 0,
    };
    for _ in 0..ROUNDS {
        let chosen = choose(&fixing.report.diagnostics, most);
        if chosen.is_empty() || fixing.lints >= LINTS {
            break;
        }
        let chosen: Vec<&Chosen> = chosen.iter().collect();
        if !fixing.make(&chosen) {
            break;
        }
    }
    Fixed {
        text: fixing.text,
        applied: fixing.applied,
        report: fixing.report,
    }
}

/// A fix to be made, and the finding that it is for.
#[derive(Debug, Clone)]
struct Chosen {
    name: &'static str,
    fix: Fix,
}

/// The fixes that go together, in order of place: of two that touch the same text, the first one.
fn choose(diagnostics: &[Diagnostic], most: Safety) -> Vec<Chosen> {
    let mut chosen: Vec<Chosen> = diagnostics
        .iter()
        .filter_map(|diagnostic| {
            Some(Chosen {
                name: diagnostic.name,
                fix: diagnostic.fix.clone()?,
            })
        })
        .filter(|chosen| {
            chosen.fix.safety <= most && chosen.fix.edits.iter().all(|edit| edit.span.source == 0)
        })
        .collect();
    chosen.sort_by_key(|chosen| chosen.fix.edits.iter().map(|edit| edit.span.start).min());
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    chosen.retain(|chosen| {
        let is_free = chosen.fix.edits.iter().all(|edit| is_free(&taken, edit));
        if is_free {
            taken.extend(
                chosen
                    .fix
                    .edits
                    .iter()
                    .map(|edit| (edit.span.start, edit.span.end)),
            );
        }
        is_free
    });
    chosen
}

/// No stretch that is taken overlaps that of the edit, or starts where it does.
fn is_free(taken: &BTreeMap<usize, usize>, edit: &Edit) -> bool {
    let before = taken.range(..edit.span.end).next_back();
    before.is_none_or(|(_, end)| *end <= edit.span.start) && !taken.contains_key(&edit.span.start)
}

struct Fixing<'f> {
    name: String,
    text: String,
    report: Report,
    applied: BTreeMap<&'static str, usize>,
    read: &'f mut dyn FnMut(&Path) -> io::Result<String>,
    options: &'f Options,
    lints: usize,
}

/// Changes that were found to be good together, and what comes of them.
#[derive(Default)]
struct Good<'c> {
    chosen: Vec<&'c Chosen>,
    result: Option<(String, Report)>,
}

impl Fixing<'_> {
    /// Makes these changes except those that add errors. Something was made.
    fn make(&mut self, chosen: &[&Chosen]) -> bool {
        let mut good = Good::default();
        self.find_good(chosen, &mut good);
        let Some((text, report)) = good.result else {
            return false;
        };
        self.text = text;
        self.report = report;
        for chosen in good.chosen {
            *self.applied.entry(chosen.name).or_default() += 1;
        }
        true
    }

    /// Adds all candidates; where that adds errors, what is good of one half of them and then of the other.
    fn find_good<'c>(&mut self, candidates: &[&'c Chosen], good: &mut Good<'c>) {
        if self.lints >= LINTS {
            return;
        }
        self.lints += 1;
        let all: Vec<&Chosen> = good.chosen.iter().chain(candidates).copied().collect();
        let text = changed(&self.text, &all);
        let source = SourceText {
            name: self.name.clone(),
            text: text.clone(),
        };
        let report = lint_with(source, self.read, self.options);
        if errors(&report) <= errors(&self.report) && is_progress(&all, &self.report, &report) {
            *good = Good {
                chosen: all,
                result: Some((text, report)),
            };
        } else if candidates.len() > 1 {
            let (first, second) = candidates.split_at(candidates.len() / 2);
            self.find_good(first, good);
            self.find_good(second, good);
        }
    }
}

/// From so many findings of a name on, there may be more that were not reported.
const MANY: usize = 200;

/// There is less to fix than before: a change that only makes a text longer would be made again and again.
fn is_progress(made: &[&Chosen], before: &Report, after: &Report) -> bool {
    let count = |report: &Report| {
        let diagnostics = report.diagnostics.iter();
        diagnostics
            .filter(|diagnostic| made.iter().any(|chosen| chosen.name == diagnostic.name))
            .count()
    };
    let (before, after) = (count(before), count(after));
    after < before || before >= MANY
}

fn errors(report: &Report) -> usize {
    let errors = report.diagnostics.iter();
    errors
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .count()
}

fn changed(text: &str, chosen: &[&Chosen]) -> String {
    let mut edits: Vec<&Edit> = chosen.iter().flat_map(|chosen| &chosen.fix.edits).collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        changed.push_str(text.get(at..edit.span.start).unwrap_or_default());
        changed.push_str(&edit.replacement);
        at = edit.span.end;
    }
    changed.push_str(text.get(at..).unwrap_or_default());
    changed
}
