"""pyftpdlib with TLS; its sessions cannot be resumed."""

import sys
from pathlib import Path

from daemons.pyftpdlib import Pyftpdlib

SERVER = Path(__file__).parent.parent / "pyftpdlib_tls_server.py"


class TlsPyftpdlib(Pyftpdlib):
    """One process per family and way to start TLS."""

    def start_tls(self, certificate, explicit, implicit, end="orderly"):
        """Serves on `addresses`, on one port with AUTH and on one with TLS from the first byte.

        With `end` "abrupt" its data connections end without close_notify.
        """
        self.end = end
        self.certificate, self.implicit = certificate, implicit
        return self.start(explicit)

    def loopback_commands(self, port):
        low, high = self.passive
        for way, listen_port in (("explicit", port), ("implicit", self.implicit)):
            for address in self.addresses:
                yield [
                    *(sys.executable, SERVER, way, address, listen_port, self.root, self.user, self.password),
                    *(low, high, self.certificate.both, self.end),
                ]
