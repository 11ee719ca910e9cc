//! The folders in which something must happen for a path to lead elsewhere or to other content.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

/// Links on the way of one path; the kernel follows as many.
const LINKS: usize = 40;

/// Every (folder, name) that looking up `path` goes through, links resolved, as far as there is something; and what the
/// path leads to. Folders are free of links.
pub(crate) fn chain(path: &Path) -> (Vec<(PathBuf, OsString)>, Option<PathBuf>) {
    let mut steps = Vec::new();
    let Ok(path) = std::path::absolute(path) else {
        return (steps, None);
    };
    let mut pending: VecDeque<OsString> = components(&path).collect();
    let mut here = PathBuf::from("/");
    let mut links = 0;
    while let Some(name) = pending.pop_front() {
        if name == OsStr::new("/") {
            here = PathBuf::from("/");
            continue;
        }
        if name == OsStr::new("..") {
            here.pop();
            continue;
        }
        let next = here.join(&name);
        steps.push((here.clone(), name));
        let Ok(metadata) = next.symlink_metadata() else {
            return (steps, None);
        };
        if !metadata.is_symlink() {
            here = next;
            continue;
        }
        links += 1;
        let Ok(target) = next.read_link() else {
            return (steps, None);
        };
        if links > LINKS {
            return (steps, None);
        }
        for component in components(&target).collect::<Vec<_>>().into_iter().rev() {
            pending.push_front(component);
        }
    }
    (steps, Some(here))
}

fn components(path: &Path) -> impl Iterator<Item = OsString> {
    path.components()
        .filter(|component| !matches!(component, Component::CurDir))
        .map(|component| component.as_os_str().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_folder_on_the_way_of_mounted_configuration_is_found() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().canonicalize().unwrap();
        fs::create_dir(root.join("..1")).unwrap();
        fs::write(root.join("..1/policy"), "").unwrap();
        symlink("..1", root.join("..data")).unwrap();
        symlink("..data/policy", root.join("policy")).unwrap();
        let (steps, end) = chain(&root.join("policy"));
        for (folder, name) in [("", "policy"), ("", "..data"), ("", "..1"), ("..1", "policy")] {
            let step = (
                if folder.is_empty() {
                    root.clone()
                } else {
                    root.join(folder)
                },
                OsString::from(name),
            );
            assert!(steps.contains(&step), "{step:?} in {steps:?}");
        }
        assert_eq!(end, Some(root.join("..1/policy")));
    }

    #[test]
    fn where_nothing_is_yet_the_nearest_folder_tells_of_it() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().canonicalize().unwrap();
        let (steps, end) = chain(&root.join("a/b/c"));
        assert_eq!(steps.last(), Some(&(root, OsString::from("a"))));
        assert_eq!(end, None);
    }

    #[test]
    fn links_in_a_circle_have_an_end() {
        let temporary = tempfile::tempdir().unwrap();
        symlink("b", temporary.path().join("a")).unwrap();
        symlink("a", temporary.path().join("b")).unwrap();
        assert_eq!(chain(&temporary.path().join("a")).1, None);
    }
}
