"""The policy of a running agent as operators see it."""

import json
import os
import re
import subprocess

from exercise import new_folder
from processes import wait_until
from raw import Raw, receive_all
from ttls import binary


def show(policy, *words):
    """`ttls show` of the agent; returns its exit code and what it said."""
    admin = f"/run/ttls/agent-{policy.server.pid}.admin"
    done = subprocess.run(
        [binary(), "show", "--admin", admin, *map(str, words)], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def of_file(policy, *words):
    """`ttls show FILE`."""
    done = subprocess.run([binary(), "show", *words, policy.path], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def shown(policy, *words):
    """The JSON of an agent: its own field, and the rest."""
    code, said = show(policy, "--json", *words)
    assert code == 0, said
    rest = json.loads(said)
    return rest.pop("agent"), rest


def test_the_installed_policy_is_shown_as_its_file_is(reloading):
    policy = reloading()
    agent, rest = shown(policy)
    assert rest == json.loads(of_file(policy, "--json"))
    assert (agent["generation"], agent["current"], agent["stale"]) == (1, True, [])
    assert agent["sources"] == [{"name": str(policy.path), "text": policy.path.read_text()}]
    code, said = show(policy)
    assert code == 0
    assert said.endswith(of_file(policy))
    assert f"Files:         {policy.path}\n" in said and "Generation:    1, installed 20" in said
    # A policy that was not installed is not shown.
    policy.replace("TTLSRule {\n")
    policy.told("policy not installed")
    assert shown(policy)[1] == rest


def test_a_replaced_policy_is_shown_as_long_as_a_transfer_runs_under_it(reloading, big_file):
    policy = reloading()
    server = policy.server
    folder, disk = new_folder(server.daemon)
    os.link(big_file, disk / "big")
    with Raw(server.target()).ready() as running:
        data = running.passive()
        running.talk.expect(f"RETR {folder}/big", 150, 125)
        stream = running.wrap(data)
        received = len(stream.recv(1000))
        first = json.loads(of_file(policy, "--json"))
        policy.replace(policy.text(1))
        policy.installed()
        agent, rest = shown(policy)
        assert agent["generation"] == 2
        assert [(stale["generation"], stale["connections"]) for stale in agent["stale"]] == [(1, 1)]
        assert rest == json.loads(of_file(policy, "--json")) != first
        assert re.search(r"^Stale: +generation 1 of 20\S+ with 1 connections$", show(policy)[1], re.M)
        old, rest = shown(policy, "--generation", 1)
        assert rest == first
        assert (old["generation"], old["current"]) == (1, False)
        assert received + len(receive_all(stream)) == big_file.stat().st_size
        assert running.talk.reply()[0] == 226
        running.quit()
    wait_until(lambda: not shown(policy)[0]["stale"], "the end of the replaced policy")
    code, said = show(policy, "--generation", 1)
    assert code == 1 and "no connection has generation 1 (any more); 2 is installed" in said


def test_passwords_never_leave_the_agent(reloading):
    policy = reloading()
    policy.replace(policy.path.read_text().replace("  Keyring  ", "  KeyringPw                        sesame\n  Keyring  "))
    policy.installed()
    for words in ((), ("--json",), ("--sources",), ("--sources", "--json")):
        code, said = show(policy, *words)
        assert code == 0 and "sesame" not in said
    assert "KeyringPw ********\n" in show(policy, "--sources")[1]
