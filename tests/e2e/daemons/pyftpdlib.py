"""pyftpdlib 2.2: the stand-alone server of the package."""

import re
import secrets
import sys

from daemons.base import Daemon, Peer, Transfer


class Pyftpdlib(Daemon):
    """Needs no privilege at all, so it is also the daemon of the unprivileged tests."""

    name = "pyftpdlib"
    logs_port = True

    #: Interpreter that has pyftpdlib.
    python = sys.executable

    def prepare(self):
        self.user, self.password = "legacy", secrets.token_hex(8)

    def command(self, port):
        return self.line("::", port)

    def loopback_commands(self, port):
        for address in self.addresses:
            yield self.line(address, port)

    def line(self, address, port):
        """The command line; `::` takes both families."""
        low, high = self.passive
        return [
            *(self.python, "-m", "pyftpdlib", "-i", address, "-p", port, "-w", "-d", self.root),
            *("-u", self.user, "-P", self.password, "-r", f"{low}-{high}"),
        ]

    def peers(self):
        found = re.findall(r"(\S+):(\d+)-\[\] FTP session opened", self.output())
        return [Peer(address.removeprefix("::ffff:"), int(port)) for address, port in found]

    def transfers(self):
        lines = re.findall(r"(STOR|APPE|RETR) (\S+) completed=([01])", self.output())
        return [Transfer(name, verb != "RETR", done == "1") for verb, name, done in lines]
