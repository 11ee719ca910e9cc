"""pure-ftpd 1.0.50: virtual users in a PureDB, options on the command line only."""

import re
import secrets
import subprocess

from daemons.base import UNPACKED, Daemon, Peer
from passwords import hashed


class PureFTPd(Daemon):
    """One process per address on loopback, one for everything otherwise."""

    name = "pureftpd"
    #: Its transfer log says 200 whatever happened.
    logs_transfers = False

    def prepare(self):
        self.user, self.password = "legacy", secrets.token_hex(8)
        users = self.place / "passwd"
        account = self.account
        users.write_text(f"{self.user}:{hashed(self.password)}:{account.uid}:{account.gid}::{self.root}/./{':' * 12}\n")
        subprocess.run([UNPACKED / "usr/bin/pure-pw", "mkdb", self.place / "users.pdb", "-f", users], check=True)

    def command(self, port):
        return self.line(f",{port}", "any")

    def loopback_commands(self, port):
        for index, address in enumerate(self.addresses):
            yield self.line(f"{address},{port}", index)

    def line(self, bind, name):
        """The command line; `-H`: no reverse look-ups, `-E`: no anonymous users."""
        low, high = self.passive
        return [
            UNPACKED / "usr/sbin/pure-ftpd",
            *("-l", f"puredb:{self.place / 'users.pdb'}"),
            *("-S", bind, "-p", f"{low}:{high}", "-E", "-H", "-c", "400", "-u", "1"),
            *("-O", f"clf:{self.place / 'transfers.log'}", "-g", self.place / f"pid.{name}", "-f", "none"),
        ]

    def peers(self):
        found = re.findall(r"^(\S+) - ", self.log("transfers.log"), re.M)
        return [Peer(address.removeprefix("::ffff:"), None) for address in found]
