"""`ttls agent`: gateways in front of daemons that see the gateway instead of the client."""

import errno
import os
import socket

import pytest

from clients import CLIENTS
from clients.base import ClientError, Target
from clients.curl import Curl
from conversation import passive_address, passive_port
from exercise import exercise, new_folder, written
from impossible import able
from ports import free_port, free_range
from processes import Process, wait_until
from raw import Raw
from ttls import binary, spell


@pytest.fixture(scope="module")
def crossed(make_ttls):
    """IPv4 outside and IPv6 inside, and the other way round."""
    server = make_ttls("vsftpd")
    inner = free_port()
    server.daemon.start(inner)
    server.policy.gateways = [
        (spell(outer_host, outer), spell(inner_host, inner))
        for outer_host, inner_host in (("127.0.0.1", "::1"), ("::1", "127.0.0.1"))
        for outer in (server.policy.explicit, server.policy.implicit)
    ]
    return server.launch([binary(), "agent", *server.common()])


@pytest.mark.parametrize(
    "host, data",
    [("127.0.0.1", "PASV"), ("127.0.0.1", "EPSV"), ("127.0.0.1", "PORT"), ("127.0.0.1", "EPRT"), ("::1", "EPSV"), ("::1", "EPRT")],
)
def test_address_families_may_differ_inside_and_outside(crossed, work, host, data):
    exercise(CLIENTS["ftplib"](crossed.target(host, data), work), crossed.daemon, able("vsftpd", "ftplib"))


@pytest.fixture(scope="module")
def announced(make_ttls):
    """A public address and a range for passive ports."""
    low, high = free_range(8)
    server = make_ttls("proftpd", ftp={"PASSIVEDATAPORTS": f"({low},{high})"})
    server.passive = low, high
    server.policy.public = "203.0.113.5"
    return server.gateway()


def test_passive_replies_name_the_public_address_and_keep_to_the_range(announced):
    low, high = announced.passive
    with Raw(announced.target()).ready() as client:
        for _ in range(20):
            reply = client.talk.expect("PASV", 227)
            assert passive_address(reply) == "203.0.113.5"
            assert low <= passive_port(reply) <= high
        client.quit()


def listen_at(port):
    """Takes a port of the range; a session that has just ended may need a moment to let go of it."""

    def listener():
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return None

    return wait_until(listener, f"port {port}")


def test_a_used_up_range_is_said_and_recovers(announced):
    low, high = announced.passive
    taken = []
    try:
        for port in range(low, high + 1):
            taken.append(listen_at(port))
        with Raw(announced.target()).ready() as client:
            code, text = client.talk.command("EPSV")
            assert code == 425, text
            taken.pop().close()
            assert client.download("NLST")[1].startswith("226")
            client.quit()
    finally:
        for listener in taken:
            listener.close()


def test_data_in_clear_under_prot_p_are_refused(wrapped, work):
    server = wrapped("vsftpd", "gateway")
    folder, disk = new_folder(server.daemon)
    client = Curl(server.target(data="PORT"), work)
    with pytest.raises(ClientError):
        client.put(written(work / "file", os.urandom(100_000)), f"{folder}/file")
    assert "< 522 TLS negotiation failed on the data connection." in client.said
    assert not (disk / "file").exists() or (disk / "file").stat().st_size == 0


def test_a_connection_that_no_rule_covers_is_refused_and_logged(make_ttls):
    server = make_ttls("pyftpdlib")
    other = free_port()
    server.policy.gateways.append((spell("127.0.0.1", other), spell("127.0.0.1", 9)))
    server.gateway()
    try:
        with socket.create_connection(("127.0.0.1", other), 10) as stream:
            assert stream.recv(10) == b""
    except ConnectionResetError:
        pass
    refused = wait_until(
        lambda: [event for event in server.outcomes() if event["outcome"] == "refused"], "the line of the refusal"
    )
    assert "rule" in refused[0]["reason"], refused


def test_unmatched_connections_pass_in_clear_where_that_is_asked_for(make_ttls):
    server = make_ttls("pyftpdlib")
    other, inner = free_port(), free_port()
    server.daemon.start(inner)
    server.policy.gateways = [(spell("127.0.0.1", other), spell("127.0.0.1", inner))]
    server.process = Process("ttls", [binary(), "agent", *server.common(), "--unmatched", "clear"], server.place / "log")
    server.pid = server.process.pid
    daemon = server.daemon
    daemon.wait_for_greeting("127.0.0.1", other)
    with Raw(Target("127.0.0.1", other, daemon.user, daemon.password, "EPSV", "1.3")) as client:
        client.greet().login()
        client.quit()


def test_a_policy_with_errors_is_not_installed(make_ttls):
    server = make_ttls("pyftpdlib", ftp={"SECURE_FTP": "PERHAPS"})
    arguments = server.common()
    process = Process("ttls", [binary(), "agent", *arguments], server.place / "log")
    assert process.popen.wait(60) == 2
    said = process.text()
    line = next(number for number, text in enumerate(server.policy.text().splitlines(), 1) if "PERHAPS" in text)
    assert "PERHAPS" in said
    assert f"policy:{line}" in said


def test_running_transfers_finish_when_the_agent_is_stopped(make_ttls, big_file):
    server = make_ttls("pyftpdlib")
    # However slow the transfer is.
    server.drain = 60
    server.gateway()
    folder, disk = new_folder(server.daemon)
    os.link(big_file, disk / "big")
    with Raw(server.target()).ready() as client:
        data = client.passive()
        client.talk.expect(f"RETR {folder}/big", 150, 125)
        stream = client.wrap(data, client.socket.session)
        received = len(stream.recv(1000))
        server.process.popen.terminate()
        wait_until(lambda: refuses(server.policy.explicit), "the end of the listeners")
        while part := stream.recv(65536):
            received += len(part)
        assert received == big_file.stat().st_size
        assert client.talk.reply()[0] == 226
        stream.close()
        assert client.talk.reply()[1] == "421 Service is stopping."
        assert client.talk.closed()
    assert server.process.popen.wait(60) == 0


def refuses(port):
    """Nobody listens at a loopback port. A reset comes from a listener that ends with connections before it."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass
    return False
