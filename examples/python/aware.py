"""A service that starts no TLS and refuses to work without: it asks what applies to each connection.

    python3 aware.py PORT

Under a rule that secures its port it works, whatever the peer; under no rule, or one with TTLSEnabled Off, or without ttls,
it says why it does not.
"""

import socket
import sys

import ttls

WHY = {
    ttls.POL_OFF: "no agent carries this connection",
    ttls.POL_NO_POLICY: "no rule covers this connection",
    ttls.POL_NOT_ENABLED: "the rule leaves this connection in clear",
}


def refusal(channel, connection):
    """Why there is nothing to be had on this connection; none where it is secure."""
    answer = channel.query(connection)
    if answer.secure:
        return None
    return WHY.get(answer.policy, "TLS is not up")


def main():
    """Serves one connection after the other."""
    try:
        channel = ttls.Channel()
    except OSError:
        channel = None
    with socket.create_server(("", int(sys.argv[1]))) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                why = refusal(channel, connection) if channel else "there is no agent"
                connection.sendall(f"refused: {why}\n".encode() if why else b"secure: the balance is 42\n")


if __name__ == "__main__":
    main()
