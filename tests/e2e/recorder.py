"""A proxy on the outer side that keeps every byte of both directions."""

import socket
import threading


class Recorder:
    """Passes one connection on to `target` and records it."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        #: From the client and from the server.
        self.taken = (bytearray(), bytearray())
        self.threads = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        """Serves the one connection."""
        client, _ = self.listener.accept()
        server = socket.create_connection(self.target)
        for one, other, taken in ((client, server, self.taken[0]), (server, client, self.taken[1])):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self.pass_on, args=(one, other, taken), daemon=True)
            thread.start()
            self.threads.append(thread)

    @staticmethod
    def pass_on(one, other, taken):
        """One direction, to its end."""
        try:
            while part := one.recv(65536):
                taken += part
                other.sendall(part)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def finish(self):
        """Waits for the end of the connection; returns what was taken."""
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive(), "the recorded connection does not end"
        return tuple(bytes(taken) for taken in self.taken)


def take_apart(taken, pieces):
    """Checks that a capture is `pieces` in clear, in this order, with nothing but TLS records between them.

    Pieces start with a letter, which no TLS record does. Returns the number of records.
    """
    at, records = 0, 0
    for piece in (*pieces, b""):
        while at < len(taken) and 20 <= taken[at] <= 23:
            assert taken[at + 1] == 3, "neither clear text that is expected nor a TLS record"
            at += 5 + int.from_bytes(taken[at + 3 : at + 5])
            records += 1
        assert taken[at : at + len(piece)] == piece, f"at byte {at} other clear text than expected"
        at += len(piece)
    assert at == len(taken), "more than expected"
    return records
