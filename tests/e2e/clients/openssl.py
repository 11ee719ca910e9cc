"""`openssl s_client`: a scripted conversation, and a second s_client for each passive data connection."""

import os
import subprocess

from clients.base import Client, ClientError, base_names, fact_names
from conversation import Closed, Conversation, passive_port


class Openssl(Client):
    """One control session; data connections offer its TLS session."""

    name = "openssl"

    def __init__(self, target, work):
        super().__init__(target, work)
        self.control = None
        self.talk = None
        self.session = self.work / "control.session"

    def s_client(self, port, *words):
        """A command line of s_client to `port`. `-no_ign_eof`: the end of its input ends TLS in order."""
        target = self.target
        family = "-6" if target.ipv6 else "-4"
        where = f"[{target.host}]:{port}" if target.ipv6 else f"{target.host}:{port}"
        version = {"1.2": "-tls1_2", "1.3": "-tls1_3"}[target.tls]
        words = [*words, "-CAfile", target.ca, "-verify_return_error", "-verify_ip", target.host]
        return ["openssl", "s_client", family, "-connect", where, version, "-quiet", "-no_ign_eof", "-nocommands", *map(str, words)]

    def connected(self):
        """The conversation, opened when missing."""
        if self.talk is None:
            self.session.unlink(missing_ok=True)
            start = [] if self.target.implicit else ["-starttls", "ftp"]
            command = self.s_client(self.target.port, *start, "-sess_out", self.session)
            self.errors = open(self.work / "s_client.errors", "wb")
            self.control = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0
            )
            pipe = self.control.stdout.fileno()
            self.talk = Conversation(lambda size: os.read(pipe, size), self.control.stdin.write, pipe, patience=60)
            if self.target.implicit:
                self.wanted(self.talk.reply(), 220)
            self.wanted(self.talk.command(f"USER {self.target.user}"), 331)
            self.wanted(self.talk.command(f"PASS {self.target.password}"), 230)
            self.wanted(self.talk.command("PBSZ 0"), 200)
            self.wanted(self.talk.command("PROT P"), 200)
        return self.talk

    def wanted(self, reply, *codes):
        """Fails where a reply has none of the codes."""
        if reply[0] not in codes:
            raise ClientError(f"wanted {codes}, the server said {reply[1]!r}")
        return reply[1]

    def data(self, line, rest=0, ascii=False, upload=None):
        """One transfer: TYPE, PASV or EPSV, REST, the command, the data. Returns what was received."""
        try:
            talk = self.connected()
            self.wanted(talk.command(f"TYPE {'A' if ascii else 'I'}"), 200)
            port = passive_port(self.wanted(talk.command(self.target.data), 227, 229))
            if rest:
                self.wanted(talk.command(f"REST {rest}"), 350)
            talk.send(line)
            session = ["-sess_in", self.session] if self.session.exists() else []
            command = self.s_client(port, *session)
            received = self.download(command) if upload is None else self.run(command, stdin=upload)
            self.wanted(talk.reply(), 125, 150)
            self.wanted(talk.reply(), 226, 250)
            return received
        except (Closed, TimeoutError, OSError) as problem:
            self.errors.flush()
            said = (self.work / "s_client.errors").read_text(errors="replace")[-3000:]
            raise ClientError(f"{type(problem).__name__}: {problem}\n{said}") from problem

    def download(self, command):
        """Runs s_client with an input that stays open until the server ends the connection."""
        reader, writer = os.pipe()
        try:
            return self.run(command, stdin=reader)
        finally:
            os.close(reader)
            os.close(writer)

    def login(self):
        self.wanted(self.connected().command("NOOP"), 200)

    def listing(self, folder):
        return self.data(f"LIST {folder}", ascii=True).decode()

    def names(self, folder):
        return base_names(self.data(f"NLST {folder}", ascii=True).decode())

    def facts(self, folder):
        return fact_names(self.data(f"MLSD {folder}", ascii=True).decode())

    def get(self, name, path, rest=0, ascii=False):
        content = self.data(f"RETR {name}", rest=rest, ascii=ascii)
        path.write_bytes(content.replace(b"\r\n", b"\n") if ascii else content)

    def put(self, path, name, append=False, ascii=False):
        source = path
        if ascii:
            source = self.work / "wire"
            source.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        with open(source, "rb") as upload:
            self.data(f"{'APPE' if append else 'STOR'} {name}", ascii=ascii, upload=upload)

    def close(self):
        if self.talk is None:
            return
        try:
            self.wanted(self.talk.command("QUIT"), 221)
            self.control.stdin.close()
            self.control.wait(60)
        finally:
            if self.control.poll() is None:
                self.control.kill()
                self.control.wait(60)
            self.control.stdout.close()
            self.errors.close()
            self.control = self.talk = None
