"""What the programs themselves cannot do, with the reason. Nothing else is left out of the matrix."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Impossible:
    """A part of the matrix: the values that a cell must have to be in it, and why it cannot be done."""

    where: tuple
    reason: str

    def holds(self, cell):
        """Is the cell in this part?"""
        return all(getattr(cell, name) in values for name, values in self.where)


CELLS = (
    Impossible(
        (("data", ("PASV", "PORT")), ("family", ("ipv6",))),
        "PASV and PORT carry IPv4 addresses only (RFC 959; RFC 2428 has EPSV and EPRT for IPv6)",
    ),
    Impossible(
        (("client", ("curl",)), ("data", ("PORT", "EPRT")), ("tls", ("1.2", "1.3"))),
        "curl 7.87 and 7.88 send active data in clear under PROT P (curl issue 10666): the client libcurl does these",
    ),
    Impossible(
        (("client", ("openssl",)), ("data", ("PORT", "EPRT"))),
        "openssl s_client is a TLS client that only connects; it cannot accept the daemon's data connection",
    ),
    Impossible(
        (("client", ("lftp",)), ("data", ("EPRT",)), ("family", ("ipv4",))),
        "lftp uses PORT for IPv4 and EPRT for IPv6, no setting changes that",
    ),
    Impossible(
        (("client", ("lftp",)), ("data", ("EPRT",)), ("family", ("ipv6",))),
        "lftp 4.9.2 announces the address :: in EPRT when it is connected to ::1, which daemons rightly refuse",
    ),
)

#: (program, operation): reason. Operations of exercise.py that one program of a pair cannot do.
OPERATIONS = {
    ("curl", "AUTH after CCC"): "curl has CCC after its log-in and no way to say AUTH then; ftplib and the raw client do it",
    ("lftp", "AUTH after CCC"): "lftp has CCC after its log-in and no way to say AUTH then; ftplib and the raw client do it",
    ("lftp", "APPE"): "lftp has no command that sends APPE",
    ("vsftpd", "MLSD"): "vsftpd 3.0.3 does not know MLSD; NLST is used",
    ("inetutils", "MLSD"): "inetutils-ftpd 2.4 does not know MLSD; NLST is used",
}


def reason(cell):
    """Why a cell cannot be done, None where it can."""
    return next((part.reason for part in CELLS if part.holds(cell)), None)


def able(*programs):
    """A predicate: can these programs together do the operation?"""
    return lambda operation: not any((program, operation) in OPERATIONS for program in programs)


def report():
    """The whole table as lines for the test output."""
    for part in CELLS:
        where = ", ".join(f"{name} {'/'.join(values)}" for name, values in part.where)
        yield f"{where}: {part.reason}"
    for (program, operation), why in OPERATIONS.items():
        yield f"{program}, {operation}: {why}"
