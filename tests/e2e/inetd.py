"""A super-server in the manner of inetd: each connection becomes descriptors 0, 1 and 2 of a fresh program.

usage: inetd.py ADDR PORT [ADDR PORT ...] -- COMMAND ...
Writes one line per connection: `peer ADDR PORT pid PID`.
"""

import selectors
import signal
import socket
import subprocess
import sys


def listen(address, port):
    """A listener; an IPv6 one takes IPv6 only."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, int(port)))
    listener.listen(256)
    return listener


def main():
    """Serves until it is ended by a signal."""
    split = sys.argv.index("--")
    where, command = sys.argv[1:split], sys.argv[split + 1 :]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with selectors.DefaultSelector() as ready:
        for address, port in zip(where[::2], where[1::2], strict=True):
            ready.register(listen(address, port), selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                connection, peer = key.fileobj.accept()
                child = subprocess.Popen(command, stdin=connection, stdout=connection, stderr=connection)
                connection.close()
                print(f"peer {peer[0]} {peer[1]} pid {child.pid}", flush=True)


if __name__ == "__main__":
    main()
