"""The matrix of the main promise: its dimensions and cells."""

from dataclasses import dataclass

import cells
from cells import possible
from impossible import reason

DIMENSIONS = {
    "daemon": ("vsftpd", "proftpd", "pureftpd", "inetutils", "pyftpdlib"),
    "client": ("curl", "libcurl", "lftp", "ftplib", "openssl"),
    "start": ("explicit", "implicit"),
    "data": ("PASV", "EPSV", "PORT", "EPRT"),
    "tls": ("1.2", "1.3"),
    "family": ("ipv4", "ipv6"),
    "interceptor": ("run", "gateway"),
}


@dataclass(frozen=True)
class Cell(cells.Cell):
    """One combination."""

    daemon: str
    client: str
    start: str
    data: str
    tls: str
    family: str
    interceptor: str

    @property
    def host(self):
        """The address that the client connects to."""
        return "127.0.0.1" if self.family == "ipv4" else "::1"


def all_cells():
    """Every combination that the programs can do."""
    return possible(Cell, DIMENSIONS, reason)


def big_cells(cells):
    """The first of `cells` for each daemon and interceptor: these also move the big file."""
    first = {}
    for cell in cells:
        first.setdefault((cell.daemon, cell.interceptor), cell)
    return set(first.values())
