"""The secondary map: connections that follow another one of the same process, for programs that ttls knows nothing about."""

import socket

import pytest

from processes import wait_until
from test_signal import APPLICATION_CONTROLLED, Controlled, Peer

MAPPED = APPLICATION_CONTROLLED | {"SecondaryMap": "On"}

both = pytest.mark.parametrize("interceptor", ["run", "gateway"])


@pytest.fixture(scope="module")
def mapped(rings, base):
    """Programs behind ttls whose rule says SecondaryMap On, one of each kind."""
    running = {}

    def start(interceptor):
        if interceptor not in running:
            place = base / f"secondary-{interceptor}"
            place.mkdir()
            place.chmod(0o755)
            running[interceptor] = Controlled(place, rings, interceptor, advanced=MAPPED)
        return running[interceptor]

    yield start
    for server in running.values():
        server.stop()


def row_of(server, peer):
    """What the program and the operator see of a connection."""
    told = peer.ask("query")
    return told, server.status()[told["connection_id"]]


@both
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_second_connection_of_the_process_takes_over_policy_and_session(mapped, interceptor, tls):
    server = mapped(interceptor)
    with server.peer() as primary:
        primary.init(tls)
        assert primary.ask("listen", str(server.other_inner)) in ("listening",)
        told, row = row_of(server, primary)
        assert (told["secondary"], row["map"], row["primary"]) == (False, "primary", None)
        with server.second() as peer:
            follows, seen = row_of(server, peer)
            assert (follows["secondary"], follows["rule"], follows["policy"]) == (True, "service", 5)
            assert (seen["map"], seen["rule"], seen["security"]) == ("secondary", "service", "Not_Secure")
            assert (int(seen["primary"], 16), seen["generation"]) == (told["connection_id"], row["generation"])
            begun = peer.init(tls, primary.socket.session)
            assert (begun["error"], begun["connection"], begun["resumed"]) == (None, 3, True)
            assert server.status()[follows["connection_id"]]["resumed"] is True
            assert peer.stop()["connection"] == 1
            assert primary.ask("query")["connection"] == 3, "its own TLS is untouched"
            assert peer.init(tls, primary.socket.session)["resumed"] is True
    ended = [line for line in server.log() if line.get("conn") == seen["conn"]]
    assert {line["map"] for line in ended if line.get("message") == "connection ended"} <= {"secondary"}


@both
def test_the_process_and_the_addresses_decide_who_follows(mapped, interceptor):
    server = mapped(interceptor)
    with server.peer() as primary:
        assert primary.ask("listen", str(server.other_inner)) == "listening"
        with pytest.raises((OSError, EOFError)):
            server.second(("127.0.0.2", 0))
        with server.second() as peer:
            assert peer.ask("query")["secondary"] is True
    # The primary is gone, and the entry with it.
    wait_until(lambda: not server.status(), "the end of all connections")
    with pytest.raises((OSError, EOFError)):
        server.second()


def test_another_process_does_not_follow(rings, work):
    server = Controlled(work, rings, "run", advanced=MAPPED)
    try:
        with server.peer() as primary:
            assert primary.ask("child_listens", str(server.other_inner)) == "listening"

            def answers():
                refused = [line for line in server.log() if line.get("outcome") == "refused"]
                with pytest.raises((OSError, EOFError)):
                    server.second()
                # Before the child listens nobody knows whose the connection would be.
                return [line for line in refused if line["reason"].startswith("no rule covers it")]

            wait_until(answers, "the refusal of a connection to the other process")
            assert primary.ask("query")["secondary"] is False
            assert primary.ask("end_children") == "ended"
    finally:
        server.stop()


def test_connections_that_the_process_opens_follow_in_the_role_of_their_primary(mapped):
    server = mapped("run")
    with server.peer() as primary, socket.create_server(("127.0.0.1", 0)) as listener:
        primary.init()
        listener.settimeout(60)
        assert primary.ask("dial", "127.0.0.1", str(listener.getsockname()[1])) == "dialled"
        with Peer(listener.accept()[0], server.rings.ca) as peer:
            assert peer.line() == b"ready\n"
            told, row = row_of(server, peer)
            assert (told["secondary"], told["rule"], row["map"], row["direction"]) == (True, "service", "secondary", "outbound")
            begun = peer.init(session=primary.socket.session)
            # Server, whoever dialled.
            assert (begun["connection"], begun["sec_type"], begun["resumed"]) == (3, 2, True)


@both
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_session_that_was_reset_is_never_resumed(mapped, interceptor, tls):
    server = mapped(interceptor)
    with server.peer() as primary, server.peer() as other:
        primary.init(tls)
        session = primary.socket.session
        assert other.init(tls, session)["resumed"] is True
        other.stop()
        assert primary.ask("listen", str(server.other_inner)) == "listening"
        assert primary.ask("ask", "0x04")["error"] is None
        assert primary.ask("ask", "0x80")["error"] == "EOPNOTSUPP", "its ticket is void"
        with server.second() as peer:
            assert peer.init(tls, session)["resumed"] is False
        primary.stop()
        assert primary.init(tls, session)["resumed"] is False
        assert other.init(tls, session)["resumed"] is False
        fresh = primary.socket.session
        primary.stop()
        assert primary.init(tls, fresh)["resumed"] is True, "the new session is one like any other"


def test_a_program_has_its_ticket_sent_as_often_as_it_wants(mapped):
    with mapped("run").peer() as peer:
        peer.init()
        for _ in range(20):
            assert peer.ask("ask", "0x80")["error"] is None
        assert peer.ask("ask", "0xC0")["error"] is None, "the ticket before the keys"
        assert peer.ask("ask", "0x80")["error"] == "EOPNOTSUPP", "new keys, no ticket"
        assert peer.ask("query")["connection"] == 3
