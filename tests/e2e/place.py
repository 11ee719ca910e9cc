"""A machine of the lab with a daemon that runs already, and an agent that comes and goes."""

import os
import signal
import socket

from clients.base import Target
from daemons import DAEMONS
from lab import HOST, run
from policy import Policy
from processes import Process, wait_until
from ttls import binary

FTP, IMPLICIT = 21, 990
PASSIVE = (42_100, 42_139)
RANGE = {"PASSIVEDATAPORTS": f"({PASSIVE[0]},{PASSIVE[1]})"}


class Place:
    """A lab with a daemon that runs on its host, and an agent that comes and goes."""

    def __init__(self, lab, rings, work, account):
        self.lab, self.rings, self.work, self.account = lab, rings, work, account
        self.policy = Policy(FTP, IMPLICIT, intercept={}, ftp=dict(RANGE))
        #: A file of the agent itself that leads to the policy.
        self.main = None
        self.running = []
        self.agent = None
        self.logs = 0

    def start_daemon(self, name="vsftpd", side="host"):
        folder = self.work / name
        folder.mkdir()
        folder.chmod(0o755)
        self.daemon = DAEMONS[name](folder, self.account, PASSIVE)
        command = [*self.lab.enter(side), *self.daemon.command(FTP)]
        process = Process(name, command, self.daemon.place / f"output.{len(self.running)}")
        self.running.append(process)
        wait_until(lambda: self.listens(side, FTP), f"{name} on its port")
        return process

    def listens(self, side, port):
        return f":{port} " in run(*self.lab.enter(side), "ss", "-Hltn")

    def write(self):
        path = self.work / "policy"
        beside = self.work / "policy.new"
        beside.write_text(self.policy.text())
        os.replace(beside, path)
        if self.main is None:
            return path
        (self.work / "main").write_text(self.main)
        return self.work / "main"

    @property
    def admin(self):
        """The agent's admin socket."""
        return f"/run/ttls/agent-{self.agent.pid}.admin"

    def start(self, where="host", path=None):
        """Starts the agent and returns when it has verified itself; `path`: a folder of programs to prefer."""
        enter = self.lab.enter(where) if where else []
        self.logs += 1
        log = self.work / f"log.{self.logs}"
        arguments = ["--policy", self.write(), "--keyrings", self.rings.folder, "--log-format", "json", "--drain", "5"]
        environment = {**os.environ, **({"PATH": f"{path}:{os.environ['PATH']}"} if path else {})}
        self.agent = Process("ttls", [*enter, binary(), "agent", *arguments], log, env=environment)
        self.running.append(self.agent)

        def verified():
            self.agent.check_running()
            return "in place and verified" in self.agent.text()

        wait_until(verified, "the interceptor")

    def stop(self):
        status, _ = self.agent.stop()
        assert status == 0, self.agent.text()[-3000:]

    def kill(self):
        """As the kernel does it when memory runs out."""
        os.kill(self.agent.pid, signal.SIGKILL)
        self.agent.popen.wait(60)

    def target(self, family=4, data="EPSV", tls="1.3", implicit=False, hosts=HOST):
        port = IMPLICIT if implicit else FTP
        daemon = self.daemon
        return Target(hosts[family], port, daemon.user, daemon.password, data, tls, implicit, self.rings.ca)

    def outcomes(self):
        lines = self.agent.events()
        return [line for line in lines if line.get("message") == "connection ended"]

    def greeted_in_clear(self, side, address, port=FTP, seconds=1.5):
        """A connection that says the daemon's greeting without TLS."""
        with self.lab.inside(side):
            try:
                with socket.create_connection((address, port), seconds) as stream:
                    stream.settimeout(seconds)
                    return bool(stream.recv(100))
            except OSError:
                return False

    def end(self):
        for process in reversed(self.running):
            process.kill()
