"""ProFTPD with mod_tls: data connections must resume the session of the control connection."""

from daemons.base import UNPACKED
from daemons.proftpd import CONFIGURATION, ProFTPD

TLS = """
LoadModule            mod_tls.c
TLSEngine             on
TLSRequired           on
TLSLog                {place}/tls.log
TLSECCertificateFile  {certificate}
TLSECCertificateKeyFile {key}
TLSOptions            {options}
"""


class TlsProFTPD(ProFTPD):
    """One process per way to start TLS."""

    def start_tls(self, certificate, explicit, implicit):
        """Serves on `addresses`, on one port with AUTH and on one with TLS from the first byte."""
        self.certificate, self.implicit = certificate, implicit
        return self.start(explicit)

    def loopback_commands(self, port):
        for way, listen_port in (("explicit", port), ("implicit", self.implicit)):
            low, high = self.passive
            place = self.place / way
            place.mkdir(exist_ok=True)
            path = place / "proftpd.conf"
            text = CONFIGURATION.format(
                addresses=" ".join(self.addresses), tight="on", port=listen_port, low=low, high=high, place=place, unpacked=UNPACKED
            ).replace(f"{place}/users", f"{self.place}/users")
            options = "UseImplicitSSL" if way == "implicit" else "none"
            tls = TLS.format(
                place=place, certificate=self.certificate.certificate, key=self.certificate.key, options=options
            ).replace("TLSOptions            none\n", "")
            path.write_text(text + tls)
            yield [UNPACKED / "usr/sbin/proftpd", "-n", "-c", path]
