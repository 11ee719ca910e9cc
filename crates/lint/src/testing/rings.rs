//! Key rings for the tests of the rules that look into them.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use ttls_keyring::{Authority, KeyType, Keyrings, NewRing};

use super::{fires_with, found_with, policy, silent_with};
use crate::options::{Options, RingOptions};

/// Two rings with a certificate `server` for 90 days: `good` has P-256, names, and an authority of its own; `small` has
/// RSA 2048 and signs itself.
pub(crate) struct Rings {
    folder: TempDir,
    made: SystemTime,
    now: SystemTime,
    role: &'static str,
}

const DAY: u64 = 24 * 60 * 60;

impl Rings {
    pub(crate) fn new() -> Self {
        let rings = Self {
            folder: TempDir::new().expect("a folder"),
            made: SystemTime::now(),
            now: SystemTime::now(),
            role: "Server",
        };
        rings.make("good", KeyType::EcdsaP256, Authority::OwnCa);
        rings.make("small", KeyType::Rsa2048, Authority::SelfSigned);
        rings
    }

    /// It is so many days and a minute after the rings were made.
    pub(crate) fn at(mut self, days: i64) -> Self {
        let distance = Duration::from_secs(days.unsigned_abs() * DAY);
        let minute = Duration::from_secs(60);
        self.now = if days < 0 {
            self.made - distance
        } else {
            self.made + distance + minute
        };
        self
    }

    /// The policy has this HandshakeRole.
    pub(crate) fn role(mut self, role: &'static str) -> Self {
        self.role = role;
        self
    }

    /// A file of a ring.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// What `name` finds in a policy with these lines in its key ring block and its advanced block.
    pub(crate) fn found(&self, name: &str, ring: &str, advanced: &str) -> Vec<(String, String)> {
        found_with(&self.options(), name, &self.text(ring, advanced))
    }

    /// `name` finds exactly one thing in it.
    #[track_caller]
    pub(crate) fn fires(&self, name: &str, ring: &str, advanced: &str, part: &str, line: &str) {
        fires_with(&self.options(), name, &self.text(ring, advanced), part, line);
    }

    /// `name` finds nothing in it.
    #[track_caller]
    pub(crate) fn silent(&self, name: &str, ring: &str, advanced: &str) {
        silent_with(&self.options(), name, &self.text(ring, advanced));
    }

    fn make(&self, name: &str, key: KeyType, authority: Authority) {
        let ring = NewRing {
            root: self.folder.path().to_path_buf(),
            name: name.to_string(),
            hosts: vec!["ftp.example.com".to_string(), "*.wild.example.com".to_string()],
            label: "server".to_string(),
            key,
            days: 90,
            authority,
            now: self.made,
        };
        ring.create().expect("a ring");
    }

    fn options(&self) -> Options {
        Options {
            keyrings: Some(RingOptions {
                keyrings: Keyrings::new(self.folder.path().to_path_buf()),
                now: self.now,
                expiry: Duration::from_secs(30 * DAY),
            }),
            ..Options::default()
        }
    }

    fn text(&self, ring: &str, advanced: &str) -> String {
        let role = format!(
            "HandshakeRole {}\nTTLSEnvironmentAdvancedParms\n{{\n{advanced}\n}}",
            self.role
        );
        policy("LocalPortRange 21\nDirection Inbound")
            .replace("HandshakeRole Server", &role)
            .replace("Keyring ring", ring)
    }
}
