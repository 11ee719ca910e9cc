"""Certificates of partners, made with openssl: good ones and all kinds of bad ones."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from daemons.base import LOOPBACK
from lab import CLIENT

#: Names of a good certificate, wherever the partner serves.
NAMES = ",".join(
    ("DNS:localhost", "DNS:ftp.partner.example", *(f"IP:{address}" for address in (*LOOPBACK, *CLIENT.values())))
)


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, both as PEM files, and both in one file."""

    certificate: Path
    key: Path
    both: Path


class Authority:
    """A certification authority that signs what it is asked to."""

    def __init__(self, folder, name="Partner Test CA"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = self.folder / "ca.pem", self.folder / "ca.key"
        openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}"),
            *("-days", "30", "-keyout", self.key, "-out", self.certificate),
        )

    def issue(self, name, names=NAMES, expired=False):
        """A server certificate for `names`."""
        stem = self.folder / name
        key, request, certificate, both = (stem.with_suffix(end) for end in (".key", ".csr", ".pem", ".both"))
        openssl(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", key, "-out", request),
        )
        extensions = stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        # Validity that ended before it began is what `-days` with a negative number gives.
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial"),
            *("-days", "-1" if expired else "20", "-extfile", extensions, "-out", certificate),
        )
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
        both.chmod(0o600)
        return Certificate(certificate, key, both)

    def ring(self, folder):
        """A key ring that trusts this authority and holds nothing else."""
        anchors = Path(folder) / "ca"
        anchors.mkdir(parents=True)
        (anchors / "partner.pem").write_bytes(self.certificate.read_bytes())


def openssl(*words):
    """Runs openssl."""
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
