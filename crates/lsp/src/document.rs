//! Texts that are open in the editor.

use std::path::{Path, PathBuf};

use lsp_types::{Position, TextDocumentContentChangeEvent, Uri};
use ttls_policy::{Item, Outline, outline};

use crate::analysis::Analysis;
use crate::files;
use crate::position::Lines;

/// A text that is open in the editor.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) uri: Uri,
    /// Where it is, or where files that it names start from.
    pub(crate) path: PathBuf,
    pub(crate) version: i32,
    pub(crate) text: String,
    pub(crate) lines: Lines,
    pub(crate) outline: Outline,
    /// What is known about this text; `None`: it has changed.
    pub(crate) analysis: Option<Analysis>,
}

impl Document {
    pub(crate) fn new(uri: Uri, version: i32, text: String) -> Self {
        let path = files::path(&uri).unwrap_or_else(|| PathBuf::from(uri.as_str()));
        let mut document = Self {
            uri,
            path,
            version,
            text,
            lines: Lines::default(),
            outline: Outline::default(),
            analysis: None,
        };
        document.changed();
        document
    }

    /// Applies the changes of one notification, in order.
    pub(crate) fn apply(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        self.version = version;
        for change in changes {
            match change.range {
                None => self.text = change.text,
                Some(range) => {
                    let start = self.lines.offset(&self.text, range.start);
                    let end = self.lines.offset(&self.text, range.end).max(start);
                    self.text.replace_range(start..end, &change.text);
                }
            }
            self.lines = Lines::new(&self.text);
        }
        self.changed();
    }

    fn changed(&mut self) {
        self.lines = Lines::new(&self.text);
        self.outline = if self.is_too_large() {
            Outline::default()
        } else {
            outline(&self.text)
        };
        self.analysis = None;
    }

    pub(crate) fn is_too_large(&self) -> bool {
        self.text.len() > files::LARGEST
    }

    pub(crate) fn offset(&self, position: Position) -> usize {
        self.lines.offset(&self.text, position)
    }

    pub(crate) fn range(&self, range: std::ops::Range<usize>) -> lsp_types::Range {
        self.lines.range(&self.text, range)
    }

    pub(crate) fn slice(&self, range: std::ops::Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// The keyword or value at a position, unless a comment stands there.
    pub(crate) fn item(&self, position: Position) -> Option<(&Item, usize)> {
        let offset = self.offset(position);
        Some((self.outline.at(offset)?, offset))
    }

    /// The named objects: the statement, the name, and their item.
    pub(crate) fn objects(&self) -> impl Iterator<Item = (&'static str, &str, &Item)> {
        self.outline.items.iter().filter_map(|item| {
            let name = item.name(&self.text)?;
            Some((item.statement?.keyword, self.slice(name), item))
        })
    }

    /// What it looks at was read from this file.
    pub(crate) fn uses(&self, path: &Path) -> bool {
        self.analysis.as_ref().is_some_and(|analysis| analysis.uses(path))
    }
}
