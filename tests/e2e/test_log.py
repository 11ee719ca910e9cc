"""Whoever takes the log may stop doing so: the agent goes on, and says afterwards what was lost."""

import contextlib
import os
import socket
import threading

import pytest

from operated import Agent
from processes import wait_until

#: Each is told twice, in more than a hundred bytes: more than may wait.
PIECES = 8_000
LOST = b"entries of the log were lost"


class Pipe:
    """Standard error that leads into a pipe."""

    log = "json"

    def __init__(self, work):
        path = work / "pipe"
        os.mkfifo(path)
        self.enter = ("sh", "-c", 'exec "$@" 2>"$0"', path)
        self.end = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def read(self):
        return os.read(self.end, 65536)

    def close(self):
        os.close(self.end)


class Daemon:
    """A daemon that takes datagrams, in a file system that only the agent sees."""

    def __init__(self, work, log, path):
        self.log = log
        place = work / path
        place.parent.mkdir(parents=True)
        if path.startswith("dev/"):
            for device, minor in {"null": 3, "urandom": 9}.items():
                os.mknod(place.parent / device, 0o666 | 0o020000, os.makedev(1, minor))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(place))
        self.socket.setblocking(False)
        top = path.partition("/")[0]
        self.enter = ("unshare", "--mount", "sh", "-c", f'mount --bind "$0" /{top} && exec "$@"', work / top)

    def read(self):
        return self.socket.recv(65536)

    def close(self):
        self.socket.close()


TAKERS = {
    "pipe": Pipe,
    "syslog": lambda work: Daemon(work, "syslog", "dev/log"),
    "journald": lambda work: Daemon(work, "journald", "run/systemd/journal/socket"),
}


@pytest.mark.parametrize("taker", TAKERS)
def test_a_log_that_nobody_takes_stops_nothing_and_what_was_lost_is_told(work, rings, taker):
    taker = TAKERS[taker](work)
    agent = Agent(work, rings, 32, enter=taker.enter, log=taker.log)
    try:
        with agent.connect(agent.open) as stream:
            for _ in range(PIECES):
                stream.sendall(b"x")
                assert stream.recv(1) == b"x"
        # Others are served too, and operators answered.
        with agent.connect(agent.open) as stream:
            stream.sendall(b"y")
            assert stream.recv(1) == b"y"
        assert agent.status()["generation"] == 1
        heard = []
        over = threading.Event()

        def take():
            while not over.wait(0.001):
                with contextlib.suppress(BlockingIOError):
                    while True:
                        heard.append(taker.read())

        reader = threading.Thread(target=take, daemon=True)
        reader.start()
        try:
            wait_until(lambda: LOST in b"".join(heard), "the word about what was lost", 30)
            # And the log goes on behind it.
            with agent.connect(agent.open) as stream:
                stream.sendall(b"z")
                assert stream.recv(1) == b"z"
            wait_until(lambda: b"connection ended" in b"".join(heard).rpartition(LOST)[2], "the next line", 30)
        finally:
            over.set()
            reader.join()
    finally:
        agent.stop()
        taker.close()


def test_an_agent_whose_log_nobody_takes_ends_all_the_same(work, rings):
    taker = Pipe(work)
    agent = Agent(work, rings, 32, enter=taker.enter, log=taker.log)
    try:
        with agent.connect(agent.open) as stream:
            for _ in range(PIECES):
                stream.sendall(b"x")
                assert stream.recv(1) == b"x"
    finally:
        status, _ = agent.stop()
        taker.close()
    assert status == 0
