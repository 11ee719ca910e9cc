//! What opens a protected ring: a password, or the file that holds it.

use std::fmt;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::KeyringError;

/// `KeyringPw` or `KeyringStashFile`. Its `Debug` shows no password.
#[derive(Clone)]
pub enum Access {
    /// `KeyringPw`: the password itself.
    Password(Zeroizing<String>),
    /// `KeyringStashFile`: a file of its owner alone (mode 0600 or less) whose first line is the password.
    StashFile(PathBuf),
}

impl Access {
    pub(crate) fn password(&self, ring: &str) -> Result<Zeroizing<String>, KeyringError> {
        match self {
            Self::Password(password) => Ok(password.clone()),
            Self::StashFile(path) => stashed(ring, path),
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password(_) => f.write_str("Password(..)"),
            Self::StashFile(path) => f.debug_tuple("StashFile").field(path).finish(),
        }
    }
}

/// Bits of a file mode that let anybody but the owner in.
pub(crate) const OTHERS: u32 = 0o077;

/// No password is longer than this many bytes; it also bounds what is read of a file that is none.
const LONGEST_STASH: u64 = 4096;

fn stashed(ring: &str, path: &Path) -> Result<Zeroizing<String>, KeyringError> {
    let failed = |reason: String| KeyringError::Stash {
        ring: ring.to_owned(),
        path: path.to_owned(),
        reason,
    };
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("sth"))
    {
        return Err(failed(
            "the .sth format of IBM is not supported; write the password as the first line of a new file \
             and protect it with chmod 600"
                .to_owned(),
        ));
    }
    // Mode and content come from one open file, so that it cannot be exchanged between the two looks.
    let file = fs::File::open(path).map_err(|error| failed(error.to_string()))?;
    let mode = file.metadata().map_err(|error| failed(error.to_string()))?.mode();
    if mode & OTHERS != 0 {
        return Err(failed(format!(
            "its mode {:04o} lets others in; protect it with chmod 600",
            mode & 0o7777
        )));
    }
    let mut content = Zeroizing::new(String::with_capacity(LONGEST_STASH as usize));
    file.take(LONGEST_STASH)
        .read_to_string(&mut content)
        .map_err(|error| failed(error.to_string()))?;
    let password = content.lines().next().unwrap_or_default();
    if password.is_empty() {
        return Err(failed(
            "its first line is empty; write the password there".to_owned(),
        ));
    }
    Ok(Zeroizing::new(password.to_owned()))
}
