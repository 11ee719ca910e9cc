//! What the paths of the command line stand for.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ttls_policy::{SourceText, decode};

/// A policy to look at.
pub(crate) struct Input {
    /// Its file; `None` is standard input.
    pub(crate) path: Option<PathBuf>,
    /// Its name and text.
    pub(crate) source: SourceText,
    /// Its bytes are UTF-8: the text says no less than they do.
    is_utf8: bool,
}

impl Input {
    /// Whoever writes the text, or a part of it, asks this first.
    ///
    /// # Errors
    /// The bytes are not UTF-8: characters of the text stand for others, which would be lost.
    pub(crate) fn writable(&self) -> anyhow::Result<()> {
        if !self.is_utf8 {
            bail!(
                "{} is not UTF-8 and nothing of it was written, because it would not be the same: convert it first",
                self.source.name
            );
        }
        Ok(())
    }
}

/// Reads policies, one when the next is asked for.
pub(crate) fn inputs(paths: &[PathBuf]) -> impl Iterator<Item = anyhow::Result<Input>> {
    paths.iter().flat_map(|path| {
        let found = files(path).map(|files| files.into_iter().map(|path| read(&path)));
        let (error, inputs) = match found {
            Ok(inputs) => (None, Some(inputs)),
            Err(error) => (Some(Err(error)), None),
        };
        error.into_iter().chain(inputs.into_iter().flatten())
    })
}

/// `-` on the command line.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// A file, or the policies of a folder in the order of their names.
fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    collect(path, &mut files)?;
    if files.is_empty() {
        bail!("{}: there is no .ttls file in this folder", path.display());
    }
    files.sort();
    Ok(files)
}

/// Adds the policies of a folder and of the folders in it. Links to folders are not followed.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let reading = || format!("reading the folder {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        let path = entry.path();
        if entry.file_type().with_context(reading)?.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "ttls") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Input> {
    if is_stdin(path) {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("reading standard input")?;
        return Ok(input(None, "(standard input)".to_string(), bytes));
    }
    let bytes = std::fs::read(path).with_context(|| format!("policy file {}", path.display()))?;
    Ok(input(Some(path.to_path_buf()), path.display().to_string(), bytes))
}

fn input(path: Option<PathBuf>, name: String, bytes: Vec<u8>) -> Input {
    Input {
        path,
        is_utf8: std::str::from_utf8(&bytes).is_ok(),
        source: SourceText {
            name,
            text: decode(bytes),
        },
    }
}
