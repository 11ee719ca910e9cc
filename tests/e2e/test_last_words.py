"""A program under `ttls run` that is gone: what it did last takes its course all the same."""

import os
import signal
import socket
import subprocess
import threading

import pytest

from processes import alive, descendants, wait_until
from raw import receive_all
from ttls import binary
from wrapped_clients import outcomes

#: Connections at the same time: with one, ttls looks at things in the right order most of the time.
MANY = 40

WAITS = """
print("ready", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
"""

SPEAKS = f"""
import os, socket, sys, time
{WAITS}
streams = [socket.create_connection(("127.0.0.1", int(sys.argv[2]))) for _ in range({MANY})]
for stream in streams:
    stream.sendall(b"last words")
os._exit(0)
"""

LEAVES = f"""
import ftplib, os, sys, time
sessions = [ftplib.FTP(timeout=60) for _ in range({MANY})]
for ftp in sessions:
    ftp.connect(sys.argv[2], int(sys.argv[3]))
    ftp.login(sys.argv[4], sys.argv[5])
{WAITS}
os._exit(0)
"""


def unnoticed(common, text, word, *arguments):
    """Runs a Python program that does its last thing and ends while ttls is stopped: ttls learns of all that at once.

    Returns the outcomes.
    """
    command = [binary(), "run", *common, "--", "/usr/bin/python3", "-c", text, word, *arguments]
    program = subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout.readline() == "ready\n"
    below = descendants(program.pid)
    os.kill(program.pid, signal.SIGSTOP)
    try:
        word.touch()
        wait_until(lambda: len(alive(below)) < len(below), "the end of the program")
    finally:
        os.kill(program.pid, signal.SIGCONT)
    _, log = program.communicate(timeout=60)
    assert program.returncode == 0, log
    return outcomes(log)


def test_what_it_wrote_on_connections_that_nobody_had_seen_yet_arrives(make_ttls, work):
    common = make_ttls("pyftpdlib").common()
    heard = []

    def hear(listener):
        for _ in range(MANY):
            with listener.accept()[0] as stream:
                heard.append(receive_all(stream))

    with socket.create_server(("127.0.0.1", 0), backlog=MANY) as listener:
        listener.settimeout(60)
        hearing = threading.Thread(target=hear, args=[listener], daemon=True)
        hearing.start()
        ended = unnoticed(common, SPEAKS, work / "word", listener.getsockname()[1])
        hearing.join(60)
    assert [outcome["outcome"] for outcome in ended] == ["complete"] * MANY
    assert heard == [b"last words"] * MANY


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_control_connections_that_it_left_without_a_word_ended_in_order(wrapping, work, tls):
    ttls = wrapping("pyftpdlib", "run", tls=tls)
    server = ttls.partner.server
    arguments = (*ttls.where("explicit", "ipv4"), server.user, server.password)
    ended = unnoticed(ttls.common(), LEAVES, work / "word", *arguments)
    assert [outcome["outcome"] for outcome in ended] == ["complete"] * MANY
