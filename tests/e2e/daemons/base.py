"""What every daemon offers to the tests."""

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from ports import give_back
from processes import Process, alive, end_all, wait_until

UNPACKED = Path(__file__).parent.parent.parent / ".cache" / "root"
LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Peer:
    """The client's end of a control connection as the daemon logged it; not every daemon logs the port."""

    address: str
    port: int | None


@dataclass(frozen=True)
class Transfer:
    """One transfer as the daemon logged it."""

    name: str
    upload: bool
    complete: bool


class Daemon:
    """An unchanged FTP daemon with one user. Subclasses say how it is configured and how its logs read."""

    name = ""
    #: Commands outside RFC 959 that it knows.
    mlsd = True
    #: Its log names the client's port too.
    logs_port = False
    #: Its log tells complete transfers from broken ones.
    logs_transfers = True
    #: It puts itself into the background and must be supervised there.
    forks = False
    #: The addresses of `start`: IPv4, IPv6.
    addresses = LOOPBACK

    def __init__(self, place, account, passive):
        self.place = Path(place)
        self.account = account
        low, high = self.passive = passive
        #: Ports that are its own until its end.
        self.claimed = range(low, high + 1)
        self.user = account.name
        self.password = account.password
        self.root = self.place / "files"
        self.root.mkdir(parents=True)
        os.chown(self.root, account.uid, account.gid)
        self.processes = []
        #: What tests have made in its tree; it goes with the daemon.
        self.folders = []
        self.prepare()

    def prepare(self):
        """Writes what the daemon needs before its first start."""

    def command(self, port):
        """Command line that serves `port` on every address of both families, for `ttls run`."""
        raise NotImplementedError

    def loopback_commands(self, port):
        """Command lines that together serve `port` on `addresses` in the foreground."""
        raise NotImplementedError

    def peers(self):
        """Clients' ends of all control connections so far, oldest first."""
        raise NotImplementedError

    def transfers(self):
        """All transfers logged so far, oldest first; only where `logs_transfers`."""
        raise NotImplementedError

    def start(self, port):
        """Serves on `addresses` and returns when both families answer."""
        for index, command in enumerate(self.loopback_commands(port)):
            self.processes.append(Process(self.name, command, self.place / f"output.{index}"))
        for address in self.addresses:
            self.wait_for_greeting(address, port)
        return self

    def wait_for_greeting(self, address, port):
        """Returns when the daemon greets at `address`."""

        def greeted():
            for process in self.processes:
                process.check_running()
            try:
                with socket.create_connection((address, port), 5) as probe:
                    probe.settimeout(5)
                    return probe.recv(3) == b"220"
            except OSError:
                return False

        wait_until(greeted, f"greeting of {self.name} at {address} port {port}")

    def output(self):
        """Everything that the daemon wrote to its descriptors."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.place.glob("output.*")))

    def log(self, name):
        """A log file of the daemon, empty where it has not been made yet."""
        path = self.place / name
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self):
        """Ends it and its sessions; its ports are free for others."""
        for process in self.processes:
            try:
                _, below = process.stop(10)
            except TimeoutError:
                continue
            end_all(alive(below))
        self.processes = []
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        give_back(self.claimed)
        self.claimed = ()
