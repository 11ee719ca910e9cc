"""ProFTPD 1.3.8 without mod_tls: virtual users in an AuthUserFile."""

import re
import secrets

from daemons.base import UNPACKED, Daemon, Peer, Transfer
from passwords import hashed

CONFIGURATION = """
ServerName            "legacy"
ServerType            standalone
DefaultServer         on
DefaultAddress        {addresses}
SocketBindTight       {tight}
UseIPv6               on
UseReverseDNS         off
Port                  {port}
PassivePorts          {low} {high}
User                  nobody
Group                 nogroup
Umask                 022
MaxInstances          400
AuthOrder             mod_auth_file.c
AuthUserFile          {place}/users
RequireValidShell     off
WtmpLog               off
DelayEngine           off
AllowOverwrite        on
AllowStoreRestart     on
PidFile               {place}/pid
ScoreboardFile        {place}/scoreboard
ModulePath            {unpacked}/usr/lib/proftpd
SystemLog             {place}/system.log
TransferLog           {place}/xferlog
LogFormat             peer "peer %a %{{remote-port}} %m %s"
ExtendedLog           {place}/peers.log ALL peer
"""


class ProFTPD(Daemon):
    """Both families in one process."""

    name = "proftpd"
    logs_port = True

    def prepare(self):
        self.user, self.password = "legacy", secrets.token_hex(8)
        users = self.place / "users"
        users.write_text(f"{self.user}:{hashed(self.password)}:{self.account.uid}:{self.account.gid}::{self.root}:/bin/sh\n")
        users.chmod(0o600)

    def command(self, port):
        return self.line(port, tight="off")

    def loopback_commands(self, port):
        return [self.line(port, tight="on")]

    def line(self, port, tight):
        """Writes the configuration and returns the command line."""
        low, high = self.passive
        path = self.place / "proftpd.conf"
        path.write_text(
            CONFIGURATION.format(
                addresses=" ".join(self.addresses), tight=tight, port=port, low=low, high=high, place=self.place, unpacked=UNPACKED
            )
        )
        return [UNPACKED / "usr/sbin/proftpd", "-n", "-c", path]

    def peers(self):
        seen = re.findall(r"^peer (\S+) (\d+) USER ", self.log("peers.log"), re.M)
        return [Peer(address.removeprefix("::ffff:"), int(port)) for address, port in seen]

    def transfers(self):
        lines = re.findall(r" (/\S+) [ab] _ ([io]) r \S+ ftp 0 \* ([ic])$", self.log("xferlog"), re.M)
        return [Transfer(name, way == "i", status == "c") for name, way, status in lines]
