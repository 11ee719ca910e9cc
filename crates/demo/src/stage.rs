//! The temporary folder: everything that the demo makes is in it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// Name and text of the file that is there to be listed and downloaded.
pub(crate) const WELCOME: (&str, &str) = (
    "welcome.txt",
    "This file came from an FTP daemon that knows no TLS, over a connection that ttls protected.\n",
);

/// The folder and what is where in it.
pub(crate) struct Stage {
    folder: TempDir,
}

impl Stage {
    /// Makes the folder, for the user's eyes only, with the daemon's files and room for key rings.
    ///
    /// # Errors
    /// When the folder or something in it cannot be made.
    pub(crate) fn set() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("ttls-demo-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .context("cannot make a temporary folder: set TMPDIR to a folder that you may write")?;
        let stage = Self { folder };
        for path in [stage.files(), stage.keyrings()] {
            fs::create_dir(&path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        }
        let welcome = stage.files().join(WELCOME.0);
        fs::write(&welcome, WELCOME.1).with_context(|| format!("cannot write {}", welcome.display()))?;
        Ok(stage)
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The daemon's root: what clients see as `/`.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder().join("files")
    }

    /// `--keyrings` of the program.
    pub(crate) fn keyrings(&self) -> PathBuf {
        self.folder().join("keyrings")
    }

    /// `--policy` of the program.
    pub(crate) fn policy(&self) -> PathBuf {
        self.folder().join("ftp.policy")
    }

    /// Where a child's standard output and error go.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.log"))
    }

    /// The certificate of the ring's own authority: what clients trust.
    ///
    /// # Errors
    /// When the ring holds none.
    pub(crate) fn authority(&self, ring: &str) -> Result<PathBuf> {
        let folder = self.keyrings().join(ring).join("ca");
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry
                .with_context(|| format!("cannot read {}", folder.display()))?
                .path();
            if path.extension().is_some_and(|extension| extension == "pem") {
                return Ok(path);
            }
        }
        bail!(
            "no .pem file in {}: `ttls keyring new` made no authority",
            folder.display()
        )
    }

    /// Removes the folder, or leaves it where it is.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) fn strike(mut self, keep: bool) -> Result<()> {
        if keep {
            self.folder.disable_cleanup(true);
            return Ok(());
        }
        let path = self.folder().to_owned();
        self.folder
            .close()
            .with_context(|| format!("cannot remove {}: remove it by hand", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_for_its_owner_only_and_is_removed_at_the_end() {
        let stage = Stage::set().expect("a test machine has a temporary folder");
        let path = stage.folder().to_owned();
        let mode = fs::metadata(&path)
            .expect("it was just made")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
        stage.strike(false).expect("it is ours to remove");
        assert!(!path.exists());
    }

    #[test]
    fn the_authority_is_the_pem_file_of_the_ring() {
        let stage = Stage::set().expect("a test machine has a temporary folder");
        assert!(stage.authority("demo").is_err());
        let folder = stage.keyrings().join("demo/ca");
        fs::create_dir_all(&folder).expect("the stage can be written");
        fs::write(folder.join("demo.pem"), "").expect("the stage can be written");
        assert_eq!(
            stage.authority("demo").expect("it is there now"),
            folder.join("demo.pem")
        );
    }
}
