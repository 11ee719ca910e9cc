"""What a machine looks like at the moment of a failure: processes, what they wait for, and their connections."""

from pathlib import Path

from processes import alive, describe, descendants
from ttls import LISTENING, TIME_WAIT, sockets


def scene(pid):
    """Lines on every process below `pid`, and on the TCP connections of each network namespace among them."""
    lines, seen = [], set()
    for who, _ in [(pid, None), *alive(descendants(pid))]:
        lines.append(f"{who}: {describe(who)[:100]}: waits in {fact(who, 'wchan')}, system call {fact(who, 'syscall')}")
        namespace = network_namespace(who)
        if namespace is not None and namespace not in seen:
            seen.add(namespace)
            lines += connections_of(who)
    return lines


def connections_of(pid):
    """The connections that a process can see, by state as the kernel numbers it; those that are over last."""
    try:
        rows = sorted((row for row in sockets(pid) if row.state != LISTENING), key=lambda row: row.state == TIME_WAIT)
    except OSError as problem:
        return [f"  its connections cannot be read: {problem}"]
    return [f"  {row.local}:{row.local_port} {row.remote}:{row.remote_port} state {row.state}" for row in rows[:200]]


def fact(pid, name):
    """A one-line file of /proc/PID."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text().strip()
    except OSError as problem:
        return f"({problem.strerror})"


def network_namespace(pid):
    """The name of a process's network namespace, None where it is gone."""
    try:
        return Path(f"/proc/{pid}/ns/net").readlink()
    except OSError:
        return None
