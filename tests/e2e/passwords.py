"""Passwords of the daemons' users."""

import secrets
import subprocess


def hashed(password):
    """A crypt(3) hash that a log-in computes in half a millisecond of a processor.

    What systems and daemons choose by themselves takes 2 ms to a second, beside which nothing else of a log-in shows.
    """
    salt = f"rounds=1000${secrets.token_hex(8)}"
    return subprocess.run(
        ["openssl", "passwd", "-6", "-salt", salt, password], capture_output=True, text=True, check=True
    ).stdout.strip()
