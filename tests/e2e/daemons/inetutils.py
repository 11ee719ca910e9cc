"""inetutils-ftpd 2.4: started by a super-server as ever, or standalone on port 21 in the background."""

import re
import sys
from pathlib import Path

from daemons.base import UNPACKED, Daemon, Peer

INETD = Path(__file__).parent.parent / "inetd.py"


class Inetutils(Daemon):
    """Logs by syslog only, so the super-server's line is the daemon's word about its peer."""

    name = "inetutils"
    mlsd = False
    logs_port = True
    logs_transfers = False

    def prepare(self):
        # It serves the account's own home; tests keep apart by folder.
        self.root = self.account.home

    def command(self, port):
        return self.line(["0.0.0.0", port, "::", port])

    def loopback_commands(self, port):
        return [self.line([word for address in self.addresses for word in (address, port)])]

    def line(self, where):
        """The super-server with the daemon behind it."""
        return [sys.executable, INETD, *where, "--", UNPACKED / "usr/sbin/ftpd", "-l"]

    def peers(self):
        return [Peer(address, int(port)) for address, port in re.findall(r"^peer (\S+) (\d+)", self.output(), re.M)]
