//! What the lint says about a text, in the words of the protocol.

use std::io;
use std::path::Path;

use lsp_types::{DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Uri};
use ttls_lint::{Report, lint};
use ttls_policy::{Diagnostic, Fix, Level, SourceText, Span};

use crate::files;
use crate::position::Lines;

/// What is known about a text.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) report: Report,
    /// The lines and the address of each source.
    places: Vec<(Lines, Option<Uri>)>,
}

/// A finding with the address of its file.
pub(crate) type Found = (Uri, lsp_types::Diagnostic);

impl Analysis {
    /// Looks at a text that is open as `uri`; `read` is asked for the files that it names.
    pub(crate) fn new(
        uri: &Uri,
        source: SourceText,
        read: &mut dyn FnMut(&Path) -> io::Result<String>,
    ) -> Self {
        if source.text.len() > files::LARGEST {
            return Self::of_too_large(uri, source.name);
        }
        let report = lint(source, read);
        let places = report.sources.iter().enumerate();
        let places = places
            .map(|(number, source)| {
                let uri = match number {
                    0 => Some(uri.clone()),
                    _ => files::uri(Path::new(&source.name)),
                };
                (Lines::new(&source.text), uri)
            })
            .collect();
        Self { report, places }
    }

    fn of_too_large(uri: &Uri, name: String) -> Self {
        let start = Span {
            source: 0,
            start: 0,
            end: 0,
        };
        let message = format!("{name} is too large for a policy");
        let finding = Diagnostic {
            level: Level::Warning,
            code: "TTLS000",
            name: "too-large",
            message,
            span: start,
            secondary: Vec::new(),
            help: Some("split it: larger texts than 16 MiB are not looked at".to_string()),
            fix: None,
        };
        let source = SourceText {
            name,
            text: String::new(),
        };
        Self {
            report: Report {
                sources: vec![source],
                diagnostics: vec![finding],
                installable: false,
            },
            places: vec![(Lines::new(""), Some(uri.clone()))],
        }
    }

    /// The findings, those in other files among them.
    pub(crate) fn found(&self) -> Vec<Found> {
        let diagnostics = self.report.diagnostics.iter();
        diagnostics
            .filter_map(|diagnostic| self.diagnostic(diagnostic))
            .collect()
    }

    /// A finding in the words of the protocol.
    pub(crate) fn diagnostic(&self, diagnostic: &Diagnostic) -> Option<Found> {
        let place = self.location(diagnostic.span)?;
        let related = diagnostic.secondary.iter().filter_map(|(span, message)| {
            Some(DiagnosticRelatedInformation {
                location: self.location(*span)?,
                message: message.clone(),
            })
        });
        let mut message = diagnostic.message.clone();
        if let Some(help) = &diagnostic.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        let finding = lsp_types::Diagnostic {
            range: place.range,
            severity: Some(match diagnostic.level {
                Level::Error => DiagnosticSeverity::ERROR,
                Level::Warning => DiagnosticSeverity::WARNING,
                Level::Note => DiagnosticSeverity::INFORMATION,
            }),
            code: Some(NumberOrString::String(diagnostic.code.to_string())),
            source: Some("ttls".to_string()),
            message: format!("{message} ({})", diagnostic.name),
            related_information: Some(related.collect()),
            ..lsp_types::Diagnostic::default()
        };
        Some((place.uri, finding))
    }

    /// The edits of a fix with the files that they are in; `None` where one is in no file.
    pub(crate) fn edits(&self, fix: &Fix) -> Option<Vec<(Uri, lsp_types::TextEdit)>> {
        fix.edits
            .iter()
            .map(|edit| {
                let place = self.location(edit.span)?;
                let new_text = edit.replacement.clone();
                Some((
                    place.uri,
                    lsp_types::TextEdit {
                        range: place.range,
                        new_text,
                    },
                ))
            })
            .collect()
    }

    /// A file was read for this.
    pub(crate) fn uses(&self, path: &Path) -> bool {
        self.report
            .sources
            .iter()
            .any(|source| Path::new(&source.name) == path)
    }

    fn location(&self, span: Span) -> Option<Location> {
        let source = self.report.sources.get(span.source)?;
        let (lines, uri) = self.places.get(span.source)?;
        Some(Location {
            uri: uri.clone()?,
            range: lines.range(&source.text, span.start..span.end),
        })
    }
}
