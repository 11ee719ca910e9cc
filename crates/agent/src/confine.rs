//! Landlock: folders beside those that the agent needs are out of its reach, whatever happens to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, BitFlags, RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, make_bitflags, path_beneath_rules,
};

/// The newest rights that are known here; older kernels enforce what they know of them.
const RIGHTS: ABI = ABI::V5;

/// What is read besides the policy's own files: trust anchors of the system, users and groups, time zones, and which
/// process a connection belongs to.
const SYSTEM: [&str; 16] = [
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/proc",
    "/dev/urandom",
];

/// Confines the calling thread and those that it starts to these folders; says how far that goes. `read` are files and
/// folders, of which what stands beside them may be read too, because files are replaced by others in their folders.
///
/// # Errors
/// The kernel refuses. A kernel without Landlock is no error.
pub(crate) fn confine(read: &BTreeSet<PathBuf>, write: &BTreeSet<PathBuf>) -> Result<String, RulesetError> {
    let reading: BTreeSet<PathBuf> = read.iter().flat_map(|place| around(place)).collect();
    let look = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    let change = AccessFs::from_all(RIGHTS) & !BitFlags::from(AccessFs::Execute);
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(RIGHTS))?
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, look))?
        .add_rules(path_beneath_rules(reading, look))?
        .add_rules(path_beneath_rules(write, change))?
        .restrict_self()?;
    Ok(word(&status).to_owned())
}

fn word(status: &RestrictionStatus) -> &'static str {
    match status.ruleset {
        RulesetStatus::FullyEnforced => "confined by Landlock",
        RulesetStatus::PartiallyEnforced => "confined by Landlock, as far as this kernel knows it",
        RulesetStatus::NotEnforced => "not confined: this kernel has no Landlock",
    }
}

/// A place, its folder, and the same of what links lead to.
fn around(place: &Path) -> Vec<PathBuf> {
    let behind = place.canonicalize().ok();
    [
        Some(place),
        place.parent(),
        behind.as_deref(),
        behind.as_deref().and_then(Path::parent),
    ]
    .into_iter()
    .flatten()
    .filter(|path| path.parent().is_some())
    .map(Path::to_owned)
    .collect()
}

/// Tries it, in a thread of its own that ends with it: says what came of it.
///
/// # Errors
/// Why nothing is confined here.
pub fn try_confinement() -> Result<String, String> {
    let tried = std::thread::spawn(|| {
        let nothing = BTreeSet::new();
        let said = confine(&nothing, &nothing).map_err(|error| error.to_string())?;
        match std::fs::read_dir("/etc") {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(said),
            _ => Err(said),
        }
    });
    tried
        .join()
        .unwrap_or_else(|_| Err("it could not be tried".to_owned()))
}
