"""The signaling channel: programs that look at and control the TLS of their own connections."""

import errno
import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from policy import RING, block
from ports import free_port
from processes import Process, wait_until
from raw import context
from recorder import Recorder, take_apart
from signal_program import cycles
from ttls import binary

MODULE = Path(__file__).parent.parent.parent / "examples" / "python"
PROGRAM = Path(__file__).parent / "signal_program.py"

#: Packets of noise that are answered well within the patience of the peer.
GARBAGE = 20_000
APPLICATION_CONTROLLED = {"ApplicationControlled": "On"}


class Controlled:
    """The program behind ttls, whose policy leaves TLS to it unless told otherwise."""

    def __init__(self, place, rings, interceptor, advanced=None, enabled="On", program=None, more=(), trace=2):
        self.place = place
        self.rings = rings
        self.port = free_port()
        inner = free_port()
        #: No rule covers the second door, which leads to a port that the program may listen on.
        self.other, self.other_inner = free_port(), free_port()
        self.admin = place / "admin"
        #: TLS is no business of the program's.
        self.from_first_byte = enabled == "On" and advanced == {}
        self.control = place / "control"
        gateway = {"Listen": f"127.0.0.1:{self.port}", "Target": f"127.0.0.1:{inner}"}
        rule = {
            "LocalPortRange": self.port,
            "Direction": "Inbound",
            "TTLSGroupActionRef": "group",
            "TTLSEnvironmentActionRef": "environment",
        }
        blocks = [
            block("TTLSRule", "service", rule),
            block("TTLSGroupAction", "group", {"TTLSEnabled": enabled, "Trace": trace}),
            block(
                "TTLSEnvironmentAction",
                "environment",
                {
                    "HandshakeRole": "Server",
                    "TTLSKeyringParmsRef": "ring",
                    "TTLSEnvironmentAdvancedParmsRef": "advanced",
                },
            ),
            block("TTLSKeyringParms", "ring", {"Keyring": RING}),
            block(
                "TTLSEnvironmentAdvancedParms",
                "advanced",
                {"TLSv1.2": "On", "TLSv1.3": "On", **(APPLICATION_CONTROLLED if advanced is None else advanced)},
            ),
        ]
        blocks += more
        if interceptor == "gateway":
            blocks.insert(0, block("TTLSGateway", "door", gateway))
            other = {"Listen": f"127.0.0.1:{self.other}", "Target": f"127.0.0.1:{self.other_inner}"}
            blocks.insert(0, block("TTLSGateway", "other", other))
        policy = place / "policy"
        policy.write_text("\n".join(blocks))
        common = ["--policy", policy, "--keyrings", rings.folder, "--log-format", "json", "--drain", "1"]
        common += ["--admin", self.admin]
        program = [*(program or (sys.executable, PROGRAM, MODULE)), str(inner)]
        self.processes = []
        if interceptor == "gateway":
            command = [binary(), "agent", *common, "--control", self.control]
            self.start("agent", command)
            wait_until(self.control.exists, "the signaling channel")
            self.start("program", ["env", f"TTLS_CONTROL={self.control}", *program])
        else:
            publish = ["--publish", f"127.0.0.1:{self.port}:{inner}", "--publish", f"127.0.0.1:{self.other}:{self.other_inner}"]
            self.start("agent", [binary(), "run", *common, *publish, "--", *program])
        wait_until(self.is_ready, "the program behind ttls")

    def start(self, name, command):
        """Starts one of the processes."""
        self.processes.append(Process(name, command, self.place / f"{name}.log"))

    def is_ready(self):
        """Does the program greet?"""
        for process in self.processes:
            process.check_running()
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                probe.settimeout(5)
                if self.from_first_byte:
                    probe = context(self.rings.ca, "1.3").wrap_socket(probe, server_hostname="localhost")
                return bool(probe.recv(1))
        except OSError:
            return False

    def peer(self, through=None):
        """A peer in clear that has been greeted; `through`: a recorder."""
        peer = Peer(through.address if through else ("127.0.0.1", self.port), self.rings.ca)
        assert peer.line() == b"ready\n"
        return peer

    def second(self, source=None):
        """A peer at the second door that has been greeted."""
        peer = Peer(("127.0.0.1", self.other), self.rings.ca, source)
        assert peer.line() == b"ready\n"
        return peer

    def status(self):
        """The rows of the status, by connection."""
        command = [binary(), "status", "--json", "--admin", self.admin]
        shown = subprocess.run(command, capture_output=True, check=True, timeout=60)
        return {int(row["conn"], 16): row for row in json.loads(shown.stdout)["connections"]}

    def log(self):
        """All log lines of the agent as dictionaries."""
        return self.processes[0].events()

    def stop(self):
        """Ends everything."""
        for process in reversed(self.processes):
            process.stop()


class Peer:
    """The program's peer: what it says decides when TLS starts and stops, as in any STARTTLS protocol."""

    def __init__(self, address, ca, source=None):
        self.ca = ca
        self.socket = address if isinstance(address, socket.socket) else socket.create_connection(address, 20, source)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def line(self):
        """The next line, read byte by byte so that nothing behind it is taken."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self.socket.recv(1)
            if not byte:
                raise EOFError(line)
            line += byte
        return line

    def exactly(self, count):
        """That many bytes."""
        parts = bytearray()
        while len(parts) < count:
            if not (part := self.socket.recv(count - len(parts))):
                raise EOFError
            parts += part
        return bytes(parts)

    def say(self, *words):
        """Sends a command."""
        self.socket.sendall(" ".join(words).encode() + b"\n")

    def ask(self, *words):
        """Sends a command and returns its result."""
        self.say(*words)
        return json.loads(self.line())

    def secure(self, tls="1.3", session=None):
        """The handshake."""
        self.socket = context(self.ca, tls).wrap_socket(self.socket, server_hostname="localhost", session=session)

    def unsecure(self):
        """The end of TLS."""
        self.socket = self.socket.unwrap()

    def init(self, tls="1.3", session=None):
        """From clear to TLS; the result of the program's request."""
        self.say("init")
        assert self.line() == b"go\n"
        self.secure(tls, session)
        return json.loads(self.line())

    def stop(self):
        """From TLS to clear; the result of the program's request."""
        self.say("stop")
        assert self.line() == b"bye\n"
        self.unsecure()
        return json.loads(self.line())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


@pytest.fixture(scope="module")
def controlled(rings, base):
    """Programs behind ttls, one of each kind."""
    running = {}

    def start(interceptor, **policy):
        key = interceptor, repr(policy)
        if key not in running:
            place = base / f"signal-{len(running)}"
            place.mkdir()
            place.chmod(0o755)
            running[key] = Controlled(place, rings, interceptor, **policy)
        return running[key]

    yield start
    for server in running.values():
        server.stop()


both = pytest.mark.parametrize("interceptor", ["run", "gateway"])


@both
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_program_starts_and_stops_tls_again_and_again(controlled, interceptor, tls):
    with controlled(interceptor).peer() as peer:
        before = peer.ask("query")
        assert (before["error"], before["policy"], before["connection"], before["protocol"]) == (None, 5, 1, 0)
        for _ in range(3):
            begun = peer.init(tls)
            assert (begun["error"], begun["connection"], begun["sec_type"]) == (None, 3, 2)
            status = peer.ask("query")
            assert status["protocol"] == {"1.2": 0x0303, "1.3": 0x0304}[tls]
            assert (status["rule"], status["group"], status["environment"]) == ("service", "group", "environment")
            assert f"{status['cipher']:04X}" in {"1.2": ("C02B", "C02C", "CCA9"), "1.3": ("1301", "1302", "1303")}[tls]
            ended = peer.stop()
            assert (ended["error"], ended["connection"], ended["protocol"]) == (None, 1, 0)


def run_cycles(peer, count, seed):
    """The peer's part of the program's cycles; returns what went in clear, by direction."""
    peer.say("cycles", str(count), str(seed))
    clear = ([b"cycles %d %d\n" % (count, seed)], [b"ready\n"])
    for noise in cycles(count, seed):
        for secret in (False, True):
            ours, reply = noise[secret]
            peer.socket.sendall(ours)
            assert peer.exactly(len(reply)) == reply
            if secret:
                peer.unsecure()
            else:
                clear[0].append(ours)
                clear[1].append(reply)
                peer.secure()
    assert json.loads(peer.line()) == "done"
    clear[1].append(b'"done"\n')
    return clear


@both
def test_no_byte_is_lost_moved_or_leaked_over_many_cycles(controlled, interceptor, request):
    server = controlled(interceptor)
    count = 10_000 if request.config.getoption("--full") else 200
    recorder = Recorder(("127.0.0.1", server.port))
    with server.peer(recorder) as peer:
        clear = run_cycles(peer, count, 4711)
    for taken, pieces in zip(recorder.finish(), clear):
        assert b"SECRET" not in taken
        assert take_apart(taken, pieces) >= 4 * count


def test_what_no_connection_of_the_agent_is_gets_the_documented_error(controlled):
    with controlled("run").peer() as peer:
        assert peer.ask("forged") == {
            "udp": "EPROTOTYPE",
            "socketpair": "EPROTOTYPE",
            "unconnected": "ENOTCONN",
            "listening": "ENOTCONN",
            "pipe": "ENOTSOCK",
            "stranger": "EOPNOTSUPP",
            "accepted stranger": "EOPNOTSUPP",
            "closed": "ENOTCONN",
        }
        assert peer.ask("query")["connection"] == 1


@both
def test_garbage_on_the_channel_is_refused_and_harms_nobody(controlled, interceptor, request):
    server = controlled(interceptor)
    frames = int(os.environ.get("TTLS_FUZZ_FRAMES", 50_000 if request.config.getoption("--full") else 2_000))
    with server.peer() as peer:
        for seed, first in enumerate(range(0, frames, GARBAGE)):
            assert peer.ask("garbage", str(min(GARBAGE, frames - first)), str(seed))["connection"] == 1
        assert peer.init()["connection"] == 3


def test_a_client_that_reads_no_answers_has_few_descriptors_kept(controlled):
    server = controlled("gateway")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client, open(MODULE / "ttls.py") as file:
        client.connect(str(server.control))
        client.settimeout(2)
        # Until the agent reads no more because its answers are not read.
        with pytest.raises(OSError):
            while True:
                socket.send_fds(client, [b"garbage"], [file.fileno()] * 200)
        assert len(list(Path(f"/proc/{server.processes[0].pid}/fd").iterdir())) < 1000


def test_a_socket_of_another_namespace_with_the_same_addresses_is_a_stranger(controlled):
    server = controlled("run")
    module = importlib.util.spec_from_file_location("ttls_channel", MODULE / "ttls.py")
    channel_module = importlib.util.module_from_spec(module)
    sys.modules["ttls_channel"] = channel_module
    module.loader.exec_module(channel_module)
    paths = [line["path"] for line in server.log() if line.get("message") == "signaling channel open"]
    with server.peer() as peer, channel_module.Channel(*paths) as channel:
        # The program's own end, seen from its peer: the same two addresses, outside.
        answer = channel.query(peer.socket)
        assert (answer.policy, answer.connection, answer.rule) == (channel_module.POL_OFF, 1, "")
        with pytest.raises(OSError) as refused:
            channel.init(peer.socket)
        assert refused.value.errno == errno.EOPNOTSUPP


@both
def test_clear_text_that_the_program_has_not_read_refuses_the_start(controlled, interceptor):
    with controlled(interceptor).peer() as peer:
        peer.say("init", "late")
        peer.say("query")
        assert peer.line() == b"go\n"
        refused = json.loads(peer.line())
        assert (refused["error"], refused["reason"], refused["connection"]) == ("EPROTO", 9, 1)
        assert json.loads(peer.line())["connection"] == 1, "and it is read as what it was"
        assert peer.init()["connection"] == 3


@both
def test_a_handshake_that_began_before_the_request_is_taken_for_one(controlled, interceptor):
    with controlled(interceptor).peer() as peer:
        peer.say("init", "late")
        assert peer.line() == b"go\n"
        peer.secure()
        assert json.loads(peer.line())["connection"] == 3


def test_data_that_the_program_has_not_read_refuse_the_stop(controlled):
    with controlled("run").peer() as peer:
        peer.init()
        peer.say("stop", "late")
        peer.say("query")
        assert peer.line() == b"bye\n"
        refused = json.loads(peer.line())
        assert (refused["error"], refused["reason"], refused["connection"]) == ("EPROTO", 7, 3)
        assert json.loads(peer.line())["connection"] == 3
        assert peer.stop()["connection"] == 1


def test_a_caller_that_does_not_wait_hears_of_the_beginning_and_of_the_end(controlled):
    server = controlled("run")
    with server.peer() as peer:
        peer.say("begin")
        assert peer.line() == b"go\n"
        wait_until(lambda: any("asked meanwhile" in process.text() for process in server.processes), "the program's question")
        peer.secure()
        begun, meanwhile, ended = json.loads(peer.line())
        assert (begun["errno"], begun["more"], begun["connection"]) == (115, True, 2)
        assert (meanwhile["error"], meanwhile["connection"]) == ("EAGAIN", 2)
        assert (ended["errno"], ended["id"], ended["connection"]) == (0, begun["id"], 3)


def test_requests_out_of_order_get_the_documented_errors(controlled):
    with controlled("run").peer() as peer:
        expected = {"0x10": "EPROTO", "0x08": "EPROTO", "0x12": "EPERM", "0x20": "EPERM", "0x06": "EPERM", "0x01": "EINVAL"}
        assert {asked: peer.ask("ask", asked)["error"] for asked in expected} == expected
        peer.init()
        expected = {"0x02": "EALREADY", "0x04": None, "0x08": None, "0x40": None, "0x4c": None, "0x80": "EOPNOTSUPP"}
        assert {asked: peer.ask("ask", asked)["error"] for asked in expected} == expected
        peer.stop()
        expected = {"0x04": "EPROTO", "0x08": "EPROTO", "0x10": "EALREADY", "0x40": "EPROTO", "0x80": "EPROTO"}
        assert {asked: peer.ask("ask", asked)["error"] for asked in expected} == expected


def test_what_the_program_has_reset_is_told(controlled):
    server = controlled("run", trace=8)
    with server.peer() as peer:
        peer.init()
        for asked in ("0x04", "0x08", "0x40"):
            assert peer.ask("ask", asked)["error"] is None

    def told():
        events = [event.get("message", "") for event in server.processes[0].events()]
        return [event.rpartition("RC: ")[2] for event in events if event.startswith("EZD1283I") and event.endswith("Reset")]

    wait_until(lambda: len(told()) == 3, "three messages")
    assert told() == ["0 Session Reset", "0 Cipher Reset", "0 Cipher Reset"]


def test_without_tls_13_there_are_no_new_keys_and_no_tickets(controlled):
    with controlled("run").peer() as peer:
        peer.init("1.2")
        expected = {"0x04": None, "0x08": "EOPNOTSUPP", "0x40": "EOPNOTSUPP", "0x44": "EOPNOTSUPP", "0x80": "EOPNOTSUPP"}
        assert {asked: peer.ask("ask", asked)["error"] for asked in expected} == expected
        assert peer.ask("query")["connection"] == 3


def test_a_failed_handshake_ends_the_connection_for_both(controlled):
    server = controlled("run")
    with server.peer() as peer:
        peer.say("init")
        assert peer.line() == b"go\n"
        peer.socket.sendall(b"\x16\x03\x01\x00\x05hello")
        with pytest.raises((ConnectionResetError, EOFError)):
            peer.line()
            peer.line()
    assert wait_until(lambda: [line for line in server.log() if line.get("outcome") == "handshake-failed"], "its outcome")


def test_a_peer_that_waits_for_a_greeting_gets_it_in_clear_where_that_is_allowed(controlled):
    advanced = APPLICATION_CONTROLLED | {"HandshakeTimeout": "3"}
    with controlled("run", advanced=advanced).peer() as peer:
        result = peer.ask("init_or_clear")
        assert (result["error"], result["connection"]) == (None, 1)
        peer.say("init_or_clear")
        peer.secure()
        assert json.loads(peer.line())["connection"] == 3


def test_a_program_that_may_not_control_its_tls_may_look_at_it(controlled):
    server = controlled("run", advanced={})
    with Peer(("127.0.0.1", server.port), server.rings.ca) as peer:
        peer.secure()
        assert peer.line() == b"ready\n"
        status = peer.ask("query")
        assert (status["error"], status["policy"], status["connection"], status["certificate_length"]) == (None, 4, 3, 0)
        assert peer.ask("query", "localhost")["host"] == 1
        assert peer.ask("ask", "0x10")["error"] == "EACCES"


def test_a_program_whose_rule_leaves_it_in_clear_hears_so(controlled):
    with controlled("run", enabled="Off").peer() as peer:
        status = peer.ask("query")
        assert (status["policy"], status["connection"], status["rule"]) == (3, 1, "service")
        assert peer.ask("ask", "0x02")["error"] == "EOPNOTSUPP"


AWARE = [sys.executable, MODULE / "aware.py"]


def first_line(peer):
    """What the service says first, to its end."""
    with peer:
        return peer.line().decode()


@pytest.mark.parametrize("enabled, answer", [("On", "secure: "), ("Off", "refused: the rule leaves ")])
def test_an_aware_program_refuses_to_work_in_clear(controlled, enabled, answer):
    server = controlled("run", advanced={}, enabled=enabled, program=tuple(AWARE))
    peer = Peer(("127.0.0.1", server.port), server.rings.ca)
    if enabled == "On":
        peer.secure()
    assert first_line(peer).startswith(answer)


def test_an_aware_program_refuses_to_work_where_there_is_no_agent(work):
    port = free_port()
    process = Process("aware", ["env", "-u", "TTLS_CONTROL", *AWARE, str(port)], work / "log")

    def answered():
        try:
            return first_line(Peer(("127.0.0.1", port), None))
        except ConnectionRefusedError:
            return None

    try:
        assert wait_until(answered, "the service").startswith("refused: ")
    finally:
        process.stop()


LIBRARY = Path(__file__).parent.parent.parent / "crates" / "signal" / "c"


@pytest.fixture(scope="module")
def starttls(base):
    """The C example, built against the library beside the ttls under test."""
    made = base / "starttls"
    where = binary().parent
    assert (where / "libttls.so").exists(), "there is no libttls: build the package ttls-c"
    source = MODULE.parent / "c" / "starttls.c"
    places = [f"--define-variable=includedir={LIBRARY}", f"--define-variable=libdir={where}"]
    asked = ["pkg-config", *places, "--cflags", "--libs", LIBRARY / "ttls.pc"]
    flags = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()
    command = ["cc", "-Wall", "-Wextra", "-Werror", "-o", made, source, *flags, f"-Wl,-rpath,{where}"]
    subprocess.run(command, check=True)
    return made


@both
def test_a_c_program_starts_and_stops_tls(controlled, starttls, interceptor):
    server = controlled(interceptor, program=(str(starttls),))
    peer = Peer(("127.0.0.1", server.port), server.rings.ca)

    def told(word):
        peer.say(word)
        return peer.line().decode().split()

    with peer:
        assert peer.line() == b"220 ready\n"
        for _ in range(2):
            assert told("STATUS") == ["220", "clear", "0000", "0000", "service"]
            assert told("STARTTLS") == ["220", "go", "ahead"]
            peer.secure()
            assert told("STATUS")[:3] == ["220", "secure", "0304"]
            assert told("secret") == ["250", "secret"]
            assert told("STOPTLS") == ["220", "back", "to", "clear"]
            peer.unsecure()
