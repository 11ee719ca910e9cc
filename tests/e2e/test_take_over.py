"""An agent that takes the place of another one: nobody who connects meanwhile is refused."""

import contextlib
import os
import socket
import subprocess
import threading

import pytest

from processes import Process, wait_until
from raw import Raw, receive_all
from ttls import Ttls, binary

HOST = "127.0.0.1"
#: More than all socket buffers on the way together.
SIZE = 30_000_000


class Hammer:
    """Connects again and again in some threads and waits for the greeting."""

    def __init__(self, port, threads=8):
        self.port = port
        self.greeted, self.failed = 0, []
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(threads)]

    def work(self):
        while not self.enough.is_set():
            try:
                with socket.create_connection((HOST, self.port), 60) as sock:
                    assert sock.recv(3) == b"220"
                self.greeted += 1
            except Exception as error:  # whatever it is, it is a finding
                self.failed.append(repr(error))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.enough.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def server(work, rings, make_daemon):
    """A ttls that serves gateways."""
    made = Ttls(make_daemon("pyftpdlib"), rings, work).gateway()
    yield made
    made.stop()


@contextlib.contextmanager
def successor(server, number, *words):
    """Another ttls that takes the place of the running one; it is the server's own from then on."""
    command = [*server.command, "--take-over", *words]
    before = server.process
    server.process = Process("ttls", command, server.place / f"log.{number}")
    server.pid = server.process.pid
    try:
        yield before
    finally:
        if before.popen.poll() is None:
            before.kill()


def serves(server):
    """The log says that it has taken over."""
    server.process.check_running()
    return "took over" in server.process.text()


def test_no_connection_is_refused_while_agents_succeed_one_another(server):
    (server.daemon.root / "file").write_bytes(os.urandom(SIZE))
    with Raw(server.target()).ready() as running, Hammer(server.policy.explicit) as hammer:
        data = running.passive()
        running.talk.expect("RETR file", 125, 150)
        transfer = running.wrap(data)
        received = len(transfer.recv(65536))
        # Each successor has the admin socket at the place of the one before.
        admin = f"/run/ttls/agent-{server.pid}.admin"
        for number in range(3):
            seen = hammer.greeted
            with successor(server, number, "--admin", admin) as before:
                wait_until(lambda: serves(server), "the successor", 60)
                if number == 0:
                    # What the first agent carries may finish.
                    received += len(receive_all(transfer))
                    assert received == SIZE
                    assert running.talk.reply()[0] == 226
                assert before.popen.wait(60) == 0
            wait_until(lambda: hammer.greeted > seen + 20, "connections to the successor", 60)
    assert hammer.failed == []
    assert hammer.greeted > 60


def test_a_successor_that_cannot_serve_leaves_its_predecessor_alone(server):
    policy = server.place / "policy"
    bad = server.place / "bad"
    with socket.create_server((HOST, 0)) as taken:
        gateway = f"TTLSGateway more\n{{\n  Listen {HOST}:{taken.getsockname()[1]}\n  Target {HOST}:1\n}}\n"
        bad.write_text(policy.read_text() + gateway)
        command = [bad if word == policy else word for word in server.command]
        admin = f"/run/ttls/agent-{server.pid}.admin"
        failed = subprocess.run(
            [*command, "--take-over", "--admin", admin], capture_output=True, text=True, check=False, timeout=60
        )
    assert failed.returncode == 2
    assert "another program listens there" in failed.stderr
    with Raw(server.target()).ready():
        pass
    subprocess.run([binary(), "status", "--admin", admin], check=True, capture_output=True, timeout=60)


def test_another_users_socket_is_not_followed(server, account, work):
    path = work / "forged.admin"
    with socket.socket(socket.AF_UNIX) as forged:
        forged.bind(str(path))
        # The socket belongs to whoever listens.
        os.seteuid(account.uid)
        try:
            forged.listen()
        finally:
            os.seteuid(0)
        command = [*server.command, "--take-over", "--admin", path]
        refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 2
    assert f"user {account.uid} listens there" in refused.stderr


def test_a_running_program_is_not_handed_over(work, rings, make_daemon):
    program = Ttls(make_daemon("pyftpdlib"), rings, work).run()
    try:
        command = [binary(), "agent", *program.common(), "--take-over", "--admin", f"/run/ttls/run-{program.pid}.admin"]
        refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert refused.returncode == 2
        assert "only `ttls agent` with gateways alone can hand over" in refused.stderr
    finally:
        program.stop()
