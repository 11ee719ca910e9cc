//! Temporary ring folders and the `openssl` program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use ttls_keyring::{Access, Authority, Created, KeyType, KeyringError, Keyrings, NewRing};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) struct Root(pub(crate) TempDir);

impl Root {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn keyrings(&self) -> Keyrings {
        Keyrings::new(self.path().to_owned())
    }

    pub(crate) fn new_ring(&self, name: &str, label: &str) -> NewRing {
        NewRing {
            root: self.path().to_owned(),
            name: name.to_owned(),
            hosts: vec![
                "ftp.example.com".to_owned(),
                "192.0.2.1".to_owned(),
                "2001:db8::1".to_owned(),
            ],
            label: label.to_owned(),
            key: KeyType::EcdsaP256,
            days: 90,
            authority: Authority::SelfSigned,
            now: SystemTime::now(),
        }
    }

    pub(crate) fn make(&self, name: &str, label: &str) -> Created {
        self.new_ring(name, label).create().expect("a ring")
    }

    /// Runs `openssl` in the root folder.
    pub(crate) fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .output()
            .expect("the openssl program (Debian package openssl)");
        assert!(
            output.status.success(),
            "openssl {arguments}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub(crate) fn write(&self, name: &str, content: &str, mode: u32) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("written");
        chmod(&path, mode);
        path
    }
}

pub(crate) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o7777
}

pub(crate) fn password(password: &str) -> Option<Access> {
    Some(Access::Password(password.to_owned().into()))
}

/// The message, which must name the ring.
pub(crate) fn message(ring: &str, error: &KeyringError) -> String {
    let message = error.to_string();
    assert!(message.contains(&format!("key ring {ring}")), "{message}");
    message
}
