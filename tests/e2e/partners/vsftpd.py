"""vsftpd with TLS: data connections must resume the session of the control connection."""

from daemons.base import UNPACKED
from daemons.vsftpd import Vsftpd


class TlsVsftpd(Vsftpd):
    """One process per family and way to start TLS."""

    def start_tls(self, certificate, explicit, implicit, under=(), **options):
        """Serves on `addresses`, on one port with AUTH and on one with TLS from the first byte.

        `under`: words in front of the command line; `options`: statements of the configuration.
        """
        self.certificate, self.under, self.options = certificate, under, options
        self.implicit = implicit
        self.start(explicit)
        return self

    def loopback_commands(self, port):
        for way, listen_port in (("explicit", port), ("implicit", self.implicit)):
            for index, listen in enumerate(
                (
                    ["listen=YES", f"listen_address={self.addresses[0]}"],
                    ["listen=NO", "listen_ipv6=YES", f"listen_address6={self.addresses[1]}"],
                )
            ):
                path = self.configuration(f"{way}{index}", listen_port, listen)
                settings = {
                    "ssl_enable": "YES",
                    "rsa_cert_file": self.certificate.certificate,
                    "rsa_private_key_file": self.certificate.key,
                    "ssl_ciphers": "HIGH",
                    "ssl_tlsv1": "YES",
                    "require_ssl_reuse": "YES",
                    "force_local_logins_ssl": "YES",
                    "force_local_data_ssl": "YES",
                    # A client that ends uploads without close_notify is found out.
                    "strict_ssl_read_eof": "YES",
                    "implicit_ssl": "YES" if way == "implicit" else "NO",
                    **self.options,
                }
                with open(path, "a") as file:
                    file.writelines(f"{name}={value}\n" for name, value in settings.items())
                yield [*self.under, UNPACKED / "usr/sbin/vsftpd", path]
