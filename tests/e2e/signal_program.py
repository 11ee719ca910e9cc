"""A program that controls its own TLS over the signaling channel, as its peer tells it line by line.

Every command is one line, every result one line of JSON. Arguments: the folder of the ttls module, the port.
"""

import errno
import importlib
import json
import os
import random
import select
import socket
import subprocess
import sys
import threading
import time

ttls = None


def name_of(error):
    """Name of an error number; of the two for 95 the one that the channel documents."""
    return "EOPNOTSUPP" if error.errno == errno.EOPNOTSUPP else errno.errorcode[error.errno]


def result_of(call):
    """The fields of an answer, or the name of the error and the fields that came with it."""
    try:
        answer = call()
    except ttls.Refused as refused:
        return fields(refused.answer) | {"error": name_of(refused)}
    except OSError as error:
        return {"error": name_of(error)}
    return fields(answer) | {"error": None}


def fields(answer):
    """The fields of an answer as JSON takes them."""
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in vars(answer).items()}


class Session:
    """One connection."""

    children, ports = [], set()

    def __init__(self, connection):
        self.connection = connection
        self.channel = ttls.Channel()

    def line(self):
        """The next line, read byte by byte so that nothing behind it is taken."""
        line = b""
        while not line.endswith(b"\n"):
            if not (byte := self.connection.recv(1)):
                return None
            line += byte
        return line.decode().split()

    def exactly(self, count):
        """That many bytes."""
        parts = b""
        while len(parts) < count:
            if not (part := self.connection.recv(count - len(parts))):
                raise EOFError
            parts += part
        return parts

    def tell(self, result):
        """Sends a result."""
        self.connection.sendall(json.dumps(result).encode() + b"\n")

    def serve(self):
        """Serves commands until the peer ends."""
        while (words := self.line()) is not None:
            getattr(self, f"do_{words[0].lower()}")(*words[1:])
        self.connection.close()

    def await_peer(self, when):
        """`late`: until the peer has said something more, which stays unread."""
        if when == "late":
            select.select([self.connection], [], [], 60)

    def do_query(self, host=""):
        self.tell(result_of(lambda: self.channel.query(self.connection, host)))

    def do_certificate(self):
        self.tell(result_of(lambda: self.channel.certificate(self.connection)))

    def do_ask(self, operations, room="0"):
        """Any operation, from where the connection is to where it is."""
        self.tell(result_of(lambda: self.channel.ask(self.connection, int(operations, 0), room=int(room))))

    def do_init(self, when=""):
        """Agrees in clear, then starts TLS, at once or `late`."""
        self.connection.sendall(b"go\n")
        self.await_peer(when)
        self.tell(result_of(lambda: self.channel.init(self.connection)))

    def do_init_or_clear(self):
        """Starts TLS, or goes on in clear where the peer does not."""
        self.tell(result_of(lambda: self.channel.init(self.connection, allow_timeout=True)))

    def do_begin(self):
        """Starts TLS without waiting."""
        self.connection.setblocking(False)
        self.connection.sendall(b"go\n")
        begun = self.channel.begin(self.connection, ttls.INIT)
        meanwhile = result_of(lambda: self.channel.ask(self.connection, options=ttls.NON_BLOCKING))
        print("asked meanwhile", file=sys.stderr, flush=True)
        ended = self.channel.result()
        self.connection.setblocking(True)
        self.tell([fields(begun), meanwhile, fields(ended)])

    def do_stop(self, when=""):
        """Agrees under TLS, then stops it, at once or `late`."""
        self.connection.sendall(b"bye\n")
        self.await_peer(when)
        self.tell(result_of(lambda: self.channel.stop(self.connection)))

    def do_cycles(self, count, seed):
        """Starts and stops TLS many times, with noise in clear and under TLS."""
        for noise in cycles(int(count), int(seed)):
            for secret in (False, True):
                expected, reply = noise[secret]
                assert self.exactly(len(expected)) == expected, "what came is not what was sent"
                self.connection.sendall(reply)
                if secret:
                    self.channel.stop(self.connection)
                else:
                    self.channel.init(self.connection)
        self.tell("done")

    def do_listen(self, port):
        """Serves connections at another port too, from now on."""
        if port not in self.ports:
            self.ports.add(port)
            listener = socket.create_server(("", int(port)))
            threading.Thread(target=serve, args=(listener,), daemon=True).start()
        self.tell("listening")

    def do_dial(self, host, port):
        """Opens a connection and serves there too."""
        greet(socket.create_connection((host, int(port))))
        self.tell("dialled")

    def do_child_listens(self, port):
        """The same as `listen` in a process that holds no connection of this one."""
        child = [sys.executable, *sys.argv[:2], port]
        Session.children.append(subprocess.Popen(child))
        self.tell("listening")

    def do_end_children(self):
        """Ends those processes."""
        while self.children:
            child = self.children.pop()
            child.kill()
            child.wait()
        self.tell("ended")

    def do_number(self):
        """Its descriptor of the connection."""
        self.tell(self.connection.fileno())

    def do_as_user(self, user, python, folder, operation):
        """Gives the socket to a process of another user, which has the operation performed."""
        script = (
            "import json, os, sys; sys.path.insert(0, sys.argv[1]); import ttls;"
            "answer = getattr(ttls.Channel(), sys.argv[2])(int(sys.argv[3]));"
            "print(json.dumps({'uid': os.getuid(), 'policy': answer.policy, 'connection': answer.connection}))"
        )
        number = self.connection.fileno()
        command = [python, "-c", script, folder, operation, str(number)]
        run = subprocess.run(command, user=int(user), pass_fds=[number], capture_output=True, text=True, check=True)
        self.connection.sendall(run.stdout.encode())

    def do_forged(self):
        """Passes what no connection of the agent is; the errors by kind."""
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.connect(self.connection.getpeername()[:2])
        pair, _other = socket.socketpair()
        fresh = socket.socket()
        listener = socket.create_server(("127.0.0.1", 0))
        readable, _writable = os.pipe()
        stranger = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        closed = socket.create_connection(listener.getsockname())
        listener.accept()[0].close()
        closed.shutdown(socket.SHUT_RDWR)
        time.sleep(0.1)
        made = {
            "udp": udp,
            "socketpair": pair,
            "unconnected": fresh,
            "listening": listener,
            "pipe": readable,
            "stranger": stranger,
            "accepted stranger": accepted,
            "closed": closed,
        }
        self.tell({kind: result_of(lambda: self.channel.ask(made[kind], ttls.INIT))["error"] for kind in made})

    def do_garbage(self, count, seed):
        """Sends packets of noise, then a proper request."""
        noise = random.Random(int(seed))
        proper = ttls.REQUEST.pack(b"TTLS", 1, 1, 0, 7, 0, 0, 0, 0)
        for number in range(int(count)):
            packet = bytearray(noise.randbytes(noise.randrange(1, 400)) if number % 2 else proper)
            packet[noise.randrange(len(packet))] ^= 1 << noise.randrange(8)
            self.channel.socket.send(packet)
            assert self.channel.receive().errno in (errno.EINVAL, errno.EBADF)
        self.do_query()


def cycles(count, seed):
    """What each cycle carries: {secret: (from the peer, from the program)}."""
    noise = random.Random(seed)
    for _ in range(count):
        yield {
            secret: tuple(
                (b"SECRET" if secret else b"CLEAR") + noise.randbytes(noise.choice([0, 10, 1000, 1000, 40_000]))
                for _ in range(2)
            )
            for secret in (False, True)
        }


def main():
    """Serves for ever."""
    global ttls
    sys.path.insert(0, sys.argv[1])
    ttls = importlib.import_module("ttls")
    serve(socket.create_server(("", int(sys.argv[2]))))


def serve(listener):
    """Serves each connection of a listener."""
    while True:
        greet(listener.accept()[0])


def greet(connection):
    """Serves a connection in a thread."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(b"ready\n")
    threading.Thread(target=Session(connection).serve, daemon=True).start()


if __name__ == "__main__":
    main()
