"""Applications without a protocol worth the name."""

import socket
import threading


class Echo:
    """An application that says a greeting and then sends back what it gets."""

    def __init__(self, greeting=b""):
        self.greeting = greeting
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(stream,), daemon=True).start()

    def echo(self, stream):
        try:
            stream.sendall(self.greeting)
            while part := stream.recv(4096):
                stream.sendall(part)
        except OSError:
            pass
        finally:
            stream.close()
