//! Running as an ordinary user for good, once everything that takes privileges is open.

mod given_up;

use std::ffi::CString;
use std::io;
use std::path::Path;

use nix::fcntl::{AtFlags, OFlag, open};
use nix::sys::stat::{Mode, SFlag, fstat};
use nix::unistd::{Gid, Uid, User, fchownat, getgrouplist, getresuid, setgroups, setresgid, setresuid};

use given_up::all_threads_are;

/// An ordinary user of this system.
#[derive(Debug, Clone)]
pub struct RunAs {
    name: String,
    uid: Uid,
    gid: Gid,
    groups: Vec<Gid>,
}

/// Why the agent cannot run as a user.
#[derive(Debug, thiserror::Error)]
pub enum RunAsError {
    /// There is no such user.
    #[error("user {0}: there is none of that name; `useradd --system {0}` makes one")]
    Unknown(String),
    /// Root is no ordinary user.
    #[error("user {0}: it is root, which the agent shall not be; name an ordinary user")]
    Root(String),
    /// Only root can become somebody else.
    #[error("user {0}: only root can start an agent that runs as another user")]
    NotRoot(String),
    /// The system refuses.
    #[error("user {name}: {error}")]
    System {
        /// The user.
        name: String,
        /// What the system says.
        error: io::Error,
    },
}

impl RunAs {
    /// The user of a name. From now on no program that is executed gains privileges: to be called before there are
    /// other threads.
    ///
    /// # Errors
    /// See [`RunAsError`].
    pub fn named(name: &str) -> Result<Self, RunAsError> {
        let system = |error: nix::Error| RunAsError::System {
            name: name.to_owned(),
            error: error.into(),
        };
        if !Uid::effective().is_root() {
            return Err(RunAsError::NotRoot(name.to_owned()));
        }
        let unknown = || RunAsError::Unknown(name.to_owned());
        let user = User::from_name(name).map_err(system)?.ok_or_else(unknown)?;
        if user.uid.is_root() {
            return Err(RunAsError::Root(name.to_owned()));
        }
        let c_name = CString::new(name).map_err(|_| unknown())?;
        let groups = getgrouplist(&c_name, user.gid).map_err(system)?;
        nix::sys::prctl::set_no_new_privs().map_err(system)?;
        Ok(Self {
            name: user.name,
            uid: user.uid,
            gid: user.gid,
            groups,
        })
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives a socket that root has made to the user, who may open it then.
    ///
    /// # Errors
    /// The system refuses.
    pub fn give(&self, path: &Path) -> Result<(), RunAsError> {
        // What is looked at is what is given: in a folder of other users its name may lead elsewhere by then.
        let socket = open(
            path,
            OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC,
            Mode::empty(),
        );
        let socket = socket.map_err(|error| self.system(error.into()))?;
        let found = fstat(&socket).map_err(|error| self.system(error.into()))?;
        let kind = SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT;
        if kind != SFlag::S_IFSOCK || found.st_uid != Uid::effective().as_raw() {
            let gone = format!("{}: another file has taken the socket's place", path.display());
            return Err(self.system(io::Error::other(gone)));
        }
        let flags = AtFlags::AT_EMPTY_PATH | AtFlags::AT_SYMLINK_NOFOLLOW;
        let given = fchownat(&socket, "", Some(self.uid), Some(self.gid), flags);
        given.map_err(|error| self.system(error.into()))
    }

    /// The whole process becomes the user's: groups, user and, with them, no capability.
    pub(crate) fn demote(&self) -> Result<(), RunAsError> {
        // The C library carries each of them out in all threads.
        let done = setgroups(&self.groups)
            .and_then(|()| setresgid(self.gid, self.gid, self.gid))
            .and_then(|()| setresuid(self.uid, self.uid, self.uid));
        done.map_err(|error| self.system(error.into()))?;
        // A user who has kept the way back is none.
        let now = getresuid().map_err(|error| self.system(error.into()))?;
        let for_good = [now.real, now.effective, now.saved]
            .iter()
            .all(|uid| *uid == self.uid);
        if !for_good || setresuid(Uid::from_raw(0), Uid::from_raw(0), Uid::from_raw(0)).is_ok() {
            return Err(self.system(io::Error::other("the process is still root's")));
        }
        // Who started it may have told the system to let capabilities be when the user changes.
        all_threads_are(self.uid, self.gid).map_err(|error| self.system(error))?;
        // Changing the user makes the process dumpable by the system's default.
        nix::sys::prctl::set_dumpable(false).map_err(|error| self.system(error.into()))
    }

    fn system(&self, error: io::Error) -> RunAsError {
        RunAsError::System {
            name: self.name.clone(),
            error,
        }
    }
}
