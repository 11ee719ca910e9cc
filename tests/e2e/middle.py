"""A man in the middle of control connections: he hears everything, and says what he likes."""

import socket
import threading


class Middle:
    """Stands before a server; `answer(line)` may answer a client's line in the server's place, while it is in clear.

    It returns None (the line goes on), or the bytes that the client gets instead.
    """

    def __init__(self, server, answer=None, host="127.0.0.1"):
        self.server, self.answer = (host, server), answer
        #: Everything that clients have sent.
        self.heard = b""
        self.listener = socket.create_server((host, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        """Serves every client in threads of its own."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.server, 60)
            except OSError:
                client.close()
                continue
            threading.Thread(target=self.forward, args=(client, server), daemon=True).start()
            threading.Thread(target=pump, args=(server, client), daemon=True).start()

    def forward(self, client, server):
        """From the client to the server."""
        clear = self.answer is not None
        while True:
            try:
                data = client.recv(65536)
            except OSError:
                data = b""
            self.heard += data
            try:
                if not data:
                    server.shutdown(socket.SHUT_WR)
                    return
                instead = self.answer(data) if clear and data[:1] != b"\x16" else None
                if instead is None:
                    server.sendall(data)
                else:
                    client.sendall(instead)
            except OSError:
                return

    def close(self):
        """Lets no more clients in."""
        self.listener.close()


def pump(source, sink):
    """From one to the other until the end."""
    while True:
        try:
            data = source.recv(65536)
            if not data:
                sink.shutdown(socket.SHUT_WR)
                return
            sink.sendall(data)
        except OSError:
            return


def clear_lines(heard):
    """The lines that were heard in clear: everything before the first TLS record."""
    return heard.partition(b"\x16\x03")[0].decode(errors="replace").splitlines()
