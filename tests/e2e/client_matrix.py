"""The matrix of the wrapped clients: its dimensions and cells."""

from dataclasses import dataclass

import cells
from cells import possible
from client_impossible import reason

DIMENSIONS = {
    "partner": ("vsftpd", "proftpd", "pureftpd", "pyftpdlib"),
    "job": ("inetutils-ftp", "tnftp", "ncftp", "curl", "wget", "lftp", "ftplib"),
    "start": ("explicit", "implicit"),
    "data": ("PASV", "EPSV", "PORT", "EPRT"),
    "tls": ("1.2", "1.3"),
    "family": ("ipv4", "ipv6"),
    "interceptor": ("run", "gateway", "host"),
}


@dataclass(frozen=True)
class Cell(cells.Cell):
    """One combination."""

    partner: str
    job: str
    start: str
    data: str
    tls: str
    family: str
    interceptor: str


def all_cells():
    """Every combination that the programs can do."""
    return possible(Cell, DIMENSIONS, reason)


def long_cells(cells):
    """The first of `cells` for each program and for each partner and TLS version: these move many files."""
    first = {}
    for cell in cells:
        first.setdefault(cell.job, cell)
        first.setdefault((cell.partner, cell.tls), cell)
    return set(first.values())
