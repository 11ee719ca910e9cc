"""Status, metrics and log of an agent tell the same story."""

import json
import os
import signal
import socket
import subprocess
from collections import Counter

import pytest

from operated import Agent, fails, no_suite
from processes import wait_until
from ttls import binary

#: Return codes by what happens to a handshake.
NO_SUITE, EXPIRED, NO_CERTIFICATE, TIMEOUT, CLEAR_TEXT = 402, 401, 5001, 5004, 5003


@pytest.fixture
def agent(work, rings):
    running = Agent(work, rings)
    yield running
    running.stop()


def expired(agent, work):
    """A client certificate of the ring's own authority that has ended."""
    key, request, certificate = work / "key.pem", work / "request.pem", work / "certificate.pem"
    authority = agent.rings.folder / "e2e" / "ca"

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-subj", "/CN=late", "-out", request)
    signer = ("-CA", authority / "authority.pem", "-CAkey", authority / "authority.key")
    extensions = work / "extensions"
    extensions.write_text("basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n")
    openssl("x509", "-req", "-in", request, *signer, "-set_serial", 7, "-days", -1, "-extfile", extensions, "-out", certificate)
    return lambda context: context.load_cert_chain(certificate, key)


def test_status_metrics_and_log_tell_the_same_story(agent, work):
    # One success, looked at while it lives.
    success = agent.connect(agent.open)
    success.sendall(b"12345")
    assert success.recv(5) == b"12345"
    # Bytes are counted when they were delivered: the peer may have them a moment earlier.
    row = wait_until(
        lambda: next((row for row in agent.status()["connections"] if row["sent"]), None), "the connection in the status"
    )
    assert (row["rule"], row["security"], row["protocol"]) == ("open_rule", "Secure", success.version())
    assert (row["received"], row["sent"]) == (5, 5)
    assert agent.counted("ttls_open_connections", map="primary") == 1
    assert agent.counted("ttls_bytes_total", direction="received") == 5
    success.unwrap().close()

    # One failure of each kind.
    fails(lambda: agent.connect(agent.open, no_suite))
    fails(lambda: agent.connect(agent.closed))
    fails(lambda: agent.connect(agent.closed, expired(agent, work)))
    with socket.create_connection(("127.0.0.1", agent.open), 60) as silent:
        assert silent.recv(1) == b""
    with socket.create_connection(("127.0.0.1", agent.open), 60) as clear:
        clear.sendall(b"USER anonymous\r\n")
        drain(clear)

    # One that a rule leaves in clear.
    with socket.create_connection(("127.0.0.1", agent.off), 60) as stream:
        stream.sendall(b"plain")
        assert stream.recv(5) == b"plain"

    # One refusal.
    try:
        with socket.create_connection(("127.0.0.1", agent.uncovered), 60) as refused:
            drain(refused)
    except ConnectionResetError:
        pass  # it came before connect had returned

    outcomes = wait_until(lambda: len(lines := agent.outcomes()) == 8 and lines, "eight outcomes")
    assert agent.status()["connections"] == []

    # The log.
    codes = Counter(line["return_code"] for line in outcomes if line["outcome"] == "handshake-failed")
    assert codes == Counter([NO_SUITE, EXPIRED, NO_CERTIFICATE, TIMEOUT, CLEAR_TEXT]), outcomes
    words = Counter(line["outcome"] for line in outcomes)
    assert words == {"complete": 2, "handshake-failed": 5, "refused": 1}

    # The metrics.
    for word, number in words.items():
        assert agent.counted("ttls_connections_total", outcome=word) == number
    for code in codes:
        assert agent.counted("ttls_handshake_failures_total", code=code) == 1
    assert agent.counted("ttls_handshake_failures_total") == 5
    assert agent.counted("ttls_handshakes_total") == 1
    assert agent.counted("ttls_handshake_seconds_count") == 1
    for rule in ("open_rule", "closed_rule", "off_rule", "-"):
        assert agent.counted("ttls_connections_total", rule=rule) == sum(line["rule"] == rule for line in outcomes)
    for way in ("received", "sent"):
        assert agent.counted("ttls_bytes_total", direction=way) == sum(line[way] for line in outcomes)

    # The messages.
    for number in ("EZD1286I", "EZD1287I"):
        said = Counter(int(event["message"].partition("RC: ")[2].split()[0]) for event in agent.messages(number))
        assert said == codes
    assert len(agent.messages("EZD1281I")) == 7
    statuses = Counter(event["message"].partition("STATUS: ")[2].partition(" RULE")[0] for event in agent.messages("EZD1281I"))
    assert statuses == {"Enabled": 6, "Not Enabled": 1}
    for what, way in (("Receive", "received"), ("Send", "sent")):
        pieces = [event["message"].split() for event in agent.messages("EZD1285I")]
        told = sum(int(words[-2]) for words in pieces if words[-3] == what)
        assert told == sum(line[way] for line in outcomes if line["rule"] in ("open_rule", "closed_rule"))
    assert {event["message"].partition("CONNID: ")[2].split()[0] for event in agent.messages("EZD1281I")} == {
        line["conn"] for line in outcomes if line["rule"] != "-"
    }


def drain(stream):
    """Reads to the end, whichever way it comes."""
    try:
        while stream.recv(4096):
            pass
    except ConnectionResetError:
        pass


def test_the_default_trace_says_nothing_of_what_goes_well(work, rings):
    agent = Agent(work, rings, trace=2)
    try:
        with agent.connect(agent.open) as stream:
            stream.sendall(b"x")
            stream.recv(1)
            stream.unwrap()
        fails(lambda: agent.connect(agent.open, no_suite))
        wait_until(lambda: len(agent.outcomes()) == 2, "two outcomes")
        messages = [event["message"] for event in agent.messages("EZD")]
        assert len(messages) == 1 and messages[0].startswith("EZD1286I"), messages
    finally:
        agent.stop()


def test_a_status_is_shown_again_and_again_until_it_is_interrupted(agent):
    command = [binary(), "status", "--json", "--watch", "0.2", "--admin", agent.admin]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        try:

            def shown():
                """The next object, which ends with a brace at the beginning of a line."""
                lines = []
                while not lines or lines[-1] != "}\n":
                    lines.append(watching.stdout.readline())
                    assert lines[-1], lines
                return json.loads("".join(lines))

            assert shown()["connections"] == []
            with agent.connect(agent.open):
                wait_until(lambda: [row["rule"] for row in shown()["connections"]] == ["open_rule"], "the connection", pause=0)
            watching.send_signal(signal.SIGINT)
            assert watching.wait(10) == -signal.SIGINT
        finally:
            watching.kill()


def test_metrics_are_served_on_a_unix_socket_too(work, rings):
    agent = Agent(work, rings, metrics=work / "metrics")
    try:
        assert agent.http("/healthz") == "alive\n"
        assert agent.counted("ttls_generation") == 1
    finally:
        agent.stop()


def test_a_dropped_connection_fails_for_its_peer(agent):
    stream = agent.connect(agent.open)
    row = wait_until(lambda: next(iter(agent.status()["connections"]), None), "the connection in the status")
    assert agent.ttls("drop", row["conn"]).returncode == 0
    with pytest.raises(OSError):
        if not stream.recv(1):
            raise ConnectionResetError("closed")
    ended = wait_until(agent.outcomes, "its outcome")
    assert (ended[0]["outcome"], ended[0]["conn"]) == ("dropped", row["conn"])
    again = agent.ttls("drop", row["conn"])
    assert again.returncode == 1 and "no connection" in again.stderr


def test_the_log_level_changes_while_the_agent_runs(agent):
    assert agent.ttls("log-level").stdout
    assert agent.ttls("log-level", "ttls_agent=trace").returncode == 0
    assert "ttls_agent=trace" in agent.ttls("log-level").stdout
    wrong = agent.ttls("log-level", "a=b=c")
    assert wrong.returncode == 1 and "filter" in wrong.stderr


def test_only_root_and_the_agents_user_are_answered(agent, account):
    os.chmod(agent.place, 0o755)
    os.chmod(agent.admin, 0o666)
    ask = "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(999).decode())"
    said = subprocess.run(
        ["setpriv", "--reuid", account.name, "--clear-groups", "/usr/bin/python3", "-c", ask, agent.admin],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "only root and the agent's own user" in said.stdout, said


def test_garbage_on_the_admin_socket_is_answered_and_harms_nobody(agent):
    for garbage in (b"\0\xff\n", b"{}\n", b'{"ask":"money"}\n', b"x" * 70_000):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(60)
            stream.connect(str(agent.admin))
            try:
                stream.sendall(garbage)
                assert b"error" in stream.recv(4096)
            except (BrokenPipeError, ConnectionResetError):
                pass
    assert agent.status()["connections"] == []


def test_what_is_no_scrape_is_refused(agent):
    for request, answer in (
        (b"POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
        (b"GET /secrets HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", b"431"),
    ):
        with socket.create_connection(("127.0.0.1", agent.metrics), 60) as stream:
            stream.sendall(request)
            assert answer in stream.recv(200).split(b"\r\n")[0]
    assert agent.http("/healthz") == "alive\n"
