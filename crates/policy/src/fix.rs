//! Fixes as data: who applies them decides whether and how.

use crate::source::Span;

/// A change of the sources that does away with a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a request: `write ...`, `remove ...`.
    pub message: String,
    /// Whether it may be made unseen.
    pub safety: Safety,
    /// Its edits, all or none of which are made. They do not overlap.
    pub edits: Vec<Edit>,
}

/// Whether a fix may be made without somebody looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Safety {
    /// What was meant is plain, or what the policy does stays as it is.
    Safe,
    /// What the policy does changes, or what was meant is a guess.
    Unsafe,
}

/// New text for a stretch of a source. Never holds a value that must not be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes; empty where text is only put in.
    pub span: Span,
    /// What comes in its place.
    pub replacement: String,
}

impl Fix {
    /// A fix with one edit.
    pub fn new(
        safety: Safety,
        message: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            safety,
            edits: vec![Edit {
                span,
                replacement: replacement.into(),
            }],
        }
    }

    /// A misspelt word is written as what was meant.
    pub(crate) fn spelling(safety: Safety, span: Span, word: &str) -> Self {
        Self::new(safety, format!("write `{word}`"), span, word)
    }
}

impl Safety {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}
