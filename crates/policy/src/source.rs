//! Texts given to the compiler, and places in them.

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
