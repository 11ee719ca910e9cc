"""Starting ttls in front of a daemon, and reading its log."""

import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from clients.base import Target
from policy import RING, Policy
from ports import free_port
from processes import Process, alive, describe, end_all, wait_until

HOSTS = ("127.0.0.1", "::1")
TARGET = Path(__file__).parent.parent.parent / "target"
#: Port of the daemon inside `ttls run`.
INNER = 21


def binary():
    """The ttls under test: TTLS_BINARY, else the newest build."""
    if "TTLS_BINARY" in os.environ:
        return Path(os.environ["TTLS_BINARY"])
    built = [path for kind in ("release", "debug") if (path := TARGET / kind / "ttls").exists()]
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


def spell(host, port):
    """An address as policies and `--publish` have it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(frozen=True)
class KeyRings:
    """A folder with the tests' key ring."""

    folder: Path

    @property
    def ca(self):
        """Certificate of the ring's own authority."""
        return self.folder / RING / "ca" / "authority.pem"

    def make(self, names=("localhost", *HOSTS)):
        """Makes the ring as an administrator would."""
        hosts = [word for host in names for word in ("--host", host)]
        subprocess.run(
            [binary(), "keyring", "new", RING, "--keyrings", self.folder, *hosts], check=True, capture_output=True
        )
        return self


class Ttls:
    """A running ttls in front of one daemon."""

    #: Every one that this worker has made.
    made = []

    def __init__(self, daemon, rings, place, **parms):
        self.made.append(self)
        self.daemon = daemon
        self.rings = rings
        self.place = Path(place)
        self.policy = Policy(free_port(), free_port(), **parms)
        self.process = None
        #: Seconds that running transfers have when it is stopped.
        self.drain = 3

    def common(self):
        """Arguments that `run` and `agent` share; writes the policy."""
        path = self.place / "policy"
        path.write_text(self.policy.text())
        return ["--policy", path, "--keyrings", self.rings.folder, "--log-format", "json", "--drain", str(self.drain)]

    def gateway(self):
        """Starts `ttls agent` with gateways to the daemon, which serves in clear on loopback."""
        inner = free_port()
        self.daemon.start(inner)
        self.policy.gateways += [
            (spell(host, outer), spell(host, inner))
            for host in HOSTS
            for outer in (self.policy.explicit, self.policy.implicit)
        ]
        return self.launch([binary(), "agent", *self.common()])

    def run(self, command=None, user=(), program=None, publish_on=HOSTS, hosts=HOSTS):
        """Starts the daemon under `ttls run`.

        `user`: words in front of the command line that change the user; `program`: another copy of ttls;
        `publish_on`: addresses, None for every address; `hosts`: where it must answer.
        """
        command = self.daemon.command(INNER) if command is None else command
        publish = [
            word
            for host in publish_on
            for outer in (self.policy.explicit, self.policy.implicit)
            for word in ("--publish", f"{spell(host, outer) if host else outer}:{INNER}")
        ]
        # The daemon's output goes to the daemon's log, not between the lines of ttls.
        log = self.daemon.place / "output.run"
        shell = ["sh", "-c", 'exec "$@" 0<>"$0" 1>>"$0" 2>>"$0"', log, *command]
        return self.launch([*user, program or binary(), "run", *self.common(), *publish, "--", *shell], hosts)

    def launch(self, command, hosts=HOSTS):
        """Starts ttls and returns when the daemon's greeting comes through it."""
        self.command, self.hosts = command, hosts
        self.process = Process("ttls", command, self.place / "log")
        self.pid = self.process.pid
        for host in hosts:
            self.wait_for_greeting(host)
        return self

    def restart(self):
        """Starts it again as before, after its end."""
        return self.launch(self.command, self.hosts)

    def wait_for_greeting(self, host):
        """Returns when the daemon greets through ttls."""

        def greeted():
            self.process.check_running()
            try:
                with socket.create_connection((host, self.policy.explicit), 5) as probe:
                    probe.settimeout(5)
                    return probe.recv(3) == b"220"
            except OSError:
                return False

        wait_until(greeted, f"greeting of {self.daemon.name} through ttls at {host}")

    def target(self, host="127.0.0.1", data="EPSV", tls="1.3", implicit=False):
        """How a client reaches it."""
        port = self.policy.implicit if implicit else self.policy.explicit
        daemon = self.daemon
        return Target(host, port, daemon.user, daemon.password, data, tls, implicit, self.rings.ca)

    def events(self):
        """All log lines as dictionaries."""
        return self.process.events()

    def outcomes(self, since=0):
        """The outcome of each connection that has ended, in the order of their ends; `since`: how many to leave out."""
        return [event for event in self.events() if event.get("message") == "connection ended"][since:]

    def settle(self):
        """Waits until ttls serves nobody and has logged all; returns the number of outcomes so far."""
        wait_until(lambda: not self.open_connections() and not self.carried(), "the end of all connections")
        seen = -1
        while seen != (seen := len(self.outcomes())):
            time.sleep(0.1)
        return seen

    def open_connections(self):
        """Connections on the published ports that are neither new nor over, by the kernel's tables."""
        ports = {self.policy.explicit, self.policy.implicit}
        return [row for row in connections("self") if row.local_port in ports]

    def carried(self):
        """Connections that have no outcome yet."""
        return carried(next(word for word in self.command if word in ("agent", "run")), self.pid)

    def memory(self):
        """The most memory that ttls has had, in bytes (VmHWM)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def stop(self):
        """Ends ttls as an administrator would and fails where it leaves processes behind."""
        if self.process is None:
            return
        process, self.process = self.process, None
        status, below = process.stop()
        try:
            wait_until(lambda: not alive(below), "the end of everything below ttls")
        except TimeoutError:
            left = [f"{pid}: {describe(pid)}" for pid, _ in alive(below)]
            end_all(below)
            raise AssertionError(f"ttls ended with {status} and left behind: {left}") from None
        self.daemon.stop()


def carried(kind, pid):
    """Connections of an `agent` or a `run` that have no outcome yet, by its own word; none where it is not root's."""
    admin = Path(f"/run/ttls/{kind}-{pid}.admin")
    if not admin.exists():
        return []
    command = [binary(), "status", "--json", "--admin", admin]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)["connections"]


@dataclass(frozen=True)
class Row:
    """One line of /proc/PID/net/tcp or tcp6."""

    local: str
    local_port: int
    remote: str
    remote_port: int
    state: str


TIME_WAIT = "06"
LISTENING = "0A"


def connections(pid):
    """TCP connections in the network namespace of a process."""
    return [row for row in sockets(pid) if row.state not in (TIME_WAIT, LISTENING)]


def listeners(pid):
    """TCP listeners in the network namespace of a process."""
    return [row for row in sockets(pid) if row.state == LISTENING]


def sockets(pid):
    """TCP sockets in the network namespace of a process."""
    rows = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            rows.append(Row(*address(words[1]), *address(words[2]), words[3]))
    return rows


def address(text):
    """`0100007F:0015` as (address, port); mapped IPv4 addresses as IPv4."""
    words, _, port = text.partition(":")
    raw = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
    if len(raw) == 16 and raw.startswith(b"\0" * 10 + b"\xff\xff"):
        raw = raw[12:]
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, raw), int(port, 16)
