//! Collects diagnostics: each once, and a bounded number of them.

use std::collections::HashSet;

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::level::Level;
use crate::source::Span;

/// More errors, or more warnings and notes, nobody reads; a hostile text must not make us write them.
const MOST: usize = 500;

/// Collector of diagnostics. The same one at the same place is kept once: several rules may share an action.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    errors: Shelf,
    others: Shelf,
    seen: HashSet<(&'static str, Span, String)>,
}

#[derive(Debug, Default)]
struct Shelf {
    found: Vec<Diagnostic>,
    /// Where the first one is that had no room.
    beyond: Option<Span>,
}

impl Sink {
    /// Adds a diagnostic.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let shelf = if diagnostic.level == Level::Error {
            &mut self.errors
        } else {
            &mut self.others
        };
        if shelf.found.len() == MOST {
            shelf.beyond.get_or_insert(diagnostic.span);
        } else if self
            .seen
            .insert((diagnostic.code, diagnostic.span, diagnostic.message.clone()))
        {
            shelf.found.push(diagnostic);
        }
    }

    /// There is no room for the error at this place, which is remembered. It need not be explained at a cost.
    pub(crate) fn overflows(&mut self, span: Span) -> bool {
        let full = self.errors.found.len() == MOST;
        if full {
            self.errors.beyond.get_or_insert(span);
        }
        full
    }

    /// An error was reported.
    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.found.is_empty()
    }

    /// The diagnostics in order of source and place; at one place the worst comes first.
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        let mut found = self.errors.finish(Level::Error, "errors");
        found.extend(self.others.finish(Level::Warning, "warnings and notes"));
        found.sort_by_key(|d| (d.span.source, d.span.start, std::cmp::Reverse(d.level), d.code));
        found
    }
}

impl Shelf {
    fn finish(mut self, level: Level, what: &str) -> Vec<Diagnostic> {
        if let Some(span) = self.beyond {
            let message = format!("there are more {what}; {MOST} of them are shown");
            let mut last = Diagnostic::new(&codes::TOO_MANY, span, message);
            last.level = level;
            self.found.push(last);
        }
        self.found
    }
}
