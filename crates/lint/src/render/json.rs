//! JSON lines. Fields are only ever added; `null` where there is nothing.

use serde::Serialize;
use ttls_policy::Fix;

use super::place::{Place, Places};
use crate::report::Report;

/// One finding.
#[derive(Serialize)]
struct Finding<'r> {
    #[serde(flatten)]
    place: Place<'r>,
    level: &'static str,
    code: &'static str,
    name: &'static str,
    message: &'r str,
    help: Option<&'r str>,
    secondary: Vec<Secondary<'r>>,
    fix: Option<Change<'r>>,
}

/// What fixes the finding: all edits together.
#[derive(Serialize)]
struct Change<'r> {
    message: &'r str,
    safety: &'static str,
    edits: Vec<Replacement<'r>>,
}

/// New text for a place.
#[derive(Serialize)]
struct Replacement<'r> {
    #[serde(flatten)]
    place: Place<'r>,
    replacement: &'r str,
}

/// Another place that matters.
#[derive(Serialize)]
struct Secondary<'r> {
    #[serde(flatten)]
    place: Place<'r>,
    message: &'r str,
}

pub(super) fn render(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        let places = Places::new(report);
        for diagnostic in &report.diagnostics {
            let secondary = diagnostic.secondary.iter();
            let finding = Finding {
                place: places.of(diagnostic.span),
                level: diagnostic.level.word(),
                code: diagnostic.code,
                name: diagnostic.name,
                message: &diagnostic.message,
                help: diagnostic.help.as_deref(),
                secondary: secondary
                    .map(|(span, message)| Secondary {
                        place: places.of(*span),
                        message,
                    })
                    .collect(),
                fix: diagnostic.fix.as_ref().map(|fix| change(fix, &places)),
            };
            let line = serde_json::to_string(&finding).expect("texts and numbers can be written as JSON");
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

fn change<'r>(fix: &'r Fix, places: &Places<'r>) -> Change<'r> {
    let edits = fix.edits.iter();
    Change {
        message: &fix.message,
        safety: fix.safety.word(),
        edits: edits
            .map(|edit| Replacement {
                place: places.of(edit.span),
                replacement: &edit.replacement,
            })
            .collect(),
    }
}
