"""The daemons with their own TLS."""

from daemons.proftpd import ProFTPD
from daemons.pureftpd import PureFTPd
from daemons.vsftpd import Vsftpd


class NativeVsftpd(Vsftpd):
    """vsftpd with ssl_enable."""

    certificate = None

    def configuration(self, name, port, listen):
        path = super().configuration(name, port, listen)
        lines = [
            "ssl_enable=YES",
            "allow_anon_ssl=NO",
            "force_local_data_ssl=NO",
            "force_local_logins_ssl=NO",
            "require_ssl_reuse=NO",
            "ssl_ciphers=HIGH",
            f"rsa_cert_file={self.certificate.certificate}",
            f"rsa_private_key_file={self.certificate.key}",
        ]
        path.write_text(path.read_text() + "\n".join(lines) + "\n")
        return path


class NativeProFTPD(ProFTPD):
    """ProFTPD with mod_tls."""

    certificate = None

    def line(self, port, tight):
        command = super().line(port, tight)
        path = self.place / "proftpd.conf"
        kind = "TLSECCertificate" if self.certificate.kind == "ecdsa" else "TLSRSACertificate"
        lines = [
            "LoadModule mod_tls.c",
            "TLSEngine on",
            "TLSProtocol TLSv1.2 TLSv1.3",
            "TLSOptions NoSessionReuseRequired",
            "TLSRequired off",
            f"{kind}File {self.certificate.certificate}",
            f"{kind}KeyFile {self.certificate.key}",
        ]
        path.write_text(path.read_text() + "\n".join(lines) + "\n")
        return command


class NativePureFTPd(PureFTPd):
    """pure-ftpd with --tls=1."""

    certificate = None

    def line(self, bind, name):
        return [*super().line(bind, name), "-Y", "1", "-2", f"{self.certificate.certificate},{self.certificate.key}"]


NATIVE = {"vsftpd": NativeVsftpd, "proftpd": NativeProFTPD, "pureftpd": NativePureFTPd}
