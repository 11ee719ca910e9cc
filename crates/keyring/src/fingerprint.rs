//! Whether a ring is what it was: a fingerprint of its files, and where they are.

use std::fs;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use zeroize::Zeroizing;

use crate::name::{Place, place};
use crate::{Access, KeyringError, Keyrings, Ring, folder, system};

/// What the files of a ring held at one moment. Equal fingerprints of one process mean equal content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u64; 2]);

/// Secret of this process: nobody who writes rings can aim at equal fingerprints.
static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);

impl Keyrings {
    /// The fingerprint of a ring and of the stash file that opens it. What cannot be read counts as content too, so
    /// that a ring that comes or goes has changed; hidden files do not count. Reads files: call it off the reactor.
    ///
    /// # Errors
    /// The name is none that this engine can look up.
    pub fn fingerprint(&self, name: &str, access: Option<&Access>) -> Result<Fingerprint, KeyringError> {
        let mut sum = Sum(KEYS.each_ref().map(BuildHasher::build_hasher));
        match place(self.root(), name)? {
            Place::System => {
                for anchor in system::open(name).iter().flat_map(Ring::anchors) {
                    sum.add(anchor);
                }
            }
            Place::Path(path) if path.is_dir() => {
                sum.folder(&path);
                sum.folder(&path.join(folder::ANCHORS));
            }
            Place::Path(path) => sum.file(&path),
        }
        if let Some(Access::StashFile(path)) = access {
            sum.file(path);
        }
        Ok(Fingerprint(sum.0.map(|hasher| hasher.finish())))
    }

    /// The folders and files whose change may change a ring: its folder with the one of its trust anchors, or its file,
    /// and the stash file. Nothing for the system trust store.
    pub fn places(&self, name: &str, access: Option<&Access>) -> Vec<PathBuf> {
        let mut places = Vec::new();
        if let Ok(Place::Path(path)) = place(self.root(), name) {
            places.push(path.join(folder::ANCHORS));
            places.push(path);
        }
        if let Some(Access::StashFile(path)) = access {
            places.push(path.clone());
        }
        places
    }
}

struct Sum([DefaultHasher; 2]);

impl Sum {
    fn add(&mut self, part: impl Hash) {
        for hasher in &mut self.0 {
            part.hash(hasher);
        }
    }

    /// The files of a folder, in a fixed order.
    fn folder(&mut self, folder: &Path) {
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
            .map(|entry| entry.path())
            .filter(|path| !path.is_dir())
            .collect();
        files.sort();
        for file in files {
            self.add(&file);
            // The default mark may be a link: where it leads is content.
            self.add(fs::read_link(&file).ok());
            self.file(&file);
        }
    }

    fn file(&mut self, path: &Path) {
        match fs::read(path).map(Zeroizing::new) {
            Ok(content) => self.add(content.as_slice()),
            Err(error) => self.add(error.raw_os_error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_changed_when_any_of_its_files_has() {
        let root = tempfile::tempdir().unwrap();
        let ring = root.path().join("ring");
        fs::create_dir_all(ring.join("ca")).unwrap();
        let rings = Keyrings::new(root.path().to_owned());
        let stash = Access::StashFile(root.path().join("stash"));
        let print = || rings.fingerprint("ring", Some(&stash)).unwrap();
        let mut seen = vec![print()];
        for (file, text) in [
            ("ring/a.pem", "1"),
            ("ring/a.key", "1"),
            ("ring/ca/b.pem", "1"),
            ("ring/default", "a"),
            ("stash", "word"),
            ("ring/a.pem", "2"),
        ] {
            fs::write(root.path().join(file), text).unwrap();
            let now = print();
            assert!(!seen.contains(&now), "{file} makes no difference");
            assert_eq!(now, print(), "without a change the fingerprint stays");
            seen.push(now);
        }
        fs::write(ring.join("a.pem"), "1").unwrap();
        assert_eq!(print(), seen[5], "the old content gives the old fingerprint");
        fs::remove_file(ring.join("a.key")).unwrap();
        assert!(!seen.contains(&print()));
    }
}
