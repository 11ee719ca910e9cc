"""vsftpd 3.0.3: one process per family, a system user through PAM."""

import re

from account import PAM_SERVICE
from daemons.base import UNPACKED, Daemon, Peer, Transfer


class Vsftpd(Daemon):
    """The daemon of the five-minute guide."""

    name = "vsftpd"
    mlsd = False

    def prepare(self):
        (self.place / "empty").mkdir()

    def command(self, port):
        return [UNPACKED / "usr/sbin/vsftpd", self.configuration("any", port, ["listen=NO", "listen_ipv6=YES"])]

    def loopback_commands(self, port):
        listens = (
            ["listen=YES", f"listen_address={self.addresses[0]}"],
            ["listen=NO", "listen_ipv6=YES", f"listen_address6={self.addresses[1]}"],
        )
        for index, listen in enumerate(listens):
            yield [UNPACKED / "usr/sbin/vsftpd", self.configuration(f"loopback{index}", port, listen)]

    def configuration(self, name, port, listen):
        """Writes the configuration file and returns its path (vsftpd wants it absolute)."""
        path = self.place / f"{name}.conf"
        low, high = self.passive
        lines = [
            *listen,
            f"listen_port={port}",
            "background=NO",
            "anonymous_enable=NO",
            "local_enable=YES",
            "write_enable=YES",
            "local_umask=022",
            f"local_root={self.root}",
            f"pam_service_name={PAM_SERVICE}",
            f"secure_chroot_dir={self.place / 'empty'}",
            "ascii_download_enable=YES",
            "ascii_upload_enable=YES",
            "max_per_ip=0",
            f"pasv_min_port={low}",
            f"pasv_max_port={high}",
            "xferlog_enable=YES",
            "log_ftp_protocol=YES",
            "xferlog_std_format=NO",
            f"vsftpd_log_file={self.place / 'vsftpd.log'}",
        ]
        path.write_text("\n".join(lines) + "\n")
        return path

    def peers(self):
        found = re.findall(r'CONNECT: Client "(?:::ffff:)?([^"]+)"', self.log("vsftpd.log"))
        return [Peer(address, None) for address in found]

    def transfers(self):
        lines = re.findall(r'(OK|FAIL) (UPLOAD|DOWNLOAD): Client "[^"]*", "([^"]*)"', self.log("vsftpd.log"))
        return [Transfer(name, kind == "UPLOAD", result == "OK") for result, kind, name in lines]
