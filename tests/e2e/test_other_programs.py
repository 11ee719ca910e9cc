"""Rules without FTP parameters secure any program, on both sides: nothing of this knows TLS."""

import os
import socket
import subprocess

import pytest

from daemons.base import UNPACKED
from policy import RING, block
from ports import free_port
from processes import Process, descendants, wait_until
from ttls import binary, listeners

REDIS = UNPACKED / "usr/bin"


SIDES = {"server": ("Inbound", "LocalPortRange", "serve"), "client": ("Outbound", "RemotePortRange", "connect")}


def policy(side, port):
    """One side of a port; the clients trust the server's own authority."""
    direction, condition, environment = SIDES[side]
    return "\n".join(
        [
            block("TTLSRule", side, rule(direction, condition, port, environment)),
            block("TTLSGroupAction", "on", {"TTLSEnabled": "On"}),
            block("TTLSEnvironmentAction", "serve", {"HandshakeRole": "Server", "TTLSKeyringParmsRef": "ring"}),
            block(
                "TTLSEnvironmentAction",
                "connect",
                {"HandshakeRole": "Client", "TTLSKeyringParmsRef": "ring", "TTLSEnvironmentAdvancedParmsRef": "name"},
            ),
            block("TTLSEnvironmentAdvancedParms", "name", {"HostReferenceIdDNS": "localhost"}),
            block("TTLSKeyringParms", "ring", {"Keyring": RING}),
        ]
    )


def rule(direction, condition, port, environment):
    """The parameters of a rule."""
    return {
        condition: port,
        "Direction": direction,
        "TTLSGroupActionRef": "on",
        "TTLSEnvironmentActionRef": environment,
    }


class Both:
    """A server behind one `ttls run`, clients behind others."""

    def __init__(self, rings, work, command):
        self.port = free_port()
        for side in SIDES:
            (work / side).write_text(policy(side, self.port))
        self.work, self.common = work, ["--keyrings", rings.folder, "--log-format", "json"]
        publish = ["--publish", f"127.0.0.1:{self.port}:{self.port}"]
        command = [str(word).replace("PORT", str(self.port)) for word in command]
        self.process = Process("ttls", [binary(), "run", "--policy", work / "server", *self.common, *publish, "--", *command], work / "log")
        wait_until(self.answers, "the server")

    def answers(self):
        """Does the program listen, in its namespace?"""
        self.process.check_running()
        try:
            outside = os.readlink("/proc/self/ns/net")
            inside = [pid for pid, _ in descendants(self.process.pid) if os.readlink(f"/proc/{pid}/ns/net") != outside]
            return any(row.local_port == self.port for pid in inside for row in listeners(pid))
        except OSError:
            return False  # a process has just ended

    def client(self, *command):
        """What a wrapped client prints."""
        words = [binary(), "run", "--policy", self.work / "client", *self.common, "--", *command]
        done = subprocess.run([str(word) for word in words], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout, done.stderr.decode()


@pytest.fixture
def both(rings, work):
    """Starts a server for a test."""
    made = []

    def start(*command):
        made.append(Both(rings, work, command))
        return made[-1]

    yield start
    for server in made:
        server.process.stop(20)


def secured(log):
    """The one secured connection of a client."""
    assert '"protocol":"TLSv1.3"' in log and '"environment":"connect"' in log, log


def test_redis_and_its_client(both, work):
    server = both(REDIS / "redis-server", "--port", "PORT", "--save", "", "--dir", work)
    value = os.urandom(5_000).hex()
    said, log = server.client(REDIS / "redis-cli", "-p", server.port, "SET", "key", value)
    assert said == b"OK\n"
    secured(log)
    said, log = server.client(REDIS / "redis-cli", "-p", server.port, "GET", "key")
    assert said.decode().strip() == value
    secured(log)


def test_a_web_server_and_curl(both, work):
    (work / "page").write_bytes(os.urandom(1_000_003))
    server = both("/usr/bin/python3", "-m", "http.server", "PORT", "--bind", "127.0.0.1", "--directory", work)
    said, log = server.client("curl", "-q", "-sS", f"http://127.0.0.1:{server.port}/page")
    assert said == (work / "page").read_bytes()
    secured(log)
    # On the network there is nothing but TLS.
    with socket.create_connection(("127.0.0.1", server.port), 60) as stranger:
        stranger.settimeout(60)
        stranger.sendall(b"GET /page HTTP/1.0\r\n\r\n")
        try:
            heard = stranger.recv(100)
        except ConnectionResetError:
            heard = b""
    assert b"HTTP" not in heard
