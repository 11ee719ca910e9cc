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
    folders: HashMap<WatchDescriptor, Names>,
    changed: Option<Changed>,
}

/// The kernel's events, in a form that the reactor can wait for.
struct Events(Inotify);

impl AsRawFd for Events {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
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
        let mut wanted: HashMap<PathBuf, Names> = HashMap::new();
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
                wanted.insert(end, Names::All);
            }
        }
        let mut folders = HashMap::new();
        for (folder, names) in wanted {
            let descriptor = match self.inotify.get_ref().0.add_watch(&folder, flags()) {
                Ok(descriptor) => descriptor,
                // Gone meanwhile, or not ours to look into: its parent tells of changes, or reading it does.
                Err(Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES) => continue,
                Err(error) => return Err(error.into()),
            };
            let known = folders
                .entry(descriptor)
                .or_insert_with(|| Names::Some(HashSet::new()));
            known.add(names);
        }
        let more = folders
            .keys()
            .any(|descriptor| !self.folders.contains_key(descriptor));
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
                        Ok(events) => take(&self.folders, &mut self.changed, &events),
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
fn want_chain(wanted: &mut HashMap<PathBuf, Names>, path: &Path) -> Option<PathBuf> {
    let (steps, end) = chain(path);
    for (folder, name) in steps {
        wanted
            .entry(folder)
            .or_insert_with(|| Names::Some(HashSet::new()))
            .add(Names::Some(HashSet::from([name])));
    }
    end
}

fn take(folders: &HashMap<WatchDescriptor, Names>, changed: &mut Option<Changed>, events: &[InotifyEvent]) {
    for event in events {
        let lost = event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW);
        let concerns = folders.get(&event.wd).is_some_and(|names| match names {
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

impl Names {
    fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Some(known), Self::Some(more)) => known.extend(more),
            (Self::All, _) => {}
            (all, Self::All) => *all = Self::All,
        }
    }
}

fn flags() -> AddWatchFlags {
    AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_DELETE
        | AddWatchFlags::IN_MOVED_FROM
        | AddWatchFlags::IN_MOVED_TO
        | AddWatchFlags::IN_MODIFY
        | AddWatchFlags::IN_CLOSE_WRITE
        | AddWatchFlags::IN_ATTRIB
        | AddWatchFlags::IN_DELETE_SELF
        | AddWatchFlags::IN_MOVE_SELF
        | AddWatchFlags::IN_ONLYDIR
}
