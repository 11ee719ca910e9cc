//! How bad a diagnostic is.

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
