//! Diagnostics as data. Renderers turn them into text.

use crate::codes::Code;
use crate::fix::Fix;

/// One text given to the compiler. Its `Debug` does not show the text: there may be passwords in it.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceText {
    /// Its path, as shown to users. Relative paths of included files start from its folder.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// A stretch of a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Index into the sources of the compilation.
    pub source: usize,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Works, and is probably not what is wanted.
    Warning,
    /// The policy cannot be installed.
    Error,
}

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

impl std::fmt::Debug for SourceText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceText")
            .field("name", &self.name)
            .field("bytes", &self.text.len())
            .finish()
    }
}

impl Span {
    /// The part of this span from byte `from` to byte `to`, both counted from its start.
    pub(crate) fn part(self, from: usize, to: usize) -> Self {
        Self {
            source: self.source,
            start: self.start + from,
            end: self.start + to,
        }
    }
}

impl Level {
    /// The word that introduces a diagnostic of this level.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
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
