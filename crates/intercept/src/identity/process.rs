//! From a socket's inode to the job that holds it, by `/proc`.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The job that holds a socket. Of several processes one that belongs to a service counts first, then the oldest number;
/// the first process of the system, which passes its sockets on to services, counts last.
pub(super) fn job_of(inode: u32) -> Option<String> {
    let link = format!("socket:[{inode}]");
    let mut holders: Vec<u32> = processes().filter(|pid| holds(*pid, &link)).collect();
    holders.sort_unstable_by_key(|pid| (*pid == 1, *pid));
    holders
        .iter()
        .find_map(|pid| service_of(*pid))
        .or_else(|| holders.iter().find_map(|pid| command_of(*pid)))
}

pub(super) fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn holds(pid: u32, link: &str) -> bool {
    open_files(pid).any(|target| target.as_os_str().as_bytes() == link.as_bytes())
}

/// What the descriptors of a process stand for. Processes that are gone, or that this one may not look into, have none.
pub(super) fn open_files(pid: u32) -> impl Iterator<Item = PathBuf> {
    let open = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    open.filter_map(|file| fs::read_link(file.path()).ok())
}

fn service_of(pid: u32) -> Option<String> {
    service_in(&fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?)
}

/// The innermost service of a `/proc/PID/cgroup`: by the unified hierarchy, else by systemd's own. The manager of a
/// user's services is none itself.
fn service_in(text: &str) -> Option<String> {
    let of = |hierarchy: &str| {
        let path = text.lines().find_map(|line| line.strip_prefix(hierarchy))?;
        path.rsplit('/')
            .filter(|unit| !unit.starts_with("user@"))
            .find_map(|unit| unit.strip_suffix(".service"))
            .map(str::to_owned)
    };
    of("0::").or_else(|| {
        let (number, _) = text.lines().find_map(|line| line.split_once(":name=systemd:"))?;
        of(&format!("{number}:name=systemd:"))
    })
}

fn command_of(pid: u32) -> Option<String> {
    command_in(&fs::read_to_string(format!("/proc/{pid}/comm")).ok()?)
}

/// Programs choose the name, and logs show it: without control characters, of which a line end could pass for the start of
/// another entry.
fn command_in(text: &str) -> Option<String> {
    let name = text.trim_end_matches('\n');
    (!name.is_empty()).then(|| name.replace(char::is_control, "?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_name_has_no_control_characters() {
        assert_eq!(command_in("batch-7\n").as_deref(), Some("batch-7"));
        assert_eq!(
            command_in("x\nERROR \u{1b}[0m\n").as_deref(),
            Some("x?ERROR ?[0m")
        );
        assert_eq!(command_in("\n"), None);
    }

    #[test]
    fn a_job_is_the_innermost_service() {
        let cases = [
            ("0::/system.slice/vsftpd.service\n", Some("vsftpd")),
            (
                "0::/system.slice/system-ftp.slice/ftp@main.service\n",
                Some("ftp@main"),
            ),
            (
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/batch.service\n",
                Some("batch"),
            ),
            (
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope\n",
                None,
            ),
            ("0::/user.slice/user-1000.slice/session-3.scope\n", None),
            (
                "5:cpu:/\n1:name=systemd:/system.slice/cron.service\n0::/\n",
                Some("cron"),
            ),
            ("0::/\n", None),
            ("", None),
        ];
        for (text, service) in cases {
            assert_eq!(service_in(text).as_deref(), service, "{text:?}");
        }
    }
}
