//! Watching files by their folders, and waiting until what happens there has settled.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

use crate::reload::chain::chain;

/// How long nothing may happen before a change counts as complete.
const QUIET: Duration = Duration::from_millis(100);

/// The longest wait for quiet where every file is closed.
const LONGEST: Duration = Duration::from_secs(1);

/// How long events gather behind one that is of no interest: a log beside the policy must not wake the agent at each line.
const REST: Duration = Duration::from_millis(50);

/// How long a file may stay open after it was last written to before its content counts as meant.
const OPEN: Duration = Duration::from_secs(10);

/// The longest wait for files to be closed.
const LONGEST_OPEN: Duration = Duration::from_secs(20);

/// Watches paths, whether there is something at them or not.
///
/// It watches folders, never files: a file that is replaced is another one, its place is the same. Opening and reading
/// is no event; the crates for watching that were looked at report it and would wake the agent at each of its own reads.
pub(crate) struct Watcher {
    inotify: AsyncFd<Events>,
    folders: HashMap<WatchDescriptor, Folder>,
    changed: Option<Changed>,
}

/// The kernel's events, in a form that the reactor can wait for.
struct Events(Inotify);

impl AsRawFd for Events {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

/// A folder in which something matters.
struct Folder {
    names: Names,
    /// What is written to files in it matters too, not only which files there are: it is not merely on the way. In folders
    /// that are (`/tmp`, a home), others write all the time.
    written: bool,
}

/// What matters in a folder.
enum Names {
    All,
    Some(HashSet<OsString>),
}

/// Something has happened and not been told yet.
struct Changed {
    first: Instant,
    last: Instant,
    /// Files that were written to and not closed since.
    open: HashSet<(WatchDescriptor, Option<OsString>)>,
}

impl Watcher {
    /// Watches nothing yet.
    pub(crate) fn new() -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe because a foreign AsRawFd may lie; Events owns its one descriptor"
        )]
        let inotify = AsyncFd::new(Events(inotify))?;
        Ok(Self {
            inotify,
            folders: HashMap::new(),
            changed: None,
        })
    }

    /// Watches these files, and these folders with the files in them, instead of what was watched before. True where
    /// a folder is new: what has happened in it before this call is not told.
    pub(crate) fn watch(&mut self, places: &BTreeSet<PathBuf>) -> io::Result<bool> {
        let mut wanted: HashMap<PathBuf, Folder> = HashMap::new();
        for place in places {
            let Some(end) = want_chain(&mut wanted, place) else {
                continue;
            };
            if end.is_dir() {
                for entry in fs::read_dir(&end).into_iter().flatten().flatten() {
                    if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                        want_chain(&mut wanted, &entry.path());
                    }
                }
                let folder = Folder {
                    names: Names::All,
                    written: true,
                };
                wanted.insert(end, folder);
            }
        }
        // One folder may have two paths, and what is said of it last holds: that must be the more.
        let mut wanted: Vec<_> = wanted.into_iter().collect();
        wanted.sort_by_key(|(_, folder)| folder.written);
        let mut folders = HashMap::new();
        for (path, folder) in wanted {
            let flags = flags(folder.written);
            let descriptor = match self.inotify.get_ref().0.add_watch(&path, flags) {
                Ok(descriptor) => descriptor,
                // Gone meanwhile, or not ours to look into: its parent tells of changes, or reading it does.
                Err(Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES) => continue,
                Err(error) => return Err(error.into()),
            };
            folders
                .entry(descriptor)
                .or_insert_with(Folder::on_the_way)
                .add(folder);
        }
        let more = folders.iter().any(|(descriptor, folder)| {
            let known = self.folders.get(descriptor);
            known.is_none_or(|known| folder.written && !known.written)
        });
        for descriptor in self.folders.keys() {
            if !folders.contains_key(descriptor) {
                // Fails where the folder itself is gone.
                let _ = self.inotify.get_ref().0.rm_watch(*descriptor);
            }
        }
        self.folders = folders;
        Ok(more)
    }

    /// Something has changed and has not settled: what is read now, or was read just before, may be half of it.
    pub(crate) fn unsettled(&mut self) -> bool {
        // Without the reactor, which may not have heard of the latest events yet.
        while let Ok(events) = self.inotify.get_ref().0.read_events() {
            take(&self.folders, &mut self.changed, &events);
        }
        self.changed.is_some()
    }

    /// Returns when something has changed and settled. Nothing is lost when it is dropped before.
    pub(crate) async fn settled(&mut self) {
        loop {
            let due = self.changed.as_ref().map(Changed::due);
            let settled = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = settled => {
                    self.changed = None;
                    return;
                }
                ready = self.inotify.readable() => match ready {
                    Ok(mut ready) => match self.inotify.get_ref().0.read_events() {
                        Ok(events) => {
                            take(&self.folders, &mut self.changed, &events);
                            if self.changed.is_none() {
                                tokio::time::sleep(REST).await;
                            }
                        }
                        Err(Errno::EAGAIN) => ready.clear_ready(),
                        Err(error) => {
                            tracing::warn!(%error, "watching files fails");
                            ready.clear_ready();
                        }
                    },
                    // The runtime is shutting down.
                    Err(_) => std::future::pending().await,
                },
            }
        }
    }
}

/// Adds what must be watched on the way of a path; the result is where it leads.
fn want_chain(wanted: &mut HashMap<PathBuf, Folder>, path: &Path) -> Option<PathBuf> {
    let (steps, end) = chain(path);
    let last = steps.len().saturating_sub(1);
    for (step, (path, name)) in steps.into_iter().enumerate() {
        let folder = Folder {
            names: Names::Some(HashSet::from([name])),
            written: step == last,
        };
        wanted.entry(path).or_insert_with(Folder::on_the_way).add(folder);
    }
    end
}

fn take(folders: &HashMap<WatchDescriptor, Folder>, changed: &mut Option<Changed>, events: &[InotifyEvent]) {
    for event in events {
        let lost = event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW);
        let concerns = folders.get(&event.wd).is_some_and(|folder| match &folder.names {
            Names::All => true,
            Names::Some(names) => event.name.as_ref().is_none_or(|name| names.contains(name)),
        });
        if !lost && !concerns {
            continue;
        }
        let now = Instant::now();
        let changed = changed.get_or_insert_with(|| Changed {
            first: now,
            last: now,
            open: HashSet::new(),
        });
        changed.last = now;
        let file = (event.wd, event.name.clone());
        if event.mask.contains(AddWatchFlags::IN_MODIFY) {
            changed.open.insert(file);
        } else if !event.mask.contains(AddWatchFlags::IN_ATTRIB) {
            changed.open.remove(&file);
        }
    }
}

impl Changed {
    fn due(&self) -> Instant {
        if self.open.is_empty() {
            (self.last + QUIET).min(self.first + LONGEST)
        } else {
            (self.last + OPEN).min(self.first + LONGEST_OPEN)
        }
    }
}

impl Folder {
    /// Nothing in it matters yet.
    fn on_the_way() -> Self {
        Self {
            names: Names::Some(HashSet::new()),
            written: false,
        }
    }

    fn add(&mut self, other: Self) {
        self.names.add(other.names);
        self.written |= other.written;
    }
}

impl Names {
    fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Some(known), Self::Some(more)) => known.extend(more),
            (Self::All, _) => {}
            (all, Self::All) => *all = Self::All,
        }
    }
}

fn flags(written: bool) -> AddWatchFlags {
    let always = AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_DELETE
        | AddWatchFlags::IN_MOVED_FROM
        | AddWatchFlags::IN_MOVED_TO
        | AddWatchFlags::IN_ATTRIB
        | AddWatchFlags::IN_DELETE_SELF
        | AddWatchFlags::IN_MOVE_SELF
        | AddWatchFlags::IN_ONLYDIR;
    if written {
        always | AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CLOSE_WRITE
    } else {
        always
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events that have come and not been looked at.
    fn events(watcher: &Watcher) -> usize {
        match watcher.inotify.get_ref().0.read_events() {
            Ok(events) => events.len(),
            Err(error) => {
                assert_eq!(error, Errno::EAGAIN);
                0
            }
        }
    }

    #[tokio::test]
    async fn what_others_write_in_folders_on_the_way_wakes_nobody_and_an_exchange_there_does() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("policies");
        fs::create_dir(&folder).unwrap();
        let (other, policy) = (top.path().join("other"), folder.join("policy"));
        fs::write(&other, "1").unwrap();
        fs::write(&policy, "1").unwrap();
        let mut watcher = Watcher::new().unwrap();
        assert!(watcher.watch(&BTreeSet::from([policy.clone()])).unwrap());
        fs::write(&other, "2").unwrap();
        assert_eq!(events(&watcher), 0);
        fs::write(&policy, "2").unwrap();
        assert!(watcher.unsettled());
        watcher.changed = None;
        fs::rename(&folder, top.path().join("old")).unwrap();
        assert!(watcher.unsettled());
    }

    #[tokio::test]
    async fn a_folder_whose_files_begin_to_matter_is_told_as_new() {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("policies");
        fs::create_dir(&folder).unwrap();
        let (above, below) = (top.path().join("policy"), folder.join("policy"));
        let mut watcher = Watcher::new().unwrap();
        watcher.watch(&BTreeSet::from([below.clone()])).unwrap();
        assert!(!watcher.watch(&BTreeSet::from([below.clone()])).unwrap());
        assert!(watcher.watch(&BTreeSet::from([below, above.clone()])).unwrap());
        fs::write(&above, "1").unwrap();
        assert!(watcher.unsettled());
    }
}
