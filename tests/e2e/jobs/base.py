"""What every plain FTP program does in the client matrix, as a batch job would."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Errand:
    """Where to log in, and what to fetch and to deliver. Local folders: `up` is full, `down` is empty."""

    host: str
    port: int
    user: str
    password: str
    #: PASV, EPSV, PORT or EPRT.
    data: str
    #: Folder on the server, relative to the login folder.
    folder: str
    up: Path
    down: Path
    #: The file that goes alone; the others go together.
    single: str
    #: Names of the others.
    many: tuple

    @property
    def ipv6(self):
        """Is the host an IPv6 address?"""
        return ":" in self.host

    @property
    def passive(self):
        """Does the program open the data connections?"""
        return self.data in ("PASV", "EPSV")

    @property
    def authority(self):
        """Host and port as a URL has them."""
        return f"[{self.host}]:{self.port}" if self.ipv6 else f"{self.host}:{self.port}"


class Job:
    """A program that knows no TLS. Its errand: put and mput everything of `up`, list, get and mget into `down`."""

    name = ""
    #: It can deliver files.
    uploads = True

    def commands(self, errand):
        """(command line, standard input) of each process of the job, one after the other."""
        raise NotImplementedError

    def script(self, errand, place):
        """Writes the whole job as a shell script and returns its path: what `ttls run` is given."""
        lines = ["set -e"]
        for number, (command, text) in enumerate(self.commands(errand)):
            source = place / f"stdin.{number}"
            source.write_text(text)
            words = " ".join(quote(word) for word in command)
            lines.append(f"{words} < {quote(source)}")
        path = place / "job.sh"
        path.write_text("\n".join(lines) + "\n")
        return path


def quote(word):
    """A word for the shell."""
    return "'" + str(word).replace("'", "'\\''") + "'"


def run(command, cwd, patience=300):
    """Runs a job; returns (exit status, all that it said)."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=patience,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")
