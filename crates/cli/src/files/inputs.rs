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
        let name = "(standard input)".to_string();
        return Ok(Input {
            path: None,
            source: SourceText {
                name,
                text: decode(bytes),
            },
        });
    }
    let bytes = std::fs::read(path).with_context(|| format!("policy file {}", path.display()))?;
    Ok(Input {
        path: Some(path.to_path_buf()),
        source: SourceText {
            name: path.display().to_string(),
            text: decode(bytes),
        },
    })
}
