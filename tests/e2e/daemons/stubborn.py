"""A server made for faults; not in the matrix."""

import sys
from pathlib import Path

from daemons.base import Daemon

SERVER = Path(__file__).parent / "stubborn_server.py"


class Stubborn(Daemon):
    """Plain FTP with the faults that `stubborn_server.py` lists."""

    name = "stubborn"

    def command(self, port):
        return [sys.executable, SERVER, "::", port]

    def loopback_commands(self, port):
        for address in self.addresses:
            yield [sys.executable, SERVER, address, port]

    def uploads(self):
        """How each upload ended, oldest first: `end` or `reset`."""
        return [line.split()[1] for line in self.output().splitlines() if line.startswith("upload ")]
