"""What every client offers to the tests."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


class ClientError(Exception):
    """A client reported failure; the message is what it printed."""


@dataclass(frozen=True)
class Target:
    """Where and how a client talks to a server."""

    host: str
    port: int
    user: str
    password: str
    #: PASV, EPSV, PORT or EPRT.
    data: str
    #: "1.2", "1.3", or None for a plain session.
    tls: str | None
    #: TLS from the first byte instead of AUTH TLS.
    implicit: bool = False
    #: File of the certification authority.
    ca: Path | None = None

    @property
    def ipv6(self):
        """Is the host an IPv6 address?"""
        return ":" in self.host

    @property
    def passive(self):
        """Does the client open the data connections?"""
        return self.data in ("PASV", "EPSV")

    @property
    def authority(self):
        """Host and port as a URL has them."""
        return f"[{self.host}]:{self.port}" if self.ipv6 else f"{self.host}:{self.port}"


class Client:
    """A client program. Paths on the server are relative to the login folder. Every method raises ClientError."""

    name = ""
    #: Bound for one operation, seconds.
    patience = 300

    def __init__(self, target, work):
        self.target = target
        self.work = Path(work)
        #: Standard error of the last program that ran.
        self.said = ""

    def login(self):
        """Logs in and does nothing more."""
        raise NotImplementedError

    def listing(self, folder):
        """LIST of a folder, as text."""
        raise NotImplementedError

    def names(self, folder):
        """NLST of a folder, as a set of file names."""
        raise NotImplementedError

    def facts(self, folder):
        """MLSD of a folder, as a set of file names."""
        raise NotImplementedError

    def get(self, name, path, rest=0, ascii=False):
        """RETR into a file, after REST where `rest` is not 0; then only the bytes from there on are in the file."""
        raise NotImplementedError

    def put(self, path, name, append=False, ascii=False):
        """STOR or APPE of a file."""
        raise NotImplementedError

    def close(self):
        """Ends the session where the client keeps one."""

    def run(self, command, **options):
        """Runs a program of the client and returns its standard output as bytes."""
        command = [str(word) for word in command]
        options.setdefault("stdin", subprocess.DEVNULL)
        try:
            done = subprocess.run(command, capture_output=True, timeout=self.patience, **options)
        except subprocess.TimeoutExpired as late:
            said = (late.stderr or b"").decode(errors="replace")[-4000:]
            raise ClientError(f"no end within {self.patience} s: {' '.join(command)}\n{said}") from None
        self.said = done.stderr.decode(errors="replace")
        if done.returncode != 0:
            said = (done.stdout[-2000:] + done.stderr[-6000:]).decode(errors="replace")
            raise ClientError(f"exit status {done.returncode}: {' '.join(command)}\n{said}")
        return done.stdout


def base_names(text):
    """Last path components of the lines of an NLST, without the folder itself and its parent."""
    return {line.strip().rpartition("/")[2] for line in text.splitlines()} - {"", ".", ".."}


def fact_names(text):
    """File names of the lines of an MLSD."""
    return {line.rstrip("\r\n").partition("; ")[2] for line in text.splitlines() if "; " in line}
