//! Where the agent listens.

use std::ffi::OsString;
use std::path::PathBuf;

use nix::unistd::{getegid, geteuid, getgid, getuid};

/// Environment variable with the path of the agent's socket; `ttls run` sets it for its program. Set-user-ID and
/// set-group-ID programs do not heed it.
pub const PATH_VARIABLE: &str = "TTLS_CONTROL";

/// The path without that variable.
pub const DEFAULT_PATH: &str = "/run/ttls/control";

pub(crate) fn path() -> PathBuf {
    chosen(std::env::var_os(PATH_VARIABLE).filter(|_| !has_another_user()))
}

fn chosen(said: Option<OsString>) -> PathBuf {
    said.filter(|path| !path.is_empty())
        .map_or_else(|| DEFAULT_PATH.into(), PathBuf::from)
}

/// A set-user-ID or set-group-ID program: its variables are its caller's, who must not be handed its connections.
fn has_another_user() -> bool {
    getuid() != geteuid() || getgid() != getegid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_counts_unless_it_is_empty_or_of_another_user() {
        assert_eq!(chosen(Some("/x".into())), PathBuf::from("/x"));
        assert_eq!(chosen(Some("".into())), PathBuf::from(DEFAULT_PATH));
        assert_eq!(chosen(None), PathBuf::from(DEFAULT_PATH));
        assert!(!has_another_user());
    }
}
