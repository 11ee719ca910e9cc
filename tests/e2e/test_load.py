"""200 sessions at once, 5 MB each way in each: all intact, and ttls stays small."""

import subprocess
import sys
from pathlib import Path

import pytest

from exercise import new_folder

SESSIONS, PROCESSES, SIZE = 200, 4, 5_000_000
MEMORY = 64 * 1024 * 1024


@pytest.mark.parametrize("daemon, interceptor", [("pureftpd", "gateway"), ("vsftpd", "run")])
def test_200_sessions_at_once(make_ttls, daemon, interceptor):
    server = make_ttls(daemon, passive_ports=500)
    server = server.run() if interceptor == "run" else server.gateway()
    name, disk = new_folder(server.daemon)
    target = server.target()
    share = SESSIONS // PROCESSES
    workers = [
        subprocess.Popen(
            [
                *(sys.executable, "load.py", target.host, str(target.port), target.user, target.password),
                *(str(target.ca), name, str(first), str(share), str(SIZE)),
            ],
            cwd=Path(__file__).parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in range(0, SESSIONS, share)
    ]
    try:
        for worker in workers:
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        assert [worker.communicate(timeout=600)[0] for worker in workers] == [f"done {share}\n"] * PROCESSES
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(60)
    server.settle()
    assert server.memory() < MEMORY
    assert [path.stat().st_size for path in disk.iterdir()] == [SIZE] * SESSIONS
    ended = [outcome["outcome"] for outcome in server.outcomes() if outcome["map"] == "secondary"]
    assert ended == ["complete"] * (2 * SESSIONS)
    server.stop()
