"""An agent that gives up what it does not need: --user and --confine."""

import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from operated import Agent, fails, no_suite
from policy import RING, block
from ports import free_port
from processes import wait_until
from ttls import KeyRings, binary


class Given(KeyRings):
    """A key ring that belongs to a user."""

    def give(self, uid):
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, uid, -1)
        return self


@pytest.fixture
def own_rings(work, rings, account):
    """The tests' key ring, as a copy that belongs to the ordinary user."""
    shutil.copytree(rings.folder, work / "keyrings")
    return Given(work / "keyrings").give(account.uid)


def status_of(pid):
    """Fields of /proc/PID/status of every thread: all threads must agree."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        # One that has just ended has none.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.append(dict(re.findall(r"^(\w+):\s+(.*)$", (task / "status").read_text(), re.M)))
    for field in ("Uid", "Gid", "Groups", "NoNewPrivs", "CapEff", "CapPrm", "CapAmb"):
        assert len({one[field] for one in found}) == 1, field
    return found[0]


def test_after_its_start_the_agent_is_an_ordinary_user_for_good(work, own_rings, account):
    work.chmod(0o755)
    agent = Agent(work, own_rings, words=("--user", account.name))
    try:
        status = status_of(agent.process.pid)
        assert status["Uid"].split() == [str(account.uid)] * 4
        assert "0" not in status["Gid"].split()
        assert "0" not in status["Groups"].split()
        assert (status["CapPrm"], status["CapEff"], status["CapAmb"]) == ("0" * 16,) * 3
        assert status["NoNewPrivs"] == "1"
        assert agent.status()["uid"] == account.uid
        # It serves, and reloads with the rings opened again.
        with agent.connect(agent.open) as stream:
            stream.sendall(b"x")
            assert stream.recv(1) == b"x"
        (work / "policy").write_text(agent.text().replace("closed_rule", "renamed_rule"))
        wait_until(lambda: agent.status()["generation"] == 2, "the reload")
        fails(lambda: agent.connect(agent.closed))
        # Its own user may ask it too.
        command = ["setpriv", "--reuid", str(account.uid), "--clear-groups", binary(), "status", "--admin", agent.admin]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (asked.returncode, asked.stderr) == (0, "")
    finally:
        agent.stop()


def test_key_rings_that_are_not_for_the_user_are_told_at_the_start(work, rings, account):
    with pytest.raises(RuntimeError, match=f"user {account.name}: .*{RING}.*chown -R {account.name}:"):
        Agent(work, rings, words=("--user", account.name))


def test_a_key_ring_that_is_no_longer_for_the_user_is_a_failed_reload(work, own_rings, account):
    agent = Agent(work, own_rings, words=("--user", account.name))
    try:
        key = own_rings.folder / RING / "server.key"
        os.chown(key, 0, 0)
        key.chmod(0o600)
        (work / "policy").write_text(agent.text() + "\n")
        reload = agent.ttls("reload")
        assert reload.returncode == 1 and "server.key" in reload.stderr, reload
        with agent.connect(agent.open) as stream:
            stream.sendall(b"x")
            assert stream.recv(1) == b"x"
    finally:
        agent.stop()


@pytest.mark.parametrize(
    "words, said",
    [
        (("--user", "nobody-of-that-name"), "there is none of that name"),
        (("--user", "root"), "it is root"),
        (("--user", "nobody", "--take-over"), "cannot be used with"),
    ],
)
def test_users_that_cannot_be_are_refused(work, rings, words, said):
    with pytest.raises(RuntimeError, match=said):
        Agent(work, rings, words=words)


def test_only_root_can_start_an_agent_as_another_user(work, own_rings, account):
    enter = ("setpriv", "--reuid", str(account.uid), "--clear-groups")
    os.chown(work, account.uid, -1)
    with pytest.raises(RuntimeError, match="only root can start"):
        Agent(work, own_rings, words=("--user", "nobody"), enter=enter)


@pytest.mark.parametrize("option", ["--user=nobody", "--confine"])
def test_host_rules_need_what_would_be_given_up(work, rings, option):
    policy = [
        block("TTLSIntercept", "host", {}),
        block("TTLSRule", "r", {"LocalPortRange": free_port(), "Direction": "Inbound", "TTLSGroupActionRef": "off"}),
        block("TTLSGroupAction", "off", {"TTLSEnabled": "Off"}),
    ]
    (work / "policy").write_text("\n".join(policy))
    command = [binary(), "agent", "--policy", work / "policy", "--keyrings", rings.folder, "--admin", "off", option]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2 and "TTLSIntercept" in refused.stderr, refused


def test_a_confined_agent_serves_reloads_and_reaches_nothing_else(base, work, own_rings, account):
    outside = base / f"outside-{work.name}"
    outside.write_text("SECURE_FTP REQUIRED\n")
    traces = work / "traces"
    traces.mkdir()
    os.chown(traces, account.uid, -1)
    words = ("--user", account.name, "--confine", "--payload-trace", traces)
    place = work / "agent"
    place.mkdir(mode=0o755)
    agent = Agent(place, own_rings, 255, {"CtraceClearText": "On"}, words)
    try:
        assert agent.status()["confined"].startswith("confined by Landlock")
        assert "confined by Landlock" in agent.ttls("status").stdout
        with agent.connect(agent.open) as stream:
            stream.sendall(b"x")
            assert stream.recv(1) == b"x"
        fails(lambda: agent.connect(agent.open, no_suite))
        assert list(traces.glob("*.pcapng"))
        # A certificate that is renewed, and a policy that is replaced, are read.
        shutil.copy(place / "policy", place / "policy.new")
        with open(place / "policy.new", "a") as file:
            file.write("\n# another\n")
        os.replace(place / "policy.new", place / "policy")
        wait_until(lambda: agent.status()["generation"] == 2, "the reload")
        # What stands elsewhere is out of reach, readable as it is for that user.
        subprocess.run(["setpriv", "--reuid", str(account.uid), "--clear-groups", "cat", outside], check=True)
        with open(place / "policy", "a") as file:
            file.write(block("TTLSKeyringParms", "other", {"Keyring": outside, "KeyringPw": "x"}))
            file.write(block("TTLSEnvironmentAction", "e", {"HandshakeRole": "Server", "TTLSKeyringParmsRef": "other"}))
            file.write(
                block(
                    "TTLSRule",
                    "other",
                    {
                        "LocalPortRange": 1,
                        "Direction": "Inbound",
                        "TTLSGroupActionRef": "group",
                        "TTLSEnvironmentActionRef": "e",
                    },
                )
            )
        reload = agent.ttls("reload")
        assert reload.returncode == 1 and "Permission denied" in reload.stderr, reload
        assert agent.status()["generation"] == 2
    finally:
        agent.stop()
        outside.unlink()


def test_the_host_is_asked_whether_it_can_confine(rings):
    said = subprocess.run([binary(), "check", "--keyrings", rings.folder], capture_output=True, text=True, timeout=60)
    assert re.search(r"^ok +confinement \(--confine\) +confined by Landlock", said.stdout, re.M), said.stdout
