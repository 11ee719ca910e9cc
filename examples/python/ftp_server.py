"""An FTP server that speaks RFC 4217 itself and leaves TLS to ttls: AUTH, PBSZ, PROT and CCC, and AUTH again after CCC.

    python3 ftp_server.py PORT LOW HIGH USER PASSWORD FOLDER

LOW to HIGH are the ports of passive data connections; active ones work too. It has no TLS library: when client and server have agreed, it asks
for TLS over the signaling channel (ttls.py). What it has sent before the request goes out in clear, what it sends later
under TLS. Run it under `ttls run` with a rule for its control port that says ApplicationControlled On and SecondaryMap On
(ftp_server.ttls), or ApplicationControlled Off for implicit FTPS. Needs pyftpdlib.
"""

import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.servers import FTPServer

import ttls

#: The one channel of this process.
channel = ttls.Channel()


def begin(connection, operation, options=0):
    """Starts or stops TLS without waiting; the agent holds what is sent from here on until that is done.

    True where it began. How it ends needs no attention: a handshake that fails ends the connection.
    """
    # Results of earlier ones.
    channel.held.clear()
    try:
        channel.begin(connection, operation, options)
    except ttls.Refused:
        return False
    return True


def protect(connection):
    """Has a data connection under TLS: begins it, unless the policy does so without being asked. No byte goes before that.

    It must not wait for the handshake: a client may shake hands only when it has read the reply to its command.
    """
    channel.held.clear()
    try:
        channel.begin(connection, ttls.INIT)
    except ttls.Refused as refused:
        return refused.answer.policy == ttls.POL_ENABLED
    return True


class Data(DTPHandler):
    """A data connection: under TLS from its first byte where the client wants that.

    No rule of the policy knows its port: SecondaryMap gives it the policy and the TLS session of its control connection.
    """

    def __init__(self, sock, cmd_channel):
        super().__init__(sock, cmd_channel)
        if cmd_channel.protect and not protect(sock):
            self.close()


class Control(FTPHandler):
    """A control connection."""

    dtp_handler = Data
    secure = protect = implicit = False

    proto_cmds = FTPHandler.proto_cmds | {
        "AUTH": {"perm": None, "auth": False, "arg": True, "help": "Syntax: AUTH <SP> TLS (start TLS)."},
        "PBSZ": {"perm": None, "auth": False, "arg": True, "help": "Syntax: PBSZ <SP> 0."},
        "PROT": {"perm": None, "auth": False, "arg": True, "help": "Syntax: PROT <SP> [P|C] (data protection)."},
        "CCC": {"perm": None, "auth": True, "arg": False, "help": "Syntax: CCC (stop TLS)."},
    }

    def handle(self):
        """Greets; where the policy says ApplicationControlled Off, this is implicit FTPS and under TLS already."""
        self.secure = self.protect = self.implicit = channel.query(self.socket).secure
        super().handle()

    def announce(self, command, line):
        """Lets the client resume the session on one more data connection: many use a ticket of TLS 1.3 once."""
        if self.secure and self.protect:
            begin(self.socket, ttls.SEND_SESSION_TICKET)
        return command(self, line)

    def ftp_PASV(self, line):
        """Listens for a data connection."""
        return self.announce(FTPHandler.ftp_PASV, line)

    def ftp_EPSV(self, line):
        """The same for both families."""
        return self.announce(FTPHandler.ftp_EPSV, line)

    def ftp_PORT(self, line):
        """Makes a data connection."""
        return self.announce(FTPHandler.ftp_PORT, line)

    def ftp_EPRT(self, line):
        """The same for both families."""
        return self.announce(FTPHandler.ftp_EPRT, line)

    def switch(self, operation, options=0):
        """Starts or stops TLS behind the reply that was just sent."""
        # Commands that came behind the agreed one would change from one side of it to the other.
        if self.ac_in_buffer or self.producer_fifo or not begin(self.socket, operation, options):
            self.close()
        else:
            self.secure = operation == ttls.INIT

    def ftp_AUTH(self, line):
        """Starts TLS."""
        if self.secure:
            self.respond("503 TLS is on already.")
        elif line.upper() not in ("TLS", "TLS-C", "SSL"):
            self.respond("504 Only TLS is known.")
        else:
            self.respond("234 Start TLS.")
            # What was said in clear may have been anybody's.
            self.flush_account()
            self.switch(ttls.INIT)

    def ftp_PBSZ(self, _line):
        """There is nothing to buffer."""
        self.respond("200 PBSZ=0.") if self.secure else self.respond("503 AUTH first.")

    def ftp_PROT(self, line):
        """Protects data connections or not."""
        if not self.secure:
            self.respond("503 AUTH first.")
        elif self.implicit and line.upper() == "C":
            self.respond("534 The policy protects every connection.")
        elif line.upper() in ("P", "C"):
            self.protect = line.upper() == "P"
            self.respond(f"200 Protection is {line.upper()}.")
        else:
            self.respond("536 Only P and C.")

    def ftp_CCC(self, _line):
        """Stops TLS on the control connection; data connections stay as they are."""
        if self.implicit:
            self.respond("534 The policy protects every connection.")
        elif self.secure:
            self.respond("200 Back to clear.")
            self.switch(ttls.STOP, ttls.PEER_CLOSES_FIRST)
        else:
            self.respond("533 TLS is off.")


def main():
    """Serves until it is ended."""
    port, low, high, user, password, folder = sys.argv[1:]
    Control.authorizer = DummyAuthorizer()
    Control.authorizer.add_user(user, password, folder, perm="elradfmwMT")
    Control.passive_ports = range(int(low), int(high) + 1)
    server = FTPServer(("", int(port)), Control)
    server.serve_forever()


if __name__ == "__main__":
    main()
