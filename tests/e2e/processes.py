"""Starting programs, waiting for them with a bound, and ending them by process id."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path


#: For waits that only keep a test from hanging: what is waited for takes long on a machine that is busy.
PATIENCE = 60.0


def wait_until(condition, what, seconds=PATIENCE, pause=0.02):
    """Returns the first true value of `condition()`; fails by name after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"after {seconds:.0f} s still waiting for: {what}")
        time.sleep(pause)


def stat_fields(pid):
    """The fields of /proc/PID/stat behind the command, or None where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


def identity(pid):
    """(pid, start time) of a process that runs, None where it is gone or only waits to be reaped."""
    fields = stat_fields(pid)
    if fields is None or fields[0] in "ZX":
        return None
    return pid, fields[19]


def descendants(pid):
    """Identities of every process below `pid`."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_fields(entry.name)):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        for child in children.get(todo.pop(), []):
            todo.append(child)
            if (who := identity(child)) is not None:
                found.append(who)
    return found


def alive(identities):
    """Those of `identities` that still run."""
    return [who for who in identities if identity(who[0]) == who]


def describe(pid):
    """Command line of a process, for messages."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "(gone)"


def events_of(text):
    """The lines of JSON in a log; what stands behind the last line end is still being written."""
    lines = text.rpartition("\n")[0].splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


class Process:
    """A program in the foreground whose output goes to a file."""

    def __init__(self, name, command, log, **options):
        self.name = name
        self.command = [str(word) for word in command]
        self.log = Path(log)
        # vsftpd reports start-up errors on descriptor 0, so all three are the log, readable and writable.
        with open(self.log, "ab+", buffering=0) as sink:
            self.popen = subprocess.Popen(
                self.command, stdin=sink, stdout=sink, stderr=sink, start_new_session=True, **options
            )
        self.pid = self.popen.pid

    def text(self):
        """What the program wrote until now."""
        return self.log.read_text(errors="replace")

    def events(self):
        """The lines of JSON among it. What stands behind the last line end is still being written."""
        return events_of(self.text())

    def check_running(self):
        """Fails with the program's output where it has ended."""
        if self.popen.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self.popen.returncode}:\n{self.text()[-4000:]}")

    def stop(self, seconds=PATIENCE):
        """Ends the program with SIGTERM; returns its exit status and the descendants that outlived it."""
        below = descendants(self.pid)
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(f"{self.name} did not end within {seconds:.0f} s of SIGTERM") from None
        return self.popen.returncode, below

    def kill(self):
        """Ends the program and everything below it with SIGKILL."""
        below = descendants(self.pid)
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait(PATIENCE)
        end_all(below)


def end_all(identities):
    """SIGKILL for each of `identities` that still runs."""
    for pid, _ in alive(identities):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
