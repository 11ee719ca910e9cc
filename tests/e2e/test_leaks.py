"""What a daemon does behind its session's back never leaves in clear, and a cut upload never looks complete."""

import contextlib
import os
import signal
import socket

import pytest

from processes import wait_until
from raw import Raw, receive_all

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def wrapped_stubborn(make_ttls):
    """The faulty daemon under `ttls run`."""
    return make_ttls("stubborn").run()


@contextlib.contextmanager
def announced(client):
    """A listener whose address the client has announced with PORT."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        client.talk.expect(f"PORT {HOST.replace('.', ',')},{port // 256},{port % 256}", 200)
        yield listener


def came_in_clear(listener, seconds=3.0):
    """Whatever a listener is sent by who dials it, in clear."""
    listener.settimeout(seconds)
    try:
        with listener.accept()[0] as data:
            data.settimeout(seconds)
            return data.recv(100)
    except (TimeoutError, ConnectionResetError):
        return b""


def take(client, listener):
    """Takes an active download as the TLS client that it must be."""
    listener.settimeout(60)
    with client.wrap(listener.accept()[0]) as data:
        return receive_all(data)


def test_a_daemon_that_dials_after_its_session_ended_reaches_nobody(wrapped_stubborn):
    for _ in range(5):
        with Raw(wrapped_stubborn.target()).ready() as client, announced(client) as listener:
            client.talk.send("RETR x")
            client.socket.close()
            assert came_in_clear(listener, 1.5) == b""


def test_a_daemon_that_dials_an_old_announcement_reaches_nobody(wrapped_stubborn):
    before = wrapped_stubborn.settle()
    with Raw(wrapped_stubborn.target()).ready() as client, announced(client) as listener:
        client.talk.expect("RETR x", 150)
        assert b"must not be seen in clear" in take(client, listener)
        assert client.talk.reply()[0] == 226
        client.talk.send("RETR x")
        assert came_in_clear(listener) == b""
    refused = wait_until(
        lambda: [outcome for outcome in wrapped_stubborn.outcomes(before) if outcome["outcome"] == "refused"], "the refusal"
    )
    assert "not announced" in refused[0]["reason"]


def test_two_sessions_cannot_wait_for_the_same_data_connection(wrapped_stubborn):
    target = wrapped_stubborn.target()
    with Raw(target).ready() as one, Raw(target).ready() as other, announced(one) as listener:
        port = listener.getsockname()[1]
        other.talk.expect(f"PORT {HOST.replace('.', ',')},{port // 256},{port % 256}", 425)
        one.talk.expect("RETR x", 150)
        assert b"must not be seen in clear" in take(one, listener)
        assert one.talk.reply()[0] == 226


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_an_upload_that_the_end_of_ttls_cuts_off_is_a_reset_for_the_daemon(make_ttls, end):
    server = make_ttls("stubborn").gateway()
    with Raw(server.target()).ready() as client:
        data = client.passive()
        client.talk.expect("STOR x", 150)
        stream = client.wrap(data, client.socket.session)
        stream.sendall(b"the first part")
        wait_until(lambda: server.open_connections(), "the transfer")
        os.kill(server.pid, end)
        assert wait_until(server.daemon.uploads, "the end of the upload") == ["reset"]
        stream.close()


def test_an_upload_given_up_before_it_began_is_a_reset_for_the_daemon(make_ttls):
    server = make_ttls("stubborn").gateway()
    with Raw(server.target()).ready() as client:
        data = client.passive()
        client.talk.send("STOR x")
        wait_until(lambda: "connected" in server.daemon.output(), "the data connection")
        client.socket.close()
        assert wait_until(server.daemon.uploads, "the end of the upload") == ["reset"]
        data.close()
