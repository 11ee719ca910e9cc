"""`ttls run`: the daemon lives in a world of its own, sees its clients as they are, and leaves nothing behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clients import CLIENTS
from conversation import passive_address, passive_port
from daemons import DAEMONS
from daemons.base import UNPACKED, Peer
from exercise import exercise, new_folder, written
from impossible import able
from processes import alive, descendants, wait_until
from raw import Raw, receive_all
from ttls import INNER, KeyRings, binary, connections, listeners

CLIENT, SERVER = "127.0.0.77", "127.0.0.42"


@pytest.fixture(scope="module")
def everywhere(make_ttls):
    """Daemons published on every address, one of each name."""
    running = {}

    def start(name):
        if name not in running:
            running[name] = make_ttls(name).run(publish_on=(None,))
        return running[name]

    return start


# What the daemon sees


@pytest.mark.parametrize("daemon", DAEMONS)
@pytest.mark.parametrize("start", ["explicit", "implicit"])
def test_the_daemon_sees_the_clients_address_and_port(everywhere, daemon, start):
    server = everywhere(daemon)
    folder, disk = new_folder(server.daemon)
    written(disk / "listed", b"x")
    with Raw(server.target(implicit=start == "implicit"), source=(CLIENT, 0)).ready() as client:
        inside = daemon_side(server)
        seen = [row for row in inside if (row.remote, row.remote_port) == client.local]
        assert [(row.local, row.local_port) for row in seen] == [("127.0.0.1", INNER)], inside
        assert b"listed" in client.download(f"NLST {folder}")[0]
        client.quit()
    if server.daemon.name == "pureftpd":
        return  # logs files only, see the next test
    port = client.local[1] if server.daemon.logs_port else None
    wait_until(lambda: Peer(CLIENT, port) in server.daemon.peers(), "the client in the daemon's log")


def daemon_side(server):
    """Connections as the processes below ttls see them."""
    outside = network_namespace("self")
    inside = [pid for pid, _ in descendants(server.pid) if network_namespace(pid) not in (outside, None)]
    assert inside, "no process of ttls is in a network namespace of its own"
    return {row for pid in inside for row in connections(pid)}


def test_the_transfer_log_names_the_clients_address(everywhere, work):
    server = everywhere("pureftpd")
    folder, _ = new_folder(server.daemon)
    with Raw(server.target(), source=(CLIENT, 0)).ready() as client:
        assert client.upload(f"STOR {folder}/file", b"content").startswith("226")
    wait_until(lambda: Peer(CLIENT, None) in server.daemon.peers(), "the client in the daemon's log")


@pytest.mark.parametrize("daemon", DAEMONS)
def test_the_passive_reply_needs_no_rewriting(everywhere, daemon):
    server = everywhere(daemon)
    target = server.target(host=SERVER)
    # The certificate does not name this address; its name is not what is tried here.
    with Raw(server.target(), source=(CLIENT, 0)) as known, socket.create_connection((SERVER, target.port), 60) as raw:
        known.close()
        known.socket = raw
        known.talk = known.conversation()
        known.ready()
        reply = known.talk.expect("PASV", 227)
    assert passive_address(reply) == SERVER
    low, high = server.daemon.passive
    if daemon != "inetutils":
        assert low <= passive_port(reply) <= high
    if daemon == "vsftpd":
        assert f'"{reply}"' in server.daemon.log("vsftpd.log").replace('\\"', '"')


def test_a_daemon_does_not_meet_itself_at_the_address_of_a_client_on_its_machine(make_ttls):
    server = make_ttls("vsftpd").run()
    folder, disk = new_folder(server.daemon)
    written(disk / "file", b"content")
    outside = network_namespace(server.pid)
    inside = next(pid for pid, _ in descendants(server.pid) if network_namespace(pid) not in (outside, None))
    with Raw(server.target()).ready() as client, client.active() as listener:
        # vsftpd binds before it connects; then the kernel tries the second of two first, and inside nobody listens there.
        port = listener.getsockname()[1]
        ports = f"echo {port - 1} {port} > /proc/sys/net/ipv4/ip_local_port_range"
        subprocess.run(["nsenter", f"--net=/proc/{inside}/ns/net", "sh", "-c", ports], check=True)
        client.talk.send(f"RETR {folder}/file")
        with client.wrap(listener.accept()[0]) as data:
            assert receive_all(data) == b"content"
        assert [client.talk.reply()[0] for _ in range(2)] == [150, 226]


def test_nothing_of_the_daemon_is_on_the_network(everywhere):
    server = everywhere("proftpd")
    low, high = server.daemon.passive
    published = {server.policy.explicit, server.policy.implicit}
    with Raw(server.target()).ready() as client:
        announced = passive_port(client.talk.expect("EPSV", 229))
        open_now = {row.local_port for row in listeners("self")}
        assert INNER not in open_now
        assert {port for port in open_now if low <= port <= high} <= {announced}
        assert published <= open_now
        client.quit()


# Who may run it


@pytest.fixture(scope="module")
def ordinary(make_ttls, account, base):
    """pyftpdlib under `ttls run`, all of it as an ordinary user."""
    server = make_ttls("pyftpdlib")
    # Checkouts and interpreters may lie in folders that only root may enter.
    place = base / "ordinary"
    place.mkdir()
    program = place / "ttls"
    shutil.copy(binary(), program)
    packages = next(Path(path) for path in sys.path if (Path(path) / "pyftpdlib").is_dir())
    for package in ("pyftpdlib", "asyncore", "asynchat", "pyasyncore", "pyasynchat"):
        if (packages / package).is_dir():
            shutil.copytree(packages / package, place / package)
    server.rings = KeyRings(shutil.copytree(server.rings.folder, place / "keyrings"))
    give(account, server.place, server.daemon.place, place)
    server.daemon.python = "/usr/bin/python3"
    user = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--inh-caps=-all"]
    environment = ["env", "-i", f"PATH={os.environ['PATH']}", f"HOME={place}", f"PYTHONPATH={place}"]
    return server.run(user=[*user, "--", *environment], program=program)


def uid(pid):
    """The user that a process runs as."""
    return int(re.search(r"^Uid:\t(\d+)", Path(f"/proc/{pid}/status").read_text(), re.M)[1])


def give(account, *folders):
    """Makes an ordinary user the owner of folders and what is in them."""
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.uid, account.gid)


@pytest.mark.parametrize("host, data", [("127.0.0.1", "PASV"), ("::1", "EPSV"), ("127.0.0.1", "PORT"), ("::1", "EPRT")])
@pytest.mark.parametrize("client", ["libcurl", "ftplib"])
def test_an_ordinary_user_can_run_it(ordinary, work, client, host, data):
    everybody = [ordinary.pid, *(pid for pid, _ in descendants(ordinary.pid))]
    assert {uid(pid) for pid in everybody} == {ordinary.daemon.account.uid}
    exercise(CLIENTS[client](ordinary.target(host, data), work), ordinary.daemon, able("pyftpdlib", client))


def test_the_ordinary_users_daemon_sees_the_clients_port(ordinary):
    with Raw(ordinary.target(), source=(CLIENT, 0)).ready() as client:
        client.quit()
    wait_until(lambda: Peer(CLIENT, client.local[1]) in ordinary.daemon.peers(), "the client in the daemon's log")


# How it ends


def run_program(server, *command, **options):
    """`ttls run` of any program, as a Popen."""
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    words = [binary(), "run", *server.common(), "--", *command]
    return subprocess.Popen([str(word) for word in words], text=True, stdin=subprocess.DEVNULL, **options)


@pytest.fixture
def idle(make_ttls):
    """A policy and nothing in front of which it stands."""
    return make_ttls("pyftpdlib")


@pytest.mark.parametrize(
    "script, status", [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 128 + 15), ("kill -KILL $$", 128 + 9)]
)
def test_the_exit_status_of_the_program_is_returned(idle, script, status):
    assert run_program(idle, "sh", "-c", script).wait(60) == status


def test_a_program_that_does_not_exist_is_an_error(idle):
    program = run_program(idle, "/no/such/program")
    _, said = program.communicate(timeout=60)
    assert program.returncode not in (0, 101)
    assert "/no/such/program" in said


def test_the_programs_output_is_its_own(idle):
    program = run_program(idle, "sh", "-c", "echo out; echo err >&2")
    out, err = program.communicate(timeout=60)
    assert out == "out\n"
    assert "err\n" in err


@pytest.mark.parametrize("nicer", [0, 3])
def test_the_program_has_the_place_among_others_that_it_was_started_with(idle, nicer):
    program = run_program(idle, "sh", "-c", "nice; chrt -p $$", preexec_fn=lambda: os.nice(nicer))
    out, _ = program.communicate(timeout=60)
    assert out.startswith(f"{os.nice(0) + nicer}\n")
    assert "SCHED_OTHER" in out


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM"])
def test_signals_reach_the_program(idle, name):
    script = f"trap 'echo got {name}; exit 5' {name}; echo ready; while :; do sleep 0.05; done"
    program = run_program(idle, "sh", "-c", script, start_new_session=True)
    assert program.stdout.readline() == "ready\n"
    program.send_signal(getattr(signal, f"SIG{name}"))
    out, _ = program.communicate(timeout=60)
    assert (out, program.returncode) == (f"got {name}\n", 5)


def test_a_program_that_ignores_the_end_is_ended(idle):
    program = run_program(idle, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done", start_new_session=True)
    assert program.stdout.readline() == "ready\n"
    below = descendants(program.pid)
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=60)
    assert not alive(below)


def test_a_daemon_that_forks_into_the_background_is_supervised(make_ttls, account, work):
    server = make_ttls("inetutils")
    pid_file = server.daemon.place / "pid"
    server.run(command=[UNPACKED / "usr/sbin/ftpd", "-D", "-4", "-l", f"--pidfile={pid_file}"], hosts=("127.0.0.1",))
    exercise(CLIENTS["curl"](server.target(), work), server.daemon, able("inetutils", "curl"))
    daemon = int(pid_file.read_text())
    below = dict(descendants(server.pid))
    assert daemon in below
    server.stop()
    assert not alive([(daemon, below[daemon])])


def test_killed_in_the_middle_of_a_transfer_it_exposes_and_leaves_nothing(make_ttls, work, big_file):
    before = leftovers()
    server = make_ttls("vsftpd").run()
    folder, disk = new_folder(server.daemon)
    os.link(big_file, disk / "big")
    below = descendants(server.pid)
    namespaces = {namespace for pid, _ in below if (namespace := network_namespace(pid))} - {network_namespace("self")}
    assert namespaces
    client = Raw(server.target()).ready()
    data = client.passive()
    port = data.getpeername()[1]
    client.talk.expect(f"RETR {folder}/big", 150)
    stream = client.wrap(data)
    assert stream.recv(1000)

    os.kill(server.pid, signal.SIGKILL)
    server.process.popen.wait(60)

    for number in (server.policy.explicit, server.policy.implicit, INNER, port):
        for host in ("127.0.0.1", "::1"):
            with pytest.raises(OSError):
                socket.create_connection((host, number), 5).close()
    wait_until(lambda: not alive(below), "the end of the daemon after its agent's")
    assert not namespaces & namespaces_in_use()
    client.close()
    data.close()

    server.restart()
    exercise(CLIENTS["curl"](server.target(), work), server.daemon, able("vsftpd", "curl"))
    server.stop()
    assert leftovers() == before


def namespaces_in_use():
    """Network namespaces that a process is in."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.add(os.readlink(entry / "ns/net"))
            except OSError:
                continue
    return found


def network_namespace(pid):
    """Its network namespace; None where it has just ended."""
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return None


def leftovers():
    """What a program may leave on the host: named namespaces, nft tables, routing rules, mounts of namespaces.

    Not the machines of tests that run at the same time.
    """
    commands = (["ip", "netns", "list"], ["nft", "list", "tables"], ["ip", "rule"], ["ip", "-6", "rule"])
    said = [subprocess.run(command, capture_output=True, text=True, check=False).stdout for command in commands]
    said[0] = [name for name in said[0].splitlines() if not name.startswith("ttls-e2e-")]
    lines = Path("/proc/self/mounts").read_text().splitlines()
    mounts = [line for line in lines if re.search(r"nsfs|ttls", line) and "/ttls-e2e-" not in line]
    places = [sorted(path.name for path in Path(place).glob("*ttls*") if not shared(path.name)) for place in ("/run", "/tmp", "/var/run")]
    return said, mounts, places


def shared(name):
    """What tests that run at the same time make too: their own folders, a demo's, and the folders for all agents of a user."""
    return name.startswith(("ttls-e2e", "ttls-demo-")) or re.fullmatch(r"ttls(-\d+)?", name)


# The program's own world


def test_the_program_can_reach_itself_and_names_are_resolved(idle):
    script = (
        "import socket, threading\n"
        "listener = socket.create_server(('127.0.0.1', 0))\n"
        "threading.Thread(target=lambda: listener.accept()[0].sendall(b'inside'), daemon=True).start()\n"
        "print(socket.create_connection(listener.getsockname(), 60).recv(9).decode())\n"
        "print(socket.gethostbyname('localhost'))\n"
    )
    out, _ = run_program(idle, "/usr/bin/python3", "-c", script).communicate(timeout=60)
    assert out.splitlines() == ["inside", "127.0.0.1"]


def test_an_outbound_connection_that_no_rule_covers_is_relayed(idle):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)

        def answer():
            stream, _ = listener.accept()
            with stream:
                stream.sendall(b"outside")

        threading.Thread(target=answer, daemon=True).start()
        port = listener.getsockname()[1]
        script = f"import socket; print(socket.create_connection(('127.0.0.1', {port}), 60).recv(9).decode())"
        out, _ = run_program(idle, "/usr/bin/python3", "-c", script).communicate(timeout=60)
    assert out == "outside\n"
