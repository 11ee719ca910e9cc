//! SARIF 2.1.0: one log with one run.

mod log;

use ttls_policy::{Code, Diagnostic, Fix, codes};

use super::place::{Place, Places};
use crate::report::Report;
use crate::rules::rules;
use log::{
    Artifact, ArtifactChange, Change, Configuration, Content, Descriptor, Driver, Help, Location, Log,
    PhysicalLocation, Region, Replacement, Run, SarifResult, Text, Tool,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(reports: &[Report]) -> String {
    let known: Vec<(&Code, Option<&'static str>)> = codes()
        .iter()
        .map(|code| (*code, None))
        .chain(rules().iter().map(|rule| (&rule.code, Some(rule.page))))
        .collect();
    let mut results = Vec::new();
    for report in reports {
        let places = Places::new(report);
        results.extend(report.diagnostics.iter().filter_map(|diagnostic| {
            let index = known.iter().position(|(code, _)| code.id == diagnostic.code)?;
            Some(result(diagnostic, index, &places))
        }));
    }
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "ttls lint",
                    version: env!("CARGO_PKG_VERSION"),
                    rules: known.iter().map(|(code, page)| descriptor(code, *page)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).expect("texts and numbers can be written as JSON");
    text.push('\n');
    text
}

fn descriptor(code: &Code, page: Option<&'static str>) -> Descriptor {
    Descriptor {
        id: code.id,
        name: code.name,
        short_description: Text {
            text: code.doc.to_string(),
        },
        help: page.map(|page| Help {
            text: page,
            markdown: page,
        }),
        default_configuration: Configuration {
            level: code.level.word(),
        },
    }
}

fn result(diagnostic: &Diagnostic, rule_index: usize, places: &Places<'_>) -> SarifResult {
    let help = diagnostic.help.as_ref().map(|help| format!("\nhelp: {help}"));
    let related = diagnostic.secondary.iter();
    SarifResult {
        rule_id: diagnostic.code,
        rule_index,
        level: diagnostic.level.word(),
        message: Text {
            text: format!("{}{}", diagnostic.message, help.unwrap_or_default()),
        },
        locations: [location(&places.of(diagnostic.span), None)],
        related_locations: related
            .map(|(span, label)| location(&places.of(*span), Some(label.clone())))
            .collect(),
        fixes: diagnostic.fix.iter().map(|fix| change(fix, places)).collect(),
    }
}

/// The edits of a fix by file, as the format wants them.
fn change(fix: &Fix, places: &Places<'_>) -> Change {
    let mut changes: Vec<ArtifactChange> = Vec::new();
    for edit in &fix.edits {
        let place = places.of(edit.span);
        let uri = uri(place.file);
        let replacement = Replacement {
            deleted_region: region(&place),
            inserted_content: Content {
                text: edit.replacement.clone(),
            },
        };
        match changes
            .iter_mut()
            .find(|change| change.artifact_location.uri == uri)
        {
            Some(change) => change.replacements.push(replacement),
            None => changes.push(ArtifactChange {
                artifact_location: Artifact { uri },
                replacements: vec![replacement],
            }),
        }
    }
    Change {
        description: Text {
            text: format!("{} ({})", fix.message, fix.safety.word()),
        },
        artifact_changes: changes,
    }
}

fn location(place: &Place<'_>, message: Option<String>) -> Location {
    Location {
        physical_location: PhysicalLocation {
            artifact_location: Artifact { uri: uri(place.file) },
            region: region(place),
        },
        message: message.map(|text| Text { text }),
    }
}

fn region(place: &Place<'_>) -> Region {
    Region {
        start_line: place.line,
        start_column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}

/// A path as a URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
