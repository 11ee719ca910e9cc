//! Files by their addresses, and what is read of them.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use lsp_types::Uri;

/// Larger files are no policies, and are not looked at. 16 MiB.
pub(crate) const LARGEST: usize = 16 << 20;

/// The path of a `file:` address; `None` for others, such as a text that was never saved.
pub(crate) fn path(uri: &Uri) -> Option<PathBuf> {
    let scheme = uri.scheme()?.as_str();
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let bytes = uri.path().as_estr().decode().into_bytes().into_owned();
    Some(PathBuf::from(OsString::from_vec(bytes)))
}

/// The address of a file.
pub(crate) fn uri(path: &Path) -> Option<Uri> {
    let mut text = "file://".to_string();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text.parse().ok()
}

/// Reads a file that a policy names. Only regular files: a pipe would keep the editor waiting.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    std::fs::File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() > LARGEST {
        return Err(io::Error::other("it is too large for a policy"));
    }
    Ok(ttls_policy::decode(bytes))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn paths_come_back_from_their_addresses() {
        for path in ["/etc/ttls/ftp.ttls", "/tmp/a b/\u{E4}%20#?.ttls"] {
            let uri = super::uri(Path::new(path)).expect("a path has an address");
            assert_eq!(
                super::path(&uri).as_deref(),
                Some(Path::new(path)),
                "{}",
                uri.as_str()
            );
        }
    }

    #[test]
    fn pipes_and_devices_are_not_read() {
        assert!(super::read(Path::new("/dev/zero")).is_err());
    }
}
