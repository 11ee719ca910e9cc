"""pure-ftpd with TLS. It knows AUTH TLS only."""

from daemons.pureftpd import PureFTPd


class TlsPureFTPd(PureFTPd):
    """One process per family and way to start TLS."""

    def start_tls(self, certificate, explicit, implicit):
        """Serves on `addresses`, on one port with AUTH and on one with TLS from the first byte."""
        self.certificate, self.implicit = certificate, implicit
        return self.start(explicit)

    def loopback_commands(self, port):
        # 2: control connections must be under TLS, 3: data connections too.
        for command in super().loopback_commands(port):
            yield [*command, "--tls=3", f"--certfile={self.certificate.both}"]
