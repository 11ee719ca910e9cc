"""Other users on the signaling channel: they may speak, and hold nothing that they could speak about."""

import contextlib
import json
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from test_signal import MODULE, Controlled

PYTHON = "/usr/bin/python3"

#: What another user tries: its arguments are the folder of the module, the channel, the program's port, the admin
#: socket, the program's process and a descriptor of it.
STRANGER = '''
import ctypes, errno, json, os, socket, sys
folder, path, port, admin, pid, descriptor = sys.argv[1:]
sys.path.insert(0, folder)
import ttls
assert os.getuid() != 0
tried = {}
def attempt(name, call):
    try:
        tried[name] = call()
    except OSError as error:
        tried[name] = "EOPNOTSUPP" if error.errno == errno.EOPNOTSUPP else errno.errorcode[error.errno]
channel = ttls.Channel(path)
near = socket.create_connection(("127.0.0.1", int(port)), 60)
assert near.recv(6) == b"ready\\n"
for name, operation in (("query", 0), ("init", ttls.INIT), ("stop", ttls.STOP), ("keys", ttls.RESET_CIPHER)):
    attempt(f"{name} at the peer's end", lambda: channel.ask(near, operation).policy)
# Its own connection whose two addresses it chooses like those of the program's, as far as it can.
ours = socket.create_server(("127.0.0.1", 0))
far = socket.create_connection(ours.getsockname())
attempt("init of an own connection", lambda: channel.init(far).policy)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.connect(near.getpeername())
attempt("init of a UDP socket", lambda: channel.init(udp).policy)
attempt("init of a file", lambda: channel.ask(os.open("/dev/null", os.O_RDWR), ttls.INIT).policy)
def steal():
    pidfd = os.pidfd_open(int(pid))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(438, pidfd, int(descriptor), 0) < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return "stolen"
attempt("taking the program's socket", steal)
attempt("opening it under /proc", lambda: os.open(f"/proc/{pid}/fd/{descriptor}", os.O_RDWR))
attempt("the admin socket", lambda: socket.socket(socket.AF_UNIX).connect(admin))
def replace():
    os.unlink(path)
    return "gone"
attempt("removing the channel", replace)
packet = bytearray(ttls.REQUEST.pack(b"TTLS", 1, 1, 0, 7, ttls.INIT, 0, 0, 0))
channel.socket.send(packet)
tried["no socket"] = errno.errorcode[channel.receive().errno]
channel.socket.send(b"garbage")
tried["garbage"] = errno.errorcode[channel.receive().errno]
print(json.dumps(tried))
'''


@pytest.fixture(scope="module")
def server(rings, base):
    """The program behind a gateway, and a module that others may read."""
    place = base / "signal-users"
    place.mkdir()
    place.chmod(0o755)
    (place / "ttls.py").write_text((MODULE / "ttls.py").read_text())
    running = Controlled(place, rings, "gateway")
    yield running
    running.stop()


def test_another_user_can_neither_see_nor_control_a_connection_whose_socket_it_does_not_hold(server, account):
    with server.peer() as peer:
        peer.init()
        descriptor = peer.ask("number")
        program = server.processes[1]
        arguments = [server.place, server.control, server.port, server.admin, program.pid, descriptor]
        run = subprocess.run(
            [PYTHON, "-c", STRANGER, *map(str, arguments)],
            **{"user": account.uid, "group": account.gid, "extra_groups": []},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        assert json.loads(run.stdout) == {
            # Nobody's connection, as without an agent: no rule, no names, nothing to tell it by.
            "query at the peer's end": 1,
            "init at the peer's end": "EOPNOTSUPP",
            "stop at the peer's end": "EOPNOTSUPP",
            "keys at the peer's end": "EOPNOTSUPP",
            "init of an own connection": "EOPNOTSUPP",
            "init of a UDP socket": "EPROTOTYPE",
            "init of a file": "ENOTSOCK",
            "taking the program's socket": "EPERM",
            "opening it under /proc": "EACCES",
            "the admin socket": "EACCES",
            "removing the channel": "EACCES",
            "no socket": "EBADF",
            "garbage": "EINVAL",
        }
        assert peer.ask("query")["connection"] == 3, "the agent is up, the connection as it was"
        assert peer.stop()["connection"] == 1


def test_whoever_was_given_the_socket_may_control_it_whatever_the_user(server, account):
    with server.peer() as peer:
        given = peer.ask("as_user", str(account.uid), PYTHON, str(server.place), "query")
        assert (given["uid"], given["policy"], given["connection"]) == (account.uid, 5, 1)
        peer.say("as_user", str(account.uid), PYTHON, str(server.place), "init")
        peer.secure()
        assert json.loads(peer.line())["connection"] == 3


def test_many_clients_of_one_user_have_few_descriptors_kept(server):
    """64 requests of each client could be on their way, each with two descriptors."""
    folder = Path(f"/proc/{server.processes[0].pid}/fd")
    most, over = 0, threading.Event()

    def flood(file):
        with contextlib.ExitStack() as stack:
            clients = []
            for _ in range(50):
                client = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
                client.connect(str(server.control))
                client.setblocking(False)
                clients.append(client)
            while not over.is_set():
                for client in clients:
                    # Until the agent reads no more because its answers are not read, and then has enough of it.
                    with contextlib.suppress(OSError):
                        socket.send_fds(client, [b"garbage"], [file.fileno()] * 2)

    with open(MODULE / "ttls.py") as file:
        threads = [threading.Thread(target=flood, args=(file,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 6
        while time.monotonic() < end:
            most = max(most, len(list(folder.iterdir())))
            time.sleep(0.1)
        over.set()
        for thread in threads:
            thread.join()
    assert most < 7500, "2,048 requests of a user, 8 packets that are looked through, and its clients"
    with server.peer() as peer:
        assert peer.init()["connection"] == 3


def test_a_user_with_too_many_clients_keeps_out_nobody_else(server, account):
    crowd = f"""
import errno, select, socket, sys, time
sys.path.insert(0, {str(server.place)!r})
import resource, ttls
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
channels = [ttls.Channel({str(server.control)!r}) for _ in range(1030)]
# They are looked at in any order.
refused, end = [], time.monotonic() + 30
while len(refused) < 6 and time.monotonic() < end:
    poll = select.poll()
    by_number = {{channel.fileno(): channel for channel in channels}}
    for number in by_number:
        poll.register(number, select.POLLIN)
    for number, _ in poll.poll(1000):
        refused.append(by_number[number].receive())
        channels.remove(by_number[number])
print(len(refused), all((one.errno, one.reason) == (errno.EAGAIN, 20) for one in refused), flush=True)
sys.stdin.read()
"""
    started = subprocess.Popen(
        [PYTHON, "-c", crowd],
        **{"user": account.uid, "group": account.gid, "extra_groups": []},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert started.stdout.readline() == "6 True\n"
        with server.peer() as peer:
            assert peer.init()["connection"] == 3
    finally:
        started.stdin.close()
        assert started.wait(60) == 0
