"""Ports that nobody else takes: each worker has its own slice below the kernel's ephemeral range."""

import itertools
import os
import socket

FIRST, LAST, SLICE = 10_000, 32_000, 5_500
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_low = FIRST + (_worker * SLICE) % (LAST - FIRST)
_cycle = itertools.cycle(range(_low, _low + SLICE))
#: Ports of ranges that were given away. They are free most of the time, and in use when their daemon needs one.
_reserved = set()


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


def free_port():
    """The next free port of this worker's slice."""
    for port in itertools.islice(_cycle, SLICE):
        if port not in _reserved and is_free(port):
            return port
    raise RuntimeError("no free port left in this worker's slice")


def free_range(size):
    """`size` consecutive free ports as (low, high)."""
    run = []
    for port in itertools.islice(_cycle, 2 * SLICE):
        usable = port not in _reserved and is_free(port)
        run = [*run, port] if usable and (not run or port == run[-1] + 1) else []
        if len(run) == size:
            _reserved.update(run)
            return run[0], run[-1]
    raise RuntimeError(f"no {size} consecutive free ports in this worker's slice")
