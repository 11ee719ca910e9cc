//! Files that change as a whole or not at all.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use anyhow::{Context, bail};

/// Replaces what a file holds. It keeps its owner, group and mode, and a link to it stays a link. Nothing is written
/// where the file holds something else than `before` by now.
pub(crate) fn replace(path: &Path, before: &str, after: &str) -> anyhow::Result<()> {
    let writing = || format!("writing {}", path.display());
    let target = fs::canonicalize(path).with_context(writing)?;
    let folder = target.parent().unwrap_or(Path::new("/"));
    let old = fs::metadata(&target).with_context(writing)?;
    let mut new = tempfile::NamedTempFile::new_in(folder).with_context(writing)?;
    new.write_all(after.as_bytes()).with_context(writing)?;
    let made = new.as_file().metadata().with_context(writing)?;
    if (made.uid(), made.gid()) != (old.uid(), old.gid()) {
        chown(new.path(), Some(old.uid()), Some(old.gid()))
            .with_context(|| format!("giving the new {} its owner", path.display()))?;
    }
    // After the owner: giving a file away takes bits of its mode.
    new.as_file()
        .set_permissions(old.permissions())
        .with_context(writing)?;
    new.as_file().sync_all().with_context(writing)?;
    let now = fs::read(&target).with_context(writing)?;
    if std::str::from_utf8(&now).is_err() {
        bail!(
            "{} is not UTF-8 and was left alone: convert it first",
            path.display()
        );
    }
    if now != before.as_bytes() {
        bail!(
            "{} has changed meanwhile and was left alone: try again",
            path.display()
        );
    }
    new.persist(&target).with_context(writing)?;
    Ok(())
}
