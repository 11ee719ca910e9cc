"""A client made of sockets and Python's ssl, for what no well-behaved client sends."""

import functools
import os
import socket
import ssl

from conversation import Conversation, passive_port


@functools.cache
def context(ca, tls):
    """One context for each authority and version: a TLS session can only be offered within its context."""
    made = ssl.create_default_context(cafile=ca)
    made.minimum_version = made.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[tls]
    return made


class Raw:
    """A control connection, in clear until `secure`."""

    def __init__(self, target, source=None, patience=60.0):
        self.target = target
        self.patience = patience
        self.socket = socket.create_connection((target.host, target.port), patience, source)
        self.local = self.socket.getsockname()
        self.talk = self.conversation()

    def conversation(self):
        """A conversation over the socket as it stands; nothing read before is kept."""
        sock = self.socket
        pending = sock.pending if isinstance(sock, ssl.SSLSocket) else lambda: 0
        return Conversation(sock.recv, sock.sendall, sock.fileno(), pending, self.patience)

    def wrap(self, sock, session=None):
        """TLS as a client on a socket."""
        return context(self.target.ca, self.target.tls).wrap_socket(
            sock, server_hostname=self.target.host, session=session
        )

    def secure(self, session=None):
        """The handshake on the control connection."""
        self.socket = self.wrap(self.socket, session)
        self.talk = self.conversation()
        return self

    def greet(self):
        """Reads the greeting."""
        code, text = self.talk.reply()
        assert code == 220, text
        return self

    def auth(self):
        """AUTH TLS and the handshake."""
        self.talk.expect("AUTH TLS", 234)
        return self.secure()

    def login(self):
        """USER and PASS."""
        self.talk.expect(f"USER {self.target.user}", 331)
        self.talk.expect(f"PASS {self.target.password}", 230)
        return self

    def ready(self):
        """From the greeting to protected data connections in image type."""
        if self.target.implicit:
            self.secure().greet()
        else:
            self.greet().auth()
        self.login()
        self.talk.expect("PBSZ 0", 200)
        self.talk.expect("PROT P", 200)
        self.talk.expect("TYPE I", 200)
        return self

    def passive(self, source=None, command="EPSV"):
        """A data connection that has not started TLS, from the address of the control connection unless told."""
        source = source or (self.local[0], 0)
        port = passive_port(self.talk.expect(command, 227, 229))
        return socket.create_connection((self.target.host, port), self.patience, source)

    def active(self):
        """A listener that has been announced by PORT."""
        listener = socket.create_server((self.local[0], 0))
        listener.settimeout(self.patience)
        port = listener.getsockname()[1]
        self.talk.expect(f"PORT {self.local[0].replace('.', ',')},{port // 256},{port % 256}", 200)
        return listener

    def download(self, line, session=None, protect=True):
        """One passive download: (bytes, final reply)."""
        data = self.passive()
        self.talk.expect(line, 125, 150)
        with self.wrap(data, session) if protect else data as stream:
            content = receive_all(stream)
        return content, self.talk.reply()[1]

    def upload(self, line, content, session=None):
        """One passive upload that ends in order: final reply."""
        data = self.passive()
        self.talk.expect(line, 125, 150)
        with self.wrap(data, session) as stream:
            stream.sendall(content)
            stream.unwrap().close()
        return self.talk.reply()[1]

    def quit(self):
        """Says goodbye."""
        self.talk.expect("QUIT", 221)
        self.close()

    def close(self):
        """Closes the control connection."""
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def receive_all(stream):
    """What a stream has until its end."""
    parts = []
    while part := stream.recv(65536):
        parts.append(part)
    return b"".join(parts)


def abandon(stream):
    """Closes a connection as a killed process does: a FIN, and no word of TLS."""
    os.close(stream.detach())
