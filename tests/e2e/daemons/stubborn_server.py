"""A plain FTP server with the faults that no well-kept daemon shows on demand. One thread a session.

It says 150 at once, dials an active client only a moment later, whatever has become of the control connection, and
remembers PORT for ever. It writes how each upload ended: `end`, as for a complete file, or `reset`.
"""

import re
import socket
import sys
import threading
import time

SECRET = b"what must not be seen in clear\n"


class Session:
    def __init__(self, control):
        self.control = control
        self.client = None
        self.listener = None

    def say(self, line):
        try:
            self.control.sendall(line.encode() + b"\r\n")
        except OSError:
            pass

    def serve(self):
        self.say("220 stubborn")
        lines = self.control.makefile("rb")
        try:
            for line in lines:
                word, _, argument = line.decode().strip().partition(" ")
                getattr(self, word.lower(), self.unknown)(argument)
        except ConnectionResetError:
            pass  # What was begun goes on.

    def unknown(self, _):
        self.say("200 fine")

    def user(self, _):
        self.say("331 password")

    def pass_(self, _):
        self.say("230 in")

    def port(self, argument):
        numbers = [int(number) for number in re.findall(r"\d+", argument)]
        self.client = ".".join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5]
        self.say("200 noted")

    def epsv(self, _):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.say(f"229 listening (|||{self.listener.getsockname()[1]}|)")

    def retr(self, _):
        self.say("150 soon")
        threading.Thread(target=self.send, args=(self.client,)).start()

    def send(self, client):
        time.sleep(0.5)
        try:
            with socket.create_connection(client, 5) as data:
                data.sendall(SECRET)
            self.say("226 sent")
        except OSError as error:
            print("dial", error, flush=True)
            self.say("425 not sent")

    def stor(self, _):
        self.say("150 send")
        threading.Thread(target=self.receive, args=(self.listener,)).start()

    def receive(self, listener):
        try:
            with listener.accept()[0] as data:
                print("connected", flush=True)
                while data.recv(65536):
                    pass
            print("upload end", flush=True)
            self.say("226 complete")
        except OSError:
            print("upload reset", flush=True)
            self.say("426 reset")


setattr(Session, "pass", Session.pass_)


def main(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.create_server((address, port), family=family, dualstack_ipv6=address == "::")
    while True:
        control, _ = server.accept()
        threading.Thread(target=Session(control).serve, daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
