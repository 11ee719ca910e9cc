"""Ports that nobody else takes: below the kernel's ephemeral range, and each claimed by one process of tests at a time."""

import fcntl
import itertools
import os
import socket
import tempfile
from pathlib import Path

FIRST, LAST = 10_000, 32_000
#: A byte for each port: who has locked it has claimed the port, until its end. So workers do not meet, nor do two runs.
_claims = os.open(Path(tempfile.gettempdir(), f"ttls-e2e-ports-{os.getuid()}"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
_claimed = set()
_start = os.getpid() * 7_919 % (LAST - FIRST)
_cycle = itertools.cycle((*range(FIRST + _start, LAST), *range(FIRST, FIRST + _start)))


def is_free(port):
    """Can both families be bound on every address?"""
    for family, anywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((anywhere, port))
            except OSError:
                return False
    return True


def claim(port):
    """Makes a free port this process's own, once; False where it is not to be had."""
    if port in _claimed:
        return False
    try:
        fcntl.lockf(_claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _claimed.add(port)
    return is_free(port)


def give_back(ports):
    """Leaves claimed ports to whoever asks next."""
    for port in ports:
        _claimed.discard(port)
        fcntl.lockf(_claims, fcntl.LOCK_UN, 1, port)


def free_port():
    """A free port."""
    for port in itertools.islice(_cycle, LAST - FIRST):
        if claim(port):
            return port
    raise RuntimeError("no free port is left")


def free_range(size):
    """`size` consecutive free ports as (low, high)."""
    run = []
    for port in itertools.islice(_cycle, LAST - FIRST + size):
        if run and port != run[-1] + 1:
            # Too short for a range of thousands is long enough for all others.
            give_back(run)
            run = []
        if claim(port):
            run.append(port)
        if len(run) == size:
            return run[0], run[-1]
    give_back(run)
    raise RuntimeError(f"no {size} consecutive free ports are left")
