"""Processor time and memory of a process and all that it has started."""

import os
from pathlib import Path

from processes import descendants


class Meter:
    """Processor time of these processes and of all that they start, to the microsecond.

    A control group of its own: daemons whose sessions are reaped by nobody hide their time from wait(2).
    """

    made = 0

    def __init__(self, pids):
        Meter.made += 1
        self.folder = control_groups() / f"ttls-bench-{os.getpid()}-{Meter.made}"
        self.folder.mkdir()
        for pid in [*pids, *(below for top in pids for below, _ in descendants(top))]:
            try:
                (self.folder / "cgroup.procs").write_text(str(pid))
            except ProcessLookupError:
                continue  # has ended

    def seconds(self):
        """User and system seconds so far."""
        return int((self.folder / "cpu.stat").read_text().split()[1]) / 1e6

    def close(self):
        """Removes the group; its processes have ended, or go where everyone is."""
        for pid in (self.folder / "cgroup.procs").read_text().split():
            try:
                (self.folder.parent / "cgroup.procs").write_text(pid)
            except ProcessLookupError:
                continue
        self.folder.rmdir()


def control_groups():
    """The root of the unified hierarchy, whose groups all count processor time."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, folder, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(folder)
    raise SystemExit("no cgroup2 file system is mounted: mount -t cgroup2 none /mnt")


def resident(pid):
    """Anonymous and other private memory of one process, in bytes (RssAnon)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024


def proportional(pids):
    """Memory of these processes and all below, shared pages divided among their users, in bytes (PSS)."""
    everyone = set(pids)
    for pid in pids:
        everyone |= {below for below, _ in descendants(pid)}
    total = 0
    for pid in everyone:
        try:
            total += int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0]) * 1024
        except OSError:
            continue  # has ended
    return total
