"""What the Trace bits of a policy ask for: messages, their facility, and payload traces."""

import contextlib
import os
import re
import socket
import threading
from collections import Counter

import pytest

from operated import Agent, fails, no_suite
from pcapng import packets, streams
from processes import wait_until

SECRET = b"open sesame " * 5000

#: Messages of a success and a failed handshake, by bit.
BY_BIT = {
    1: {"EZD1287I"},
    2: {"EZD1286I"},
    4: {"EZD1281I"},
    8: {"EZD1282I", "EZD1283I"},
    16: {"EZD1282I", "EZD1283I", "EZD1284I"},
    32: {"EZD1285I"},
    64: set(),
}


def say(agent, words):
    """Has the echo service say these over TLS; returns this end."""
    with agent.connect(agent.open) as stream:
        end = stream.getsockname()
        stream.sendall(words)
        heard = b""
        while len(heard) < len(words):
            heard += stream.recv(65536)
        assert heard == words
        stream.unwrap().close()
    return end


def one_good_one_bad(agent):
    say(agent, b"x")
    fails(lambda: agent.connect(agent.open, no_suite))
    wait_until(lambda: len(agent.outcomes()) == 2, "two outcomes")


@pytest.mark.parametrize("bit", BY_BIT)
def test_each_bit_asks_for_its_messages_and_no_others(work, rings, bit):
    agent = Agent(work, rings, trace=bit)
    try:
        one_good_one_bad(agent)
        assert {event["message"].split()[0] for event in agent.messages("EZD")} == BY_BIT[bit]
    finally:
        agent.stop()


def test_a_flow_tells_what_the_handshake_agreed_on_and_why_another_failed(work, rings):
    agent = Agent(work, rings, trace=16)
    try:
        one_good_one_bad(agent)
        told = [event["message"].partition("RC: ")[2] for event in agent.messages("EZD1284I")]
        assert "0 Call GSK_SECURE_SOCKET_INIT - success" in told
        assert "402 Call GSK_SECURE_SOCKET_INIT - failed" in told
        assert "0 Get GSK_CONNECT_SEC_TYPE - TLSv1.3" in told
        events = [event["message"].partition("RC: ")[2] for event in agent.messages("EZD1283I")]
        assert events.count("0 Connection Init MapType: Primary") == 2
        assert "0 Connection Close" in events and "402 Initial Handshake" in events
    finally:
        agent.stop()


def told_of(agent, what):
    """ENVID and CONNID of the events of this name that had success."""
    events = [event["message"] for event in agent.messages("EZD1283I")]
    words = [message.split() for message in events if message.endswith(f"RC: 0 {what}")]
    return Counter((word[word.index("ENVID:") + 1], word[word.index("CONNID:") + 1]) for word in words)


@pytest.mark.parametrize(
    "pattern, other",
    [
        (r"HandshakeTimeout +5", "HandshakeTimeout 6"),
        (r"HandshakeRole +Server", r"EnvironmentUserInstance 5\n  \g<0>"),
        (r"TTLSEnabled +On", r"GroupUserInstance 5\n  \g<0>"),
    ],
)
def test_the_life_of_environments_is_told(work, rings, pattern, other):
    agent = Agent(work, rings, trace=8)
    try:
        # What is logged gathers for a moment before it is written.
        wait_until(lambda: len(told_of(agent, "Environment Create")) == 2, "the word about both environments")
        created = told_of(agent, "Environment Create")
        assert {conn for _, conn in created} == {"00000000"}
        starts = [event["message"] for event in agent.messages("EZD1282I")]
        assert sum("CONNID: 00000000 Environment Create ACTIONS: group open_environment **N/A**" in one for one in starts) == 1
        with agent.connect(agent.open) as stream:
            stream.sendall(b"x")
            assert stream.recv(1) == b"x"
            # What is unchanged goes on without a word; other parameters, or a higher number of the instance, make another environment.
            (work / "policy").write_text(agent.text() + "\n# another\n")
            wait_until(lambda: agent.status()["generation"] == 2, "the first reload")
            assert told_of(agent, "Environment Create") == created
            (work / "policy").write_text(re.sub(pattern, other, agent.text()))
            wait_until(lambda: agent.status()["generation"] == 3, "the second reload")
            wait_until(lambda: told_of(agent, "Environment Create") == created + created, "the word about the other environments")
            # The connection holds the generation that it was mapped with, and that holds its environments.
            assert told_of(agent, "Environment Close") == Counter()
        wait_until(agent.outcomes, "the end of the connection")
        wait_until(lambda: told_of(agent, "Environment Close") == created, "the end of both environments")
        ((envid, conn),) = told_of(agent, "Environment Link")
        assert (envid, "00000000") in created and conn == agent.outcomes()[0]["conn"]
    finally:
        agent.stop()


@pytest.mark.parametrize("trace, number", [(2, "EZD1286I"), (1, "EZD1287I"), (8, "EZD1283I")])
def test_an_environment_that_cannot_be_built_is_told_with_its_code(work, rings, trace, number):
    agent = Agent(work, rings, trace)
    try:
        (work / "policy").write_text(re.sub(r"Keyring +e2e", "Keyring nowhere", agent.text()))

        def failures():
            return [event["message"] for event in agent.messages(number) if "RC: 202 Environment Create" in event["message"]]

        wait_until(lambda: len(failures()) == 2, "the word about both environments")
        assert all("CONNID: 00000000" in one for one in failures())
        # Other attempts, with the same outcome, are no news.
        assert agent.ttls("reload", "--dry-run").returncode == 1
        assert len(failures()) == 2
        assert agent.status()["generation"] == 1
    finally:
        agent.stop()


def traces(folder):
    return sorted(folder.glob("*.pcapng"))


@pytest.mark.parametrize(
    "trace, clear, folder", [(32, "Off", True), (31, "On", True), (32, "On", False), (32, "On", True)]
)
def test_payload_is_written_only_where_bit_policy_and_agent_all_say_so(work, rings, trace, clear, folder):
    place = work / "traces"
    place.mkdir()
    words = ("--payload-trace", place) if folder else ()
    agent = Agent(work, rings, trace, {"CtraceClearText": clear}, words)
    try:
        end = say(agent, SECRET)
        wait_until(agent.outcomes, "the outcome")
        assert SECRET[:24] not in agent.process.log.read_bytes()
        if (trace, clear, folder) != (32, "On", True):
            assert traces(place) == []
            return
        (file,) = traces(place)
        assert file.stat().st_mode & 0o7777 == 0o600
        local = ("127.0.0.1", agent.open)
        assert streams(file) == {(end, local): SECRET, (local, end): SECRET}
        (conn,) = {line["conn"] for line in agent.outcomes()}
        assert {packet.comment for packet in packets(file)} == {f"CONNID {conn} RULE open_rule"}
        # Another connection, whose words are those of the first.
        other = say(agent, b"other")
        assert streams(file)[other, local] == b"other"
    finally:
        agent.stop()


def test_a_folder_for_payload_that_is_none_is_told_at_the_start(work, rings):
    with pytest.raises(RuntimeError, match="payload trace: /nonexistent cannot hold it"):
        Agent(work, rings, words=("--payload-trace", "/nonexistent"))


@pytest.mark.parametrize("kind, path", [("syslog", "dev/log"), ("journald", "run/systemd/journal/socket")])
@pytest.mark.parametrize("name, number", [("Daemon", 3), ("Auth", 4)])
def test_messages_have_the_facility_of_their_group(work, rings, kind, path, name, number):
    place = work / path
    place.parent.mkdir(parents=True)
    if kind == "syslog":
        for device, (major, minor) in {"null": (1, 3), "urandom": (1, 9)}.items():
            os.mknod(place.parent / device, 0o666 | 0o020000, os.makedev(major, minor))
    heard, over = [], threading.Event()

    def listen(daemon):
        daemon.settimeout(0.1)
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                # The first word to the journal is an empty one.
                heard.extend(filter(None, [daemon.recv(65536)]))

    def closed(agent):
        # The agent does not wait for a syslog daemon that is slow, which can cost a message.
        say(agent, b"x")
        return any(b"Connection Close" in line for line in heard)

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(place))
        listener = threading.Thread(target=listen, args=(daemon,), daemon=True)
        listener.start()
        try:
            top = path.partition("/")[0]
            enter = ("unshare", "--mount", "sh", "-c", f'mount --bind "$0" /{top} && exec "$@"', work / top)
            agent = Agent(work, rings, 8, enter=enter, log=kind, facility=name)
            try:
                wait_until(lambda: closed(agent), "the last message")
            finally:
                agent.stop()
        finally:
            over.set()
            listener.join()

    def facility(line):
        if kind == "syslog":
            return int(line[1 : line.index(b">")]) // 8
        return int(line.partition(b"SYSLOG_FACILITY")[2].lstrip(b"=\n\x01\x00")[:1])

    told = Counter((b"EZD128" in line, facility(line)) for line in heard)
    assert set(told) == {(True, number), (False, 3)}, told
