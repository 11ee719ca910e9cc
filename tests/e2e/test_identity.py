"""Rules by user and job: who owns the listening socket, or the connecting one, decides."""

import contextlib
import os
import socket
import ssl
import sys
from pathlib import Path

import pytest

from policy import RING, block
from ports import free_port
from processes import Process, wait_until
from raw import context
from ttls import HOSTS, binary, spell

#: Answers each connection with one line and closes it.
SERVER = """
import socket, sys
listener = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
while True:
    stream, _ = listener.accept()
    stream.sendall(b"hello\\n")
    stream.close()
"""
PYTHON = os.path.realpath(sys.executable)


def as_user(account):
    """Words in front of a command line that change the user."""
    return ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]


def policy(port, conditions, gateways=()):
    """For one port a rule that gives TLS for each (name, Userid or Jobname, value), and one below that says clear."""
    rules = [
        ("TTLSRule", name, {"LocalPortRange": port, keyword: value, "Priority": 100, "TTLSEnvironmentActionRef": f"{name}_env"})
        for name, keyword, value in conditions
    ]
    rules.append(("TTLSRule", "others", {"LocalPortRange": port, "TTLSGroupActionRef": "off"}))
    blocks = [
        block(keyword, name, {"Direction": "Inbound", "TTLSGroupActionRef": "on"} | parameters)
        for keyword, name, parameters in rules
    ]
    blocks += [
        block("TTLSEnvironmentAction", f"{name}_env", {"HandshakeRole": "Server", "TTLSKeyringParmsRef": "ring"})
        for name, *_ in conditions
    ]
    blocks += [
        block("TTLSGroupAction", "on", {"TTLSEnabled": "On"}),
        block("TTLSGroupAction", "off", {"TTLSEnabled": "Off"}),
        block("TTLSKeyringParms", "ring", {"Keyring": RING}),
    ]
    blocks += [
        block("TTLSGateway", f"gateway_{number}", {"Listen": listen, "Target": target})
        for number, (listen, target) in enumerate(gateways)
    ]
    return "\n".join(blocks)


class Place:
    """A ttls in front of one server that can be changed."""

    def __init__(self, work, rings, account):
        self.work, self.rings, self.account = work, rings, account
        self.outer, self.inner = free_port(), free_port()
        self.running = []

    def named(self, name):
        """The interpreter under another command name."""
        link = self.work / name
        if not link.exists():
            link.symlink_to(PYTHON)
        return link

    def start(self, *command):
        process = Process(Path(command[0]).name, command, self.work / f"log.{len(self.running)}")
        self.running.append(process)
        return process

    def write(self, conditions, gateways=()):
        path = self.work / "policy"
        path.write_text(policy(self.outer, conditions, gateways))
        return ["--policy", path, "--keyrings", self.rings.folder, "--log-format", "json"]

    def gateway(self, conditions):
        pairs = [(spell(host, self.outer), spell(host, self.inner)) for host in HOSTS]
        return self.start(binary(), "agent", *self.write(conditions, pairs))

    def run(self, conditions, *command):
        return self.start(binary(), "run", *self.write(conditions), "--publish", f"{self.outer}:{self.inner}", "--", *command)

    def server(self, user=(), name="served"):
        return [*user, self.named(name), "-c", SERVER, self.inner]

    def secured(self, host):
        """Says hello over TLS."""
        with context(self.rings.ca, "1.3").wrap_socket(self.connect(host), server_hostname=host) as stream:
            return stream.recv(10) == b"hello\n"

    def clear(self, host):
        """Says hello in clear."""
        with self.connect(host) as stream:
            return stream.recv(10) == b"hello\n"

    def connect(self, host):
        return socket.create_connection((host, self.outer), 60)

    def wait_for(self, ask, host):
        """Until the server answers as it is asked."""

        def asked():
            try:
                return ask(host)
            except (OSError, ssl.SSLError):
                return False

        wait_until(asked, f"hello at {host}")


@pytest.fixture
def place(work, rings, account):
    made = Place(work, rings, account)
    yield made
    for process in reversed(made.running):
        process.kill()


def test_the_user_of_the_listening_socket_chooses_the_environment(place):
    users = {"of_root": "root", "of_account": place.account.name}
    place.gateway([(name, "Userid", user) for name, user in users.items()])
    for name, user in (("of_root", ()), ("of_account", as_user(place.account)), ("others", as_nobody())):
        server = place.start(*place.server(user))
        for host in HOSTS:
            place.wait_for(place.clear if name == "others" else place.secured, host)
            expect_rule(place, name, "-" if name == "others" else f"{name}_env")
        server.kill()


def test_the_command_of_the_listening_process_is_its_job(place):
    place.gateway([("batch", "Jobname", "BATCH*"), ("exact", "Jobname", "payroll")])
    for name, command in (("batch", "batch-7"), ("exact", "payroll"), ("others", "payroll2")):
        server = place.start(*place.server(name=command))
        for host in HOSTS:
            place.wait_for(place.clear if name == "others" else place.secured, host)
            expect_rule(place, name)
        server.kill()


def test_an_identity_that_cannot_be_had_matches_no_rule_and_nothing_passes_in_clear_for_it(place):
    place.gateway([("anyone", "Userid", "*")])
    # Nobody listens, so nobody is known; whether the rule for the rest may let it pass in clear is not known either.
    wait_until(lambda: answers(place), "the gateway")
    for host in HOSTS:
        reach(place, host)
    wait_until(lambda: last_rule(place)[0] == "-", "the outcome")
    assert "whose connection it is cannot be found out" in place.running[0].text()


def test_the_owner_is_known_inside_a_private_namespace(place):
    place.run([("of_account", "Userid", place.account.name)], *place.server(as_user(place.account)))
    for host in HOSTS:
        place.wait_for(place.secured, host)
        expect_rule(place, "of_account")


def test_another_user_inside_gets_the_rule_that_says_so(place):
    place.run([("of_account", "Userid", place.account.name)], *place.server(as_nobody()))
    for host in HOSTS:
        place.wait_for(place.clear, host)
        expect_rule(place, "others")


def as_nobody():
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def answers(place):
    try:
        reach(place, HOSTS[0])
    except OSError:
        return False
    return True


def reach(place, host):
    """A connection that the agent takes, and may refuse before connect has returned."""
    with contextlib.suppress(ConnectionResetError):
        place.connect(host).close()


def last_rule(place):
    """Rule and environment of the connection that ended last."""
    lines = place.running[0].events()
    last = [line for line in lines if line.get("message") == "connection ended"][-1:]
    return next(((line["rule"], line["environment"]) for line in last), (None, None))


def expect_rule(place, rule, environment=None):
    """The connection that has just been made got this rule; earlier ones may still be ending."""

    def got():
        last = last_rule(place)
        return last[0] == rule and environment in (None, last[1])

    wait_until(got, f"a connection with rule {rule}; the last had {last_rule(place)}")
