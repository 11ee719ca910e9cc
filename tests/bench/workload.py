"""A client's work, with the processor time that it cost the servers."""

import json
import subprocess
import time

from contestants import LOAD


def run(command, server):
    """The generator's report, with `processor`: the server side's seconds."""
    text, processor = metered([LOAD, *command], server)
    return json.loads(text) | {"processor": processor}


def metered(command, server, seconds=120):
    """What a client says, and the server side's processor seconds."""
    before = server.meter.seconds()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds)
    if done.returncode:
        raise RuntimeError(f"{command[0]} {command[1]}: {done.stderr.strip()}")
    # Sessions end a moment after their clients.
    time.sleep(0.2)
    return done.stdout, server.meter.seconds() - before
