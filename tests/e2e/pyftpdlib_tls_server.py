"""The server: WAY ADDRESS PORT ROOT USER PASSWORD LOW HIGH PEM END."""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, TLS_FTPHandler
from pyftpdlib.servers import ThreadedFTPServer


class Implicit(TLS_FTPHandler):
    """TLS from the first byte, as everybody adds it to pyftpdlib."""

    def handle(self):
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self):
        TLS_FTPHandler.handle(self)

    def ftp_AUTH(self, line):
        self.respond("503 TLS is implicit here.")


class Abrupt(TLS_FTPHandler.dtp_handler):
    """Data connections end with a FIN and no close_notify."""

    def _do_ssl_shutdown(self):
        self._ssl_closing = True
        DTPHandler.close(self)


def main():
    way, address, port, root, user, password, low, high, pem, end = sys.argv[1:]
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    handler = Implicit if way == "implicit" else TLS_FTPHandler
    handler.authorizer = DummyAuthorizer()
    handler.authorizer.add_user(user, password, root, perm="elradfmwMT")
    handler.certfile = pem
    if end == "abrupt":
        handler.dtp_handler = Abrupt
    handler.tls_control_required = way == "explicit"
    handler.tls_data_required = True
    handler.passive_ports = range(int(low), int(high) + 1)
    ThreadedFTPServer((address, int(port)), handler).serve_forever()


main()
