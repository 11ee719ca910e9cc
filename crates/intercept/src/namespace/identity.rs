//! Making the network namespace, and the user namespace where that takes one.

use std::fs;
use std::io;

use caps::{CapSet, Capability};
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid, getegid, geteuid};

use crate::error::InterceptError;

/// What the helper has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// A network namespace of the machine's own user namespace, by root.
    Network,
    /// A network namespace in a user namespace in which only the caller's own user and group exist.
    UserAndNetwork,
}

/// Moves this single-threaded process into a new network namespace.
pub(crate) fn enter_namespace() -> Result<Made, InterceptError> {
    let (user, group) = (geteuid(), getegid());
    if user.is_root() {
        match unshare(CloneFlags::CLONE_NEWNET) {
            Ok(()) => return Ok(Made::Network),
            // Root in a container without CAP_SYS_ADMIN: like any other user.
            Err(Errno::EPERM) => {}
            Err(error) => return Err(refused("make a network namespace", error)),
        }
    }
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).map_err(|error| {
        refused(
            &format!("make a user and network namespace as user {user}"),
            error,
        )
    })?;
    map_only(user, group).map_err(|error| {
        let reason = format!(
            "{error}; a security module (AppArmor: sysctl kernel.apparmor_restrict_unprivileged_userns) may forbid it: \
             allow it for ttls or run ttls as root"
        );
        InterceptError::setup("map this user into its user namespace", &reason)
    })?;
    Ok(Made::UserAndNetwork)
}

/// Runs something with `CAP_NET_ADMIN` kept over `exec`, which a user other than root loses otherwise.
pub(crate) fn with_ambient_net_admin<T>(
    work: impl FnOnce() -> Result<T, InterceptError>,
) -> Result<T, InterceptError> {
    let set = |error: caps::errors::CapsError| InterceptError::setup("keep CAP_NET_ADMIN for nft", &error);
    caps::raise(None, CapSet::Inheritable, Capability::CAP_NET_ADMIN).map_err(set)?;
    caps::raise(None, CapSet::Ambient, Capability::CAP_NET_ADMIN).map_err(set)?;
    let result = work();
    // The program must not get it.
    caps::clear(None, CapSet::Ambient).map_err(set)?;
    caps::clear(None, CapSet::Inheritable).map_err(set)?;
    result
}

/// Maps the caller to itself and nothing else.
fn map_only(user: Uid, group: Gid) -> io::Result<()> {
    fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
    // The kernel's condition for letting an unprivileged process map its group.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
}

fn refused(step: &str, error: Errno) -> InterceptError {
    let hint = match error {
        Errno::EPERM => {
            "; this machine forbids user namespaces to ordinary users (sysctl kernel.unprivileged_userns_clone or \
             kernel.apparmor_restrict_unprivileged_userns, or a container's seccomp filter): allow them or run ttls \
             as root"
        }
        Errno::ENOSPC | Errno::EUSERS => {
            "; too many namespaces: raise sysctl user.max_user_namespaces and user.max_net_namespaces (0 forbids \
             them), or run ttls as root"
        }
        Errno::EINVAL | Errno::ENOSYS => "; the kernel was built without user namespaces: run ttls as root",
        _ => "",
    };
    InterceptError::setup(step, &format!("{error}{hint}"))
}
