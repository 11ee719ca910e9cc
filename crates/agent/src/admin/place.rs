//! Where the admin socket is: one for each agent, in the runtime folder unless told otherwise.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use tokio::net::{UnixListener, UnixStream};

/// An open admin socket. Its file goes with it.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
    /// Of the file: another agent may have put its own there.
    inode: u64,
    /// The place that it takes later.
    place: Option<PathBuf>,
}

/// Why there is no admin socket.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Another agent answers there.
    #[error("admin socket {0}: another agent listens there; choose another path with --admin")]
    Taken(PathBuf),
    /// Something else has that name.
    #[error(
        "admin socket {0}: there is a file of that name that is no socket; remove it or choose another path"
    )]
    NoSocket(PathBuf),
    /// Others may write to the folder and could put their own socket there.
    #[error(
        "folder {0}: it belongs to another user or others may write to it; choose another path with --admin"
    )]
    Folder(PathBuf),
    /// The system refuses.
    #[error("admin socket {path}: {error}")]
    System {
        /// The path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl AdminSocket {
    /// Opens the socket of this process in the runtime folder, made when missing; `kind` (`agent`, `run`) begins its
    /// name. Sockets that dead agents left there are removed. Needs a tokio runtime.
    ///
    /// # Errors
    /// See [`PlaceError`].
    pub fn in_runtime_folder(kind: &str) -> Result<Self, PlaceError> {
        let folder = runtime_folder();
        make_folder(&folder)?;
        for dead in sockets(&folder).into_iter().filter(|path| !answers(path)) {
            // Another agent may be faster.
            let _ = fs::remove_file(dead);
        }
        Self::at(&folder.join(format!("{kind}-{}.admin", std::process::id())))
    }

    /// Opens the socket at a path of the operator's choice.
    ///
    /// # Errors
    /// See [`PlaceError`].
    pub fn at(path: &Path) -> Result<Self, PlaceError> {
        let system = |error| PlaceError::System {
            path: path.to_owned(),
            error,
        };
        match fs::symlink_metadata(path) {
            Ok(found) if !found.file_type().is_socket() => return Err(PlaceError::NoSocket(path.to_owned())),
            Ok(_) if answers(path) => return Err(PlaceError::Taken(path.to_owned())),
            Ok(_) => fs::remove_file(path).map_err(system)?,
            Err(_) => {}
        }
        let listener = UnixListener::bind(path).map_err(system)?;
        // Between the two calls others may connect, and are refused by who they are.
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(system)?;
        let inode = fs::symlink_metadata(path).map_err(system)?.ino();
        Ok(Self {
            listener,
            path: path.to_owned(),
            inode,
            place: None,
        })
    }

    /// The same for an agent that takes over: opens a socket beside that of the other agent, whose place it takes when this
    /// one serves.
    ///
    /// # Errors
    /// See [`PlaceError`].
    pub fn replacing(path: &Path) -> Result<Self, PlaceError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(format!(".{}", std::process::id()));
        let mut socket = Self::at(Path::new(&beside))?;
        socket.place = Some(path.to_owned());
        Ok(socket)
    }

    /// Its place is still another agent's.
    pub(super) fn waits(&self) -> bool {
        self.place.is_some()
    }

    /// Takes its place, in one step.
    pub(super) fn take_place(&mut self) -> io::Result<()> {
        if let Some(place) = self.place.take() {
            fs::rename(&self.path, &place)?;
            self.path = place;
        }
        Ok(())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.listener.accept().await?.0)
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if ours {
            // Where it cannot be removed, the next agent does.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The sockets in the runtime folder, and in the folders of services in it, that an agent answers on.
pub fn live_sockets() -> Vec<PathBuf> {
    let folder = runtime_folder();
    let services = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut live: Vec<PathBuf> = services
        .map(|entry| entry.path())
        .chain([folder])
        .flat_map(|folder| sockets(&folder))
        .filter(|path| answers(path))
        .collect();
    live.sort();
    live
}

/// `/run/ttls` for root, else `$XDG_RUNTIME_DIR/ttls`, else `/tmp/ttls-UID`.
pub fn runtime_folder() -> PathBuf {
    let user = geteuid();
    if user.is_root() {
        return PathBuf::from("/run/ttls");
    }
    match std::env::var_os("XDG_RUNTIME_DIR") {
        Some(folder) => PathBuf::from(folder).join("ttls"),
        None => PathBuf::from(format!("/tmp/ttls-{user}")),
    }
}

/// Makes the folder where it is missing; nobody else may write to it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), PlaceError> {
    let system = |error| PlaceError::System {
        path: folder.to_owned(),
        error,
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(folder)
        .map_err(system)?;
    let found = fs::symlink_metadata(folder).map_err(system)?;
    let safe = found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o022 == 0;
    if safe {
        Ok(())
    } else {
        Err(PlaceError::Folder(folder.to_owned()))
    }
}

fn sockets(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "admin"))
        .collect()
}

fn answers(path: &Path) -> bool {
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => true,
        Err(error) => {
            error.kind() != io::ErrorKind::ConnectionRefused && error.kind() != io::ErrorKind::NotFound
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_is_private_replaces_a_dead_one_and_never_a_live_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.admin");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let socket = AdminSocket::at(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert!(matches!(AdminSocket::at(&path), Err(PlaceError::Taken(_))));
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_file_that_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.admin");
        fs::write(&path, "precious").unwrap();
        assert!(matches!(AdminSocket::at(&path), Err(PlaceError::NoSocket(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(make_folder(folder.path()), Err(PlaceError::Folder(_))));
    }
}
