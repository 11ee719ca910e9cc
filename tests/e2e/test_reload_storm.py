"""Reloads without pause, good and bad ones and renewed key rings mixed, while clients transfer files without pause."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from exercise import new_folder
from ports import free_port
from processes import wait_until
from reloading import OwnRings, Reloading, resident
from ttls import Ttls

#: A wrong line for one of the policy, and what is said about it.
MISTAKES = (
    ("  HandshakeRole                    Server", "  HandshakeRole                    Severe", "Severe"),
    ("  Direction                        Inbound", "  Direktion                        Inbound", "Direktion"),
    ("  TTLSGroupActionRef               ftp_group", "  TTLSGroupActionRef               nobody", "nobody"),
    ("  Keyring                          e2e", "  Keyring                          nowhere", "does not exist"),
)
PROCESSES = 4


class Storm:
    """Every kind of reload, each awaited by what ttls says about it."""

    def __init__(self, policy, seed):
        self.policy = policy
        self.random = random.Random(seed)
        self.number = 0
        self.gateways = list(policy.server.policy.gateways)
        self.extra = [free_port() for _ in range(4)]
        #: Numbers of the policies that were installed and of those that must never be.
        self.good, self.bad = {0}, set()
        self.counts = {}

    def write(self, text):
        """As editors do it, as copies do it, or slowly."""
        how = self.random.choice((self.policy.replace, self.policy.overwrite, lambda t: self.policy.overwrite(t, 7)))
        how(text)

    def step(self):
        """One reload of a random kind."""
        kind = self.random.choice((self.better, self.better, self.worse, self.worse, self.renewed, self.gateway))
        kind()
        self.counts[kind.__name__] = self.counts.get(kind.__name__, 0) + 1

    def better(self):
        """A policy with other names of rules and environment."""
        self.number += 1
        self.good.add(self.number)
        self.write(self.policy.text(self.number))
        self.policy.installed(30)

    def gateway(self):
        """Other gateways beside those that are used."""
        server = self.policy.server
        if not self.gateways:
            return self.better()
        server.policy.gateways = [*self.gateways]
        for port in self.random.sample(self.extra, 2):
            self.policy.gateway(port)
        return self.better()

    def worse(self):
        """A policy with a mistake."""
        self.number += 1
        self.bad.add(self.number)
        right, wrong, word = self.random.choice(MISTAKES)
        lines = self.policy.text(self.number).splitlines()
        at = lines.index(right)
        lines[at] = wrong
        self.write("\n".join(lines) + "\n")
        said = self.policy.told("policy not installed", 30, word, file=str(self.policy.path))
        if "code" in said:
            assert said["line"] == at + 1, said
        else:
            assert lines[said["line"] - 1].startswith("TTLSEnvironmentAction"), said

    def renewed(self):
        """Another key and certificate in the ring, with the policy good again where it was bad."""
        self.number += 1
        self.good.add(self.number)
        self.policy.server.rings.renew(self.random.randrange(3))
        self.write(self.policy.text(self.number))
        self.policy.installed(30)


@pytest.mark.parametrize("daemon, interceptor", [("vsftpd", "gateway"), ("pureftpd", "run")])
def test_no_reload_costs_a_client_anything(request, base, work, make_daemon, daemon, interceptor):
    full = request.config.getoption("--full")
    clients, reloads = (100, 1_000) if full else (24, 40)
    # pure-ftpd refuses a transfer where two of its processes come upon the same port at once: the more ports the better.
    server = Ttls(make_daemon(daemon, 25 * clients), OwnRings(work / "keyrings").make(), work)
    try:
        server.run() if interceptor == "run" else server.gateway()
        policy = Reloading(server)
        storm = Storm(policy, 4711)
        # The first load and the first reloads show how much memory is needed; no more may be at the end.
        with_clients(server, clients, lambda: [storm.step() for _ in range(reloads // 4)])
        before = resident(server.pid)
        outcomes = with_clients(server, clients, lambda: [storm.step() for _ in range(reloads)])
        after = resident(server.pid)
        print(storm.counts, f"memory {before} -> {after}", outcomes)
        assert after < before * 1.1
        for outcome in server.outcomes():
            rule, environment = outcome["rule"], outcome["environment"]
            if rule in ("ftp_explicit", "ftp_implicit"):
                assert environment == "ftp_server"
                continue
            number = int(rule.rpartition("_")[2])
            assert environment == f"ftp_server_{number}", "rule and environment of different generations"
            assert number in storm.good
        assert storm.good & storm.bad == set()
    finally:
        server.stop()


def with_clients(server, clients, work):
    """Does `work` while clients transfer files; returns what they counted. Nothing may have failed for any of them."""
    name, _ = new_folder(server.daemon)
    target = server.target()
    share = clients // PROCESSES
    workers = [
        subprocess.Popen(
            [
                *(sys.executable, "reload_clients.py", target.host, str(target.port), target.user, target.password),
                *(str(target.ca), name, str(first), str(share)),
            ],
            cwd=Path(__file__).parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in range(0, clients, share)
    ]
    try:
        for worker in workers:
            assert worker.stdout.readline() == "ready\n"
        work()
        told = [json.loads(worker.communicate("enough\n", timeout=300)[0]) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(60)
    assert [failed for one in told for failed in one["failed"]] == []
    assert sum(one["clients"] for one in told) == clients, told
    wait_until(lambda: not server.open_connections(), "the end of all connections")
    return sum(one["sessions"] for one in told)
