//! Diagnostics as data. Renderers turn them into text.

use crate::codes::Code;
use crate::fix::Fix;
use crate::level::Level;
use crate::source::Span;

/// Something that the compiler has to say about a place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// Its stable number, such as `TTLS001`.
    pub code: &'static str,
    /// Its stable name in kebab-case, such as `unknown-keyword`.
    pub name: &'static str,
    /// What is wrong, naming the object.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Other places that matter, and why they do.
    pub secondary: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// A change that does it, where one can be given.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    pub(crate) fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            level: code.level,
            code: code.id,
            name: code.name,
            message: message.into(),
            span,
            secondary: Vec::new(),
            help: None,
            fix: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    pub(crate) fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    pub(crate) fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.secondary.push((span, label.into()));
        self
    }
}
