"""Rules by user and job for connections that programs open: who owns the connecting socket decides, in every mode."""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import threading

import pytest

from lab import CLIENT
from policy import RING, block
from ports import free_port
from processes import Process, wait_until
from ttls import HOSTS, binary, spell

#: Says one line and prints the answer.
PROGRAM = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 60) as stream:
    stream.sendall(b"hi\\n")
    print(stream.recv(10).decode(), flush=True)
"""
PYTHON = os.path.realpath(sys.executable)
MODES = ("run", "gateway", "host")


class Service:
    """Tells whoever speaks to it whether that came over TLS."""

    def __init__(self, addresses, port, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate / "server.pem", certificate / "server.key")
        self.listeners = [socket.create_server((address, port), family=family(address)) for address in addresses]
        for listener in self.listeners:
            threading.Thread(target=self.serve, args=(listener,), daemon=True).start()

    def serve(self, listener):
        with contextlib.suppress(OSError):
            while True:
                stream, _ = listener.accept()
                with contextlib.suppress(OSError), stream:
                    self.answer(stream)

    def answer(self, stream):
        stream.settimeout(60)
        # The first byte of a ClientHello.
        secured = stream.recv(1, socket.MSG_PEEK) == b"\x16"
        with self.context.wrap_socket(stream, server_side=True) if secured else stream as told:
            told.recv(10)
            told.sendall(b"tls" if secured else b"clear")

    def close(self):
        for listener in self.listeners:
            listener.close()


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def policy(port, conditions, gateways, intercept):
    """TLS in an environment of its own for each (name, Userid or Jobname, value), and for the others none."""
    common = {"RemotePortRange": port, "Direction": "Outbound"}
    blocks = [
        block(
            "TTLSRule",
            name,
            common
            | {keyword: value, "Priority": 100}
            | {"TTLSGroupActionRef": "on", "TTLSEnvironmentActionRef": f"{name}_env"},
        )
        for name, keyword, value in conditions
    ]
    blocks.append(block("TTLSRule", "others", common | {"TTLSGroupActionRef": "off"}))
    blocks += [
        block("TTLSEnvironmentAction", f"{name}_env", {"HandshakeRole": "Client", "TTLSKeyringParmsRef": "ring"})
        for name, *_ in conditions
    ]
    blocks += [
        block("TTLSGroupAction", "on", {"TTLSEnabled": "On"}),
        block("TTLSGroupAction", "off", {"TTLSEnabled": "Off"}),
        block("TTLSKeyringParms", "ring", {"Keyring": RING}),
    ]
    blocks += [
        block("TTLSGateway", f"gateway_{number}", {"Listen": listen, "Target": target, "Direction": "Outbound"})
        for number, (listen, target) in enumerate(gateways)
    ]
    return "\n".join([*blocks, *([block("TTLSIntercept", "host", {})] if intercept else [])])


class Scene:
    """A service, and ttls between it and the programs of this test."""

    def __init__(self, mode, lab, rings, work, conditions):
        self.mode, self.work = mode, work
        self.port = free_port()
        self.enter, self.addresses, self.told = [], HOSTS, self.port
        pairs = []
        if mode == "host":
            self.enter, self.addresses = lab.enter("host"), tuple(CLIENT.values())
        if mode == "gateway":
            self.told = free_port()
            pairs = [(spell(host, self.told), spell(host, self.port)) for host in HOSTS]
        with lab.inside("client") if mode == "host" else contextlib.nullcontext():
            self.service = Service(self.addresses, self.port, rings.folder / RING)
        path = work / "policy"
        path.write_text(policy(self.port, conditions, pairs, mode == "host"))
        self.common = ["--policy", path, "--keyrings", rings.folder, "--log-format", "json"]
        self.agent = None
        if mode != "run":
            stands = "in place and verified" if mode == "host" else '"message":"open"'
            self.agent = Process("ttls", [*self.enter, binary(), "agent", *self.common], work / "log")
            wait_until(lambda: self.agent.check_running() or stands in self.agent.text(), "the agent")

    def ask(self, address, name, user=()):
        """A program of this name and user speaks; returns (what it heard, rule, environment)."""
        link = self.work / name
        if not link.exists():
            link.symlink_to(PYTHON)
        command = [*self.enter, *user, link, "-c", PROGRAM, address, self.told]
        ttls = [binary(), "run", *self.common, "--"] if self.mode == "run" else []
        before = len(outcomes(self.agent.text())) if self.agent else 0
        done = subprocess.run([str(word) for word in [*ttls, *command]], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        logged = lambda: outcomes(self.agent.text() if self.agent else done.stderr)[before:]
        (last,) = wait_until(logged, "the outcome")
        return done.stdout.strip(), last["rule"], last["environment"]

    def close(self):
        if self.agent:
            self.agent.kill()
        self.service.close()


def outcomes(text):
    lines = text.rpartition("\n")[0].splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in events if event.get("message") == "connection ended"]


@pytest.fixture
def scene(lab, lab_rings, work):
    made = []

    def make(mode, conditions):
        made.append(Scene(mode, lab, lab_rings, work, conditions))
        return made[-1]

    yield make
    for one in made:
        one.close()


def as_user(uid, gid):
    """Words in front of a command line that change the user."""
    return ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]


@pytest.mark.parametrize("mode", MODES)
def test_the_user_of_a_program_chooses_its_environment(scene, account, mode):
    made = scene(mode, [("of_root", "Userid", "root"), ("of_account", "Userid", account.name)])
    for address in made.addresses:
        mine = as_user(account.uid, account.gid)
        assert made.ask(address, "program") == ("tls", "of_root", "of_root_env")
        assert made.ask(address, "program", mine) == ("tls", "of_account", "of_account_env")
        assert made.ask(address, "program", as_user(65534, 65534)) == ("clear", "others", "-")


@pytest.mark.parametrize("mode", MODES)
def test_the_command_of_a_program_is_its_job(scene, mode):
    made = scene(mode, [("batch", "Jobname", "BATCH*"), ("exact", "Jobname", "payroll")])
    for address in made.addresses:
        assert made.ask(address, "batch-7") == ("tls", "batch", "batch_env")
        assert made.ask(address, "payroll") == ("tls", "exact", "exact_env")
        assert made.ask(address, "payroll2") == ("clear", "others", "-")
