"""Certificates that every contestant uses alike, as PEM files and as key rings of ttls."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

KINDS = {
    "ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "rsa": ["-newkey", "rsa:2048"],
}


@dataclass(frozen=True)
class Certificate:
    """One self-signed certificate."""

    kind: str
    certificate: Path
    key: Path
    #: Both in one file.
    both: Path


def make(folder):
    """One of each kind; `folder`/keyrings has a ring of the same name with the same certificate."""
    made = {}
    for kind, options in KINDS.items():
        ring = folder / "keyrings" / kind
        ring.mkdir(parents=True, mode=0o700)
        certificate, key, both = ring / "server.pem", ring / "server.key", folder / f"{kind}.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate]
            + ["-addext", "subjectAltName=DNS:localhost", *options],
            check=True,
            capture_output=True,
        )
        key.chmod(0o600)
        (ring / "default").write_text("server\n")
        both.write_text(certificate.read_text() + key.read_text())
        both.chmod(0o600)
        made[kind] = Certificate(kind, certificate, key, both)
    return made
