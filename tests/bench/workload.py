"""One run of the load generator, with the processor time that it cost the servers."""

import json
import subprocess
import time

from contestants import LOAD


def run(command, server, seconds=120):
    """The generator's report, with `processor`: the server side's seconds."""
    before = server.meter.seconds()
    done = subprocess.run([str(word) for word in [LOAD, *command]], capture_output=True, text=True, timeout=seconds)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")
    # Sessions end a moment after their clients.
    time.sleep(0.2)
    report = json.loads(done.stdout)
    report["processor"] = server.meter.seconds() - before
    return report
