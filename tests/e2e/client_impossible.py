"""What plain FTP programs and partners cannot do, with the reason. Nothing else is left out of the client matrix."""

from impossible import Impossible

CELLS = (
    Impossible(
        (("data", ("PASV", "PORT")), ("family", ("ipv6",))),
        "PASV and PORT carry IPv4 addresses only (RFC 959; RFC 2428 has EPSV and EPRT for IPv6)",
    ),
    Impossible(
        (("partner", ("pureftpd",)), ("start", ("implicit",))),
        "pure-ftpd 1.0.50 has AUTH TLS only, no port with TLS from the first byte",
    ),
    Impossible(
        (("job", ("ncftp",)), ("family", ("ipv6",))),
        "ncftp 3.2.5 has no IPv6",
    ),
    Impossible(
        (("job", ("ncftp",)), ("data", ("EPSV", "EPRT"))),
        "ncftp 3.2.5 knows PASV and PORT only",
    ),
    Impossible(
        (("job", ("inetutils-ftp", "wget", "lftp")), ("data", ("EPRT",)), ("family", ("ipv4",))),
        "the program uses PORT for IPv4 and EPRT for IPv6, no setting changes that",
    ),
    Impossible(
        (("job", ("inetutils-ftp", "wget")), ("data", ("EPSV",)), ("family", ("ipv4",))),
        "the program uses PASV for IPv4 and EPSV for IPv6, no setting changes that",
    ),
)


def reason(cell):
    """Why a cell cannot be done, None where it can."""
    return next((part.reason for part in CELLS if part.holds(cell)), None)


def report():
    """The whole table as lines for the test output."""
    for part in CELLS:
        where = ", ".join(f"{name} {'/'.join(values)}" for name, values in part.where)
        yield f"{where}: {part.reason}"
    yield "inetutils-ftp, mget: version 2.4 crashes where a line has twenty names, without ttls too; it gets ten at a time"
    yield "wget: it has no command that delivers files; it fetches and lists"
