"""The signaling channel of ttls for Python programs: ask about, start and stop the TLS of one's own connections.

    import ttls
    channel = ttls.Channel()
    answer = channel.query(connection)          # what applies to it, and whether it is secure
    channel.init(connection)                    # after "234 go ahead": start TLS
    channel.stop(connection)                    # after "200 back to clear": stop it

It speaks the protocol of docs/signaling.md over the socket that TTLS_CONTROL names (`ttls run` sets it), so there is
nothing to build or install. Errors are OSError with the documented errno; `.answer` says what they stand for.
"""

import array
import errno
import os
import socket
import struct
from collections import deque
from dataclasses import dataclass

DEFAULT_PATH = "/run/ttls/control"
LONGEST = 65536

RETURN_CERTIFICATE = 0x0001
INIT = 0x0002
RESET_SESSION = 0x0004
RESET_CIPHER = 0x0008
STOP = 0x0010
ALLOW_HSTIMEOUT = 0x0020
RESET_WRITE_CIPHER = 0x0040
SEND_SESSION_TICKET = 0x0080

NON_BLOCKING = 0x0001
PEER_CLOSES_FIRST = 0x0002

POL_OFF, POL_NO_POLICY, POL_NOT_ENABLED, POL_ENABLED, POL_APPLCNTRL = 1, 2, 3, 4, 5
CONN_NOTSECURE, CONN_HS_INPROGRESS, CONN_SECURE = 1, 2, 3

REQUEST = struct.Struct("<4sBBHIIIBH")
ANSWER = struct.Struct("<4sBBHIIHBBBBHHHBBQI")


@dataclass(frozen=True)
class Answer:
    """The agent's answer; the numbers are those of docs/signaling.md."""

    id: int
    errno: int
    reason: int
    valid: bool
    more: bool
    policy: int
    connection: int
    sec_type: int
    protocol: int
    cipher: int
    key_share: int
    host: int | None
    resumed: bool
    secondary: bool
    connection_id: int
    certificate_length: int
    user_id: str
    rule: str
    group: str
    environment: str
    connection_action: str
    certificate: bytes

    @property
    def secure(self):
        """Whether the connection is under TLS."""
        return self.connection == CONN_SECURE

    @classmethod
    def decode(cls, packet):
        """From the bytes of a packet."""
        head = ANSWER.unpack_from(packet)
        magic, version, kind, flags, number, error, reason, policy, connection, sec_type, _fips = head[:11]
        protocol, cipher, key_share, host, bits, connection_id, certificate_length = head[11:]
        if (magic, version, kind) != (b"TTLS", 1, 2):
            raise ValueError("not an answer of the signaling channel")
        blocks, at = [], ANSWER.size
        for _ in range(6):
            (length,) = struct.unpack_from("<H", packet, at)
            blocks.append(packet[at + 2 : at + 2 + length])
            at += 2 + length
        *names, certificate = blocks
        return cls(
            number,
            error,
            reason,
            bool(flags & 1),
            bool(flags & 2),
            policy,
            connection,
            sec_type,
            protocol,
            cipher,
            key_share,
            None if host == 0xFF else host,
            bool(bits & 1),
            bool(bits & 2),
            connection_id,
            certificate_length,
            *(name.decode() for name in names),
            certificate,
        )


class Refused(OSError):
    """The agent refused; `answer` has its fields."""

    def __init__(self, answer):
        super().__init__(answer.errno, f"{os.strerror(answer.errno)} (reason {answer.reason})")
        self.answer = answer


class Channel:
    """A connection to the agent. One for each thread, opened before the program changes its root folder."""

    def __init__(self, path=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path or os.environ.get("TTLS_CONTROL") or DEFAULT_PATH)
        self.last = 0
        self.held = deque()

    def fileno(self):
        """Becomes readable when an operation that was begun has ended."""
        return self.socket.fileno()

    def send(self, connection, operations=0, options=0, room=0, host=""):
        """Sends a request and returns its number."""
        self.last = self.last % 0xFFFFFFFF + 1
        name = host.encode()
        packet = REQUEST.pack(b"TTLS", 1, 1, options, self.last, operations, room, bool(name), len(name)) + name
        rights = array.array("i", [connection if isinstance(connection, int) else connection.fileno()])
        self.socket.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        return self.last

    def receive(self):
        """The next answer, to whatever request."""
        packet = self.socket.recv(LONGEST)
        if not packet:
            raise ConnectionResetError(errno.ECONNRESET, "the agent has closed the signaling channel")
        return Answer.decode(packet)

    def ask(self, connection, operations=0, options=0, room=0, host=""):
        """Sends a request and waits for its (first) answer."""
        number = self.send(connection, operations, options, room, host)
        while True:
            answer = self.receive()
            if answer.id not in (number, 0):
                self.held.append(answer)
            elif answer.errno and not answer.more:
                raise Refused(answer)
            else:
                return answer

    def query(self, connection, host=""):
        """What applies to a connection, and whether it is secure."""
        return self.ask(connection, host=host)

    def certificate(self, connection):
        """The answer with the partner's certificate (DER)."""
        return self.ask(connection, RETURN_CERTIFICATE, room=0xFFFF)

    def init(self, connection, allow_timeout=False):
        """Starts TLS and waits until it is up."""
        return self.ask(connection, INIT | (ALLOW_HSTIMEOUT if allow_timeout else 0))

    def stop(self, connection, peer_closes_first=False):
        """Stops TLS and waits until the connection is in clear."""
        return self.ask(connection, STOP, PEER_CLOSES_FIRST if peer_closes_first else 0)

    def begin(self, connection, operations, options=0):
        """Starts an operation without waiting for its end; `result` gets that when the channel becomes readable."""
        return self.ask(connection, operations, options | NON_BLOCKING)

    def result(self):
        """The next result of an operation that was begun; its `id` is that of the answer of `begin`."""
        return self.held.popleft() if self.held else self.receive()

    def close(self):
        """Closes the channel; what was begun goes on."""
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
