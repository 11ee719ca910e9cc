"""An FTP server that negotiates TLS itself and drives it over the signaling channel, with real clients."""

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from clients.base import Target
from clients.curl import Curl
from clients.ftplib import Ftplib
from clients.lftp import Lftp
from clients.libcurl import Libcurl
from conversation import passive_port
from exercise import ORDINARY, exercise, same, written
from impossible import able
from ports import free_port
from processes import Process, wait_until
from raw import Raw, receive_all
from policy import RING
from test_ccc import CurlCcc, LftpCcc
from ttls import binary, carried

EXAMPLES = Path(__file__).parent.parent.parent / "examples" / "python"


class Server:
    """The example under `ttls run`, with the policy that is beside it."""

    def __init__(self, place, rings, daemon, implicit=False):
        self.daemon, self.rings, self.implicit = daemon, rings, implicit
        self.port = free_port()
        low, high = daemon.passive
        text = (EXAMPLES / "ftp_server.ttls").read_text()
        for old, new in (("2121", self.port), ("ftpd", RING)):
            text = text.replace(f" {old}\n", f" {new}\n")
        if implicit:
            text = text.replace("ApplicationControlled         On", "ApplicationControlled         Off")
        policy = place / "policy"
        policy.write_text(text)
        ports = [word for port in (self.port, *range(low, high + 1)) for word in ("--publish", f"127.0.0.1:{port}:{port}")]
        command = [binary(), "run", "--policy", policy, "--keyrings", rings.folder, "--log-format", "json"]
        command += ["--drain", "1", *ports, "--"]
        command += [sys.executable, EXAMPLES / "ftp_server.py", self.port, low, high, daemon.user, daemon.password, daemon.root]
        self.process = Process("ttls", command, place / "log")
        wait_until(lambda: self.process.check_running() or ">>> starting FTP server" in self.process.text(), "the server")

    def target(self, data="EPSV", tls="1.3"):
        """How a client reaches it."""
        daemon = self.daemon
        return Target("127.0.0.1", self.port, daemon.user, daemon.password, data, tls, self.implicit, self.rings.ca)

    def secondaries(self, count):
        """The outcomes of the last data connections, when there are so many since `forget`."""
        found = []

        def ended():
            found[:] = [event for event in self.process.events() if event.get("message") == "connection ended"]
            found[:] = [event for event in found[self.seen :] if event["map"] == "secondary"]
            return len(found) >= count

        wait_until(ended, f"the end of {count} data connections")
        return found

    def forget(self):
        """Outcomes up to here are others' business."""
        wait_until(lambda: not carried("run", self.process.pid), "the end of the connections of others")
        self.seen = -1
        while self.seen != (seen := self.ended()):
            self.seen = seen
            time.sleep(0.1)

    def ended(self):
        """Outcomes that are logged."""
        return sum(event.get("message") == "connection ended" for event in self.process.events())


@pytest.fixture(scope="module")
def server(base, rings, make_daemon):
    place = base / "signal-ftp"
    place.mkdir()
    made = Server(place, rings, make_daemon("pyftpdlib", 30))
    yield made
    made.process.stop()


@pytest.fixture(scope="module")
def implicit(base, rings, make_daemon):
    """The same where the policy secures every connection from its first byte."""
    place = base / "signal-ftp-implicit"
    place.mkdir()
    made = Server(place, rings, make_daemon("pyftpdlib", 30), implicit=True)
    yield made
    made.process.stop()


def all_follow(server, tls, count=1, ends=("complete",)):
    """Every data connection since `forget` followed its control connection, under TLS and to its end."""
    for outcome in (outcomes := server.secondaries(count)):
        assert (outcome["protocol"], outcome["outcome"] in ends) == (f"TLSv{tls}", True), str(outcome)
        assert (outcome["rule"], outcome["environment"]) == ("control", "ftp_server")
    return outcomes


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("kind, data", [(Curl, "EPSV"), (Lftp, "EPSV"), (Libcurl, "EPRT"), (Lftp, "PORT")])
def test_clients_move_files_under_tls(server, work, kind, data, tls):
    server.forget()
    exercise(kind(server.target(data, tls), work), server.daemon, able("pyftpdlib", kind.name))
    outcomes = all_follow(server, tls, 5)
    assert {outcome["direction"] for outcome in outcomes} == {"inbound" if data == "EPSV" else "outbound"}
    # This libcurl keeps the session of active data connections to itself.
    assert kind is Libcurl or {outcome["resumed"] for outcome in outcomes} == {"yes"}


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", [Curl, Lftp])
def test_without_being_asked_the_policy_secures_data_connections_that_no_rule_knows(implicit, work, kind, tls):
    implicit.forget()
    exercise(kind(implicit.target(tls=tls), work), implicit.daemon, able("pyftpdlib", kind.name))
    assert {outcome["resumed"] for outcome in all_follow(implicit, tls, 5)} == {"yes"}


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_client_may_read_the_reply_before_it_shakes_hands_on_a_data_connection(implicit, tls):
    content = b"later" * 1000
    (implicit.daemon.root / "later").write_bytes(content)
    with Raw(implicit.target(tls=tls)) as client:
        client.ready()
        for _ in range(3):
            got, reply = client.download("RETR later", client.socket.session)
            assert got == content, reply
        assert client.upload("STOR sent_later", content, client.socket.session).startswith("226")
    assert (implicit.daemon.root / "sent_later").read_bytes() == content


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_any_number_of_data_connections_resume_the_session_of_their_control_connection(server, tls):
    content = b"resumed" * 1000
    (server.daemon.root / "resumed").write_bytes(content)
    server.forget()
    with Raw(server.target(tls=tls)) as client:
        client.ready()
        for _ in range(8):
            got, reply = client.download("RETR resumed", client.socket.session)
            assert got == content, reply
        client.upload("STOR uploaded", content, client.socket.session)
    # Python closes what it has downloaded without a word, and nobody can know here that it sends nothing.
    outcomes = all_follow(server, tls, 9, ("complete", "truncated"))
    assert {outcome["resumed"] for outcome in outcomes} == {"yes"}
    assert (server.daemon.root / "uploaded").read_bytes() == content


def test_a_stranger_at_a_data_port_is_refused(server):
    (server.daemon.root / "mine").write_bytes(b"mine")
    with Raw(server.target()) as client:
        client.ready()
        port = passive_port(client.talk.expect("EPSV", 229))
        with pytest.raises(OSError):
            with socket.create_connection(("127.0.0.1", port), 10, ("127.0.0.2", 0)) as stranger:
                stranger.settimeout(10)
                stranger.sendall(b"?")
                assert stranger.recv(1) == b"never"
        with socket.create_connection(("127.0.0.1", port), 60) as data:
            client.talk.expect("RETR mine", 125, 150)
            with client.wrap(data, client.socket.session) as stream:
                assert receive_all(stream) == b"mine"
        assert client.talk.reply()[0] == 226


class CurlBack(CurlCcc):
    """curl that checks the example's own reply."""

    mode = "active"

    def call(self, *words):
        printed = Curl.call(self, "--ftp-ssl-ccc", "--ftp-ssl-ccc-mode", self.mode, *words)
        assert "< 200 Back to clear." in self.said
        return printed

    def arguments(self):
        return Curl.arguments(self)


@pytest.mark.parametrize("mode", ["active", "passive"])
def test_curl_moves_files_after_ccc(server, work, mode):
    client = CurlBack(server.target(), work)
    client.mode = mode
    exercise(client, server.daemon, able("pyftpdlib", "curl"))


def test_lftp_moves_files_after_ccc(server, work):
    exercise(LftpCcc(server.target(), work), server.daemon, able("pyftpdlib", "lftp"))


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_auth_works_again_after_ccc(server, tls):
    (server.daemon.root / "again").write_bytes(b"again" * 1000)
    with Raw(server.target(tls=tls)) as client:
        client.ready()
        for _ in range(3):
            client.talk.expect("CCC", 200)
            client.socket = client.socket.unwrap()
            client.talk = client.conversation()
            client.talk.expect("NOOP", 200)
            client.auth()
            client.login()
            client.talk.expect("TYPE I", 200)
            with client.passive() as data:
                client.talk.expect("RETR again", 125, 150)
                with client.wrap(data) as stream:
                    assert receive_all(stream) == b"again" * 1000
            assert client.talk.reply()[0] == 226


class FtplibAgain(Ftplib):
    """ftplib back in clear and secured again: CCC, then AUTH, each by its own call."""

    def again(self):
        ftp = self.connected()
        ftp.ccc()
        # The socket that it is left with still calls itself one of TLS, which auth() refuses.
        ftp.sock = socket.socket(fileno=ftp.sock.detach())
        ftp.sock.settimeout(ftp.timeout)
        ftp.file = ftp.sock.makefile("r", encoding=ftp.encoding)
        assert ftp.voidcmd("NOOP")
        ftp.auth()
        ftp.login(self.target.user, self.target.password)
        ftp.prot_p()


@pytest.mark.parametrize("data", ["EPSV", "EPRT"])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_ftplib_moves_files_after_ccc_and_a_second_auth(server, work, tls, data):
    server.forget()
    client = FtplibAgain(server.target(data, tls), work)
    client.login()
    for _ in range(2):
        client.again()
        exercise_again(client, server)
    client.close()
    all_follow(server, tls, 4)


def exercise_again(client, server):
    """A file there and back."""
    source, back = written(client.work / "source", os.urandom(ORDINARY)), client.work / "back"
    client.put(source, "again.bin")
    client.get("again.bin", back)
    same(back, source, "RETR")
    same(server.daemon.root / "again.bin", source, "STOR")


def test_commands_behind_auth_are_never_executed(server):
    with Raw(server.target()) as client:
        client.greet()
        client.socket.sendall(b"AUTH TLS\r\nUSER injected\r\n")
        client.talk.reply()
        with pytest.raises((OSError, EOFError, AssertionError)):
            client.secure()
