"""Plain FTP programs behind ttls, and the partners that they deliver to."""

import itertools
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from client_policy import ClientPolicy
from jobs.base import run
from lab import CLIENT
from ports import free_port
from processes import Process, events_of, wait_until
from ttls import binary, carried, spell

HOSTS = ("127.0.0.1", "::1")
LOOPBACK = dict(zip((4, 6), HOSTS))


@dataclass
class Partner:
    """A running server with TLS of its own."""

    server: object
    explicit: int
    implicit: int

    def port(self, start):
        """The port of a way to start TLS."""
        return self.explicit if start == "explicit" else self.implicit


@dataclass
class Wrapping:
    """ttls for the clients of one partner: `run` for each job, or an agent for all of them."""

    partner: Partner
    keyrings: Path
    place: Path
    parms: dict = field(default_factory=dict)
    #: Words in front of the command line that put it elsewhere.
    enter: tuple = ()
    #: Ports of an agent's gateways.
    gateway: dict | None = None
    #: Programs need not be told.
    intercepts: bool = False
    #: An agent, where it is one.
    process: Process | None = None
    #: Where the partner serves, by address family.
    addresses: dict = field(default_factory=LOOPBACK.copy)
    numbers: object = field(default_factory=itertools.count)
    #: Every one that this worker has made.
    made: ClassVar[list] = []

    def __post_init__(self):
        self.made.append(self)

    def policy(self):
        """Writes the policy; gateways listen on ports of their own."""
        policy = ClientPolicy(self.partner.explicit, self.partner.implicit, **self.parms)
        if self.gateway is not None:
            for start, listen in self.gateway.items():
                policy.gateways += [
                    (spell(host, listen), spell(host, self.partner.port(start))) for host in HOSTS
                ]
        policy.intercept = self.intercepts
        path = self.place / "policy"
        path.write_text(policy.text())
        return path

    def common(self):
        """Arguments of every ttls."""
        return ["--policy", self.policy(), "--keyrings", self.keyrings, "--log-format", "json"]

    def run(self, script, cwd):
        """`ttls run` of a job; returns (exit status, what the program said, outcomes)."""
        log = self.place / f"log.{next(self.numbers)}"
        said = self.place / f"said.{next(self.numbers)}"
        # The program's output goes to a file of its own, not between the lines of ttls.
        shell = ["sh", "-c", 'exec sh "$0" >"$1" 2>&1', script, said]
        status, text = run([*self.enter, binary(), "run", *self.common(), "--", *shell], cwd)
        log.write_text(text)
        return status, said.read_text(errors="replace") if said.exists() else text, outcomes(text)

    def start_gateway(self):
        """Starts `ttls agent` with gateways to the partner."""
        self.gateway = {"explicit": free_port(), "implicit": free_port()}
        return self.start_agent(lambda text: text.count('"message":"open"') == 2 * len(HOSTS))

    def start_host(self, lab):
        """Starts `ttls agent` for the programs of a host whose partner is on the client machine."""
        self.enter, self.addresses, self.intercepts = tuple(lab.enter("host")), CLIENT, True
        return self.start_agent(lambda text: "in place and verified" in text)

    def start_agent(self, stands):
        """Starts `ttls agent`; `stands`: by its log."""
        self.process = Process("ttls", [*self.enter, binary(), "agent", *self.common()], self.place / "log")

        def stands_now():
            self.process.check_running()
            return stands(self.process.text())

        wait_until(stands_now, "the agent")
        return self

    def where(self, start, family):
        """Address and port that the jobs are told; `family`: ipv4 or ipv6."""
        address = self.addresses[int(family[-1])]
        return address, self.gateway[start] if self.gateway else self.partner.port(start)

    def perform(self, script, cwd):
        """A job by way of whatever was started; returns (exit status, what the program said, outcomes)."""
        if self.process is None:
            return self.run(script, cwd)
        before = len(self.outcomes())
        status, said = run([*self.enter, "sh", script], cwd)
        return status, said, self.settled_outcomes(before)

    def outcomes(self):
        """Outcomes that the agent has logged."""
        return outcomes(self.process.text())

    def settled_outcomes(self, since):
        """The outcomes after the first `since`, when no more come."""
        wait_until(lambda: any(outcome["map"] == "primary" for outcome in self.outcomes()[since:]), "an outcome")
        wait_until(lambda: not carried("agent", self.process.pid), "the end of all connections")
        seen = -1
        while seen != (seen := len(self.outcomes())):
            time.sleep(0.3)
        return self.outcomes()[since:]

    def stop(self):
        """Ends the agent."""
        if self.process is not None:
            self.process.stop()


def outcomes(text):
    """The outcome of each connection in a log."""
    return [event for event in events_of(text) if event.get("message") == "connection ended"]


def new_place(base, prefix):
    """A fresh folder that other users may enter."""
    place = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
    place.chmod(0o755)
    return place
