"""Python's ftplib: one session for all operations; it never resumes a TLS session."""

import ftplib
import socket
import ssl

from clients.base import Client, ClientError, base_names


class Choices:
    """What ftplib decides by address family alone, decided by the test. Mixed into its classes."""

    data = "EPSV"

    def makepasv(self):
        if self.data == "PASV":
            _, port = ftplib.parse227(self.sendcmd("PASV"))
        else:
            _, port = ftplib.parse229(self.sendcmd("EPSV"), self.sock.getpeername())
        return self.sock.getpeername()[0], port

    def makeport(self):
        listener = socket.create_server(("", 0), family=self.af, backlog=1)
        port, host = listener.getsockname()[1], self.sock.getsockname()[0]
        if self.data == "PORT":
            self.sendport(host, port)
        else:
            self.sendeprt(host, port)
        listener.settimeout(self.timeout)
        return listener


class Plain(Choices, ftplib.FTP):
    """Plain FTP."""


class Explicit(Choices, ftplib.FTP_TLS):
    """AUTH TLS, as ftplib does it."""


class Implicit(Explicit):
    """TLS from the first byte, as everybody adds it to ftplib."""

    def connect(self, host, port, timeout):
        self.host, self.port, self.timeout = host, port, timeout
        raw = socket.create_connection((host, port), timeout)
        self.af = raw.family
        self.sock = self.context.wrap_socket(raw, server_hostname=host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome


class Ftplib(Client):
    """Ends data connections with unwrap(), that is it waits for the server's close_notify."""

    name = "ftplib"

    def __init__(self, target, work):
        super().__init__(target, work)
        self.session = None

    def context(self):
        """A context for one TLS version that checks certificate and name."""
        context = ssl.create_default_context(cafile=self.target.ca)
        version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[self.target.tls]
        context.minimum_version = context.maximum_version = version
        return context

    def connected(self):
        """The session, opened when missing."""
        if self.session is None:
            target = self.target
            kind = Implicit if target.implicit else Explicit
            ftp = Plain() if target.tls is None else kind(context=self.context())
            ftp.data = target.data
            ftp.connect(target.host, target.port, timeout=60)
            ftp.login(target.user, target.password)
            if target.tls is not None:
                ftp.prot_p()
            ftp.set_pasv(target.passive)
            self.session = ftp
        return self.session

    def call(self, operation):
        """Runs `operation` on the session; its errors become ours."""
        try:
            return operation(self.connected())
        except (*ftplib.all_errors, ssl.SSLError) as problem:
            raise ClientError(f"{type(problem).__name__}: {problem}") from problem

    def login(self):
        self.call(lambda ftp: ftp.voidcmd("NOOP"))

    def listing(self, folder):
        lines = []
        self.call(lambda ftp: ftp.dir(folder, lines.append))
        return "\n".join(lines)

    def names(self, folder):
        return base_names("\n".join(self.call(lambda ftp: ftp.nlst(folder))))

    def facts(self, folder):
        return {name for name, _ in self.call(lambda ftp: list(ftp.mlsd(folder)))}

    def get(self, name, path, rest=0, ascii=False):
        with open(path, "wb") as sink:
            if ascii:
                self.call(lambda ftp: ftp.retrlines(f"RETR {name}", lambda line: sink.write(line.encode() + b"\n")))
            else:
                self.call(lambda ftp: ftp.retrbinary(f"RETR {name}", sink.write, 65536, rest or None))

    def put(self, path, name, append=False, ascii=False):
        verb = "APPE" if append else "STOR"
        with open(path, "rb") as source:
            if ascii:
                self.call(lambda ftp: ftp.storlines(f"{verb} {name}", source))
            else:
                self.call(lambda ftp: ftp.storbinary(f"{verb} {name}", source, 65536))

    def close(self):
        if self.session is not None:
            self.call(lambda ftp: ftp.quit())
            self.session = None
