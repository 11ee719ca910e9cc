//! Included files: asked for once each, through the caller.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::source::SourceText;

/// Reads and keeps included files.
pub(crate) struct Includes<'i> {
    given: &'i [SourceText],
    read: &'i mut dyn FnMut(&Path) -> io::Result<String>,
    order: Vec<PathBuf>,
    known: HashMap<PathBuf, Result<usize, String>>,
    texts: Vec<SourceText>,
}

impl<'i> Includes<'i> {
    /// `given` are the sources that include.
    pub(crate) fn new(given: &'i [SourceText], read: &'i mut dyn FnMut(&Path) -> io::Result<String>) -> Self {
        Self {
            given,
            read,
            order: Vec::new(),
            known: HashMap::new(),
            texts: Vec::new(),
        }
    }

    /// Number and text of the file that source `from` calls `path`; or why there is none.
    pub(crate) fn get(&mut self, from: usize, path: &str) -> Result<(usize, &str), String> {
        let folder = self
            .given
            .get(from)
            .and_then(|source| Path::new(&source.name).parent());
        let path = folder.map_or_else(|| PathBuf::from(path), |folder| folder.join(path));
        if !self.known.contains_key(&path) {
            let found = (self.read)(&path).map_err(|error| error.to_string()).map(|text| {
                self.texts.push(SourceText {
                    name: path.display().to_string(),
                    text,
                });
                self.texts.len() - 1
            });
            self.order.push(path.clone());
            self.known.insert(path.clone(), found);
        }
        match self.known.get(&path) {
            Some(Ok(number)) => Ok((self.given.len() + number, &self.texts[*number].text)),
            Some(Err(why)) => Err(why.clone()),
            None => Err("it was not read".to_string()),
        }
    }

    /// Paths asked for and texts read.
    pub(crate) fn finish(self) -> (Vec<PathBuf>, Vec<SourceText>) {
        (self.order, self.texts)
    }
}
