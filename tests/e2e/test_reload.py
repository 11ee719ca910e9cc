"""Policies and key rings that change while ttls serves."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import time

import pytest

from policy import RING
from ports import free_port
from processes import wait_until
from raw import Raw, context, receive_all
from ttls import binary, listeners

HOST = "127.0.0.1"


def served_certificate(target):
    """The certificate that a new connection gets, as PEM text."""
    with Raw(target) as client:
        client.greet().auth()
        return ssl.DER_cert_to_PEM_cert(client.socket.getpeercert(True)).rpartition("\n-----END")[0]


def download(client):
    """One protected listing."""
    data = client.passive()
    client.talk.expect("NLST", 125, 150)
    with client.wrap(data) as secure:
        receive_all(secure)
    client.talk.reply()


def greets(port):
    """Whether a daemon greets at a port."""
    try:
        with socket.create_connection((HOST, port), 5) as probe:
            probe.settimeout(5)
            return probe.recv(3) == b"220"
    except (ConnectionRefusedError, ConnectionResetError):
        return False


def test_a_renewed_certificate_is_served_within_two_seconds_and_running_sessions_go_on(reloading):
    policy = reloading("vsftpd")
    server, rings = policy.server, policy.server.rings
    with Raw(server.target()).ready() as running:
        for number in range(3):
            rings.renew(number)
            wanted = rings.certificate(number)
            wait_until(lambda: served_certificate(server.target()) == wanted, "the renewed certificate", 2.0)
            download(running)


def test_a_certificate_without_its_key_is_not_installed_and_told(reloading):
    policy = reloading()
    rings = policy.server.rings
    before = rings.certificate()
    rings.renew(0, ["server.pem"])
    said = policy.told("policy not installed", file=str(policy.path))
    assert "one of the two was replaced without the other" in said["reason"]
    assert said["line"] == 1 + policy.path.read_text().splitlines().index(
        "TTLSEnvironmentAction              ftp_server"
    )
    assert served_certificate(policy.server.target()) == before
    rings.renew(0, ["server.key"])
    policy.installed()
    assert served_certificate(policy.server.target()) == rings.certificate(0)


def test_a_trust_anchor_default_mark_or_ring_that_comes_back_is_a_change(reloading):
    policy = reloading()
    ring = policy.server.rings.folder / RING
    os.rename(ring, ring.with_name("away"))
    assert "does not exist" in policy.told("policy not installed", file=str(policy.path))["reason"]
    assert greets(policy.server.policy.explicit)
    os.rename(ring.with_name("away"), ring)
    policy.told("policy unchanged")
    shutil.rmtree(ring)
    policy.told("policy not installed")
    shutil.copytree(ring.with_name("renewal1"), ring)
    policy.installed()
    assert served_certificate(policy.server.target()) == policy.server.rings.certificate(1)


def resumed(target, session=None):
    """A log-in over implicit TLS: its TLS session, and whether `session` was resumed."""
    raw = socket.create_connection((target.host, target.port), 60)
    with context(target.ca, target.tls).wrap_socket(raw, server_hostname=target.host, session=session) as sock:
        assert sock.recv(3) == b"220"
        return sock.session, sock.session_reused


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_sessions_are_resumed_across_reloads_that_leave_their_environment_alone(reloading, tls):
    policy = reloading()
    target = policy.server.target(tls=tls, implicit=True)
    session, _ = resumed(target)
    policy.gateway(free_port())
    policy.replace(policy.server.policy.text())
    policy.installed()
    session, again = resumed(target, session)
    assert again
    policy.server.rings.renew(0)
    policy.installed()
    assert not resumed(target, session)[1]


def test_gateways_come_go_and_move_without_touching_others(reloading):
    policy = reloading()
    server = policy.server
    explicit, new, moved = server.policy.explicit, free_port(), free_port()
    with Raw(server.target()).ready() as running:
        policy.gateway(new)
        # What the rules do not name passes in clear, which is enough to be greeted.
        text = server.policy.text().replace("Target ", "Unmatched Clear\n  Target ")
        policy.replace(text)
        policy.installed()
        assert greets(new)
        policy.replace(text.replace(f"{HOST}:{new}", f"{HOST}:{moved}"))
        policy.installed()
        assert greets(moved)
        wait_until(lambda: not greets(new), "the end of the gateway that is gone")
        ports = {row.local_port for row in listeners(server.pid)}
        assert {explicit, moved} <= ports and new not in ports
        download(running)
        # The gateway that the running session came through goes; the session stays.
        server.policy.gateways = [pair for pair in server.policy.gateways if not pair[0].endswith(f":{explicit}")]
        policy.replace(server.policy.text())
        policy.installed()
        wait_until(lambda: not greets(explicit), "the end of the gateway that is gone")
        download(running)


def test_a_gateway_that_cannot_listen_is_a_failed_reload(reloading):
    policy = reloading()
    with socket.create_server((HOST, 0)) as taken:
        policy.gateway(taken.getsockname()[1])
        policy.replace(policy.server.policy.text())
        said = policy.told("policy not installed", file=str(policy.path))
        assert "another program listens there" in said["reason"]
        assert policy.path.read_text().splitlines()[said["line"] - 1].startswith("TTLSGateway")
        assert greets(policy.server.policy.explicit)
    # Nothing changed on disk: it is tried again.
    policy.installed()


def test_an_emptied_policy_is_not_installed(reloading):
    policy = reloading("pureftpd", "run")
    policy.overwrite("\n")
    assert "is empty" in policy.told("policy not installed", file=str(policy.path))["reason"]
    assert greets(policy.server.policy.explicit)


@pytest.mark.parametrize("words, kept", [("FLUSH", False), ("NOFLUSH", True)])
def test_a_rule_that_the_files_no_longer_have_goes_or_stays_as_the_agents_file_says(reloading, words, kept):
    def prepare(server):
        write = server.common

        def common():
            arguments = write()
            (server.place / "pagent.conf").write_text(f"TTLSConfig policy {words}\n")
            arguments[1] = server.place / "pagent.conf"
            return arguments

        server.common = common

    policy = reloading(prepare=prepare)
    lines = policy.server.policy.text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("TTLSRule") and "ftp_implicit" in line)
    del lines[at : at + lines[at:].index("}") + 1]
    policy.replace("\n".join(lines) + "\n")
    policy.installed()
    target = policy.server.target(implicit=True)
    if kept:
        assert resumed(target)[0] is not None
    else:
        with pytest.raises(OSError):
            resumed(target)


def test_a_policy_that_vanishes_stays_installed_until_it_returns(reloading):
    policy = reloading()
    text = policy.path.read_text()
    policy.path.unlink()
    said = policy.told("policy not installed", file=str(policy.path))
    assert "No such file" in said["reason"]
    assert greets(policy.server.policy.explicit)
    policy.replace(text)
    policy.told("policy unchanged")
    policy.path.unlink()
    policy.told("policy not installed")
    policy.replace(policy.text(1))
    policy.installed()


def test_a_policy_written_in_pieces_is_installed_once_and_whole(reloading):
    policy = reloading()
    text = policy.text(1)
    with open(policy.path, "w") as file:
        for start in range(0, len(text), 200):
            file.write(text[start : start + 200])
            file.flush()
            time.sleep(0.05)
    assert policy.installed()["generation"] == 2
    assert policy.events == []


def test_mounted_configuration_that_swaps_its_data_link_is_followed(reloading):
    def mount(number, text, place):
        """A new revision beside the old one, as an orchestrator makes it; then one rename."""
        folder = place / f"..{number}"
        folder.mkdir()
        (folder / "policy").write_text(text)
        (place / "..data_tmp").symlink_to(folder.name)
        os.replace(place / "..data_tmp", place / "..data")

    policy = None

    def prepare(server):
        mounted = server.place / "mounted"
        mounted.mkdir()
        (mounted / "policy").symlink_to("..data/policy")
        write = server.common

        def common():
            words = write()
            text = (server.place / "policy").read_text()
            mount(0, text, mounted)
            words[1] = mounted / "policy"
            return words

        server.common = common

    policy = reloading(prepare=prepare)
    mounted = policy.server.place / "mounted"
    for number in (1, 2, 3):
        mount(number, policy.text(number), mounted)
        assert policy.installed()["generation"] == number + 1
        shutil.rmtree(mounted / f"..{number - 1}")


def test_a_bad_policy_is_told_with_file_line_and_reason_and_the_running_one_stays(reloading):
    policy = reloading()
    good = policy.text(1)
    line = 1 + good.splitlines().index("  HandshakeRole                    Server")
    policy.replace(good.replace("HandshakeRole                    Server", "HandshakeRole                    Severe"))
    said = policy.told("policy not installed", file=str(policy.path))
    assert (said["line"], said["code"]) == (line, "TTLS003")
    assert "Severe" in said["reason"]
    assert greets(policy.server.policy.explicit)
    with Raw(policy.server.target()) as client:
        client.greet()
    policy.server.settle()
    assert policy.server.outcomes()[-1]["rule"] == "ftp_explicit"


def ask(policy, *words):
    """Runs `ttls reload` on the agent; returns its exit code, its answer as JSON and as text."""
    admin = f"/run/ttls/agent-{policy.server.pid}.admin"
    command = [binary(), "reload", "--admin", admin, *words]
    told = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False, timeout=60)
    shown = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return told.returncode, json.loads(told.stdout), shown.stderr + shown.stdout


def test_an_operator_hears_what_would_come_of_a_reload_and_what_came_of_it(reloading):
    policy = reloading()
    code, told, shown = ask(policy)
    assert (code, told["result"], told["problems"]) == (0, "unchanged", [])
    policy.replace(policy.text(1).replace("HandshakeRole  ", "HandshakeRule  "))
    code, told, shown = ask(policy, "--dry-run")
    assert (code, told["result"], told["generation"]) == (1, "failed", 1)
    assert told["problems"][0]["line"] == int(shown.partition("policy:")[2].partition(":")[0])
    assert "HandshakeRule" in shown and "would not be installed; generation 1 stays" in shown
    code, told, shown = ask(policy)
    assert (code, told["generation"]) == (1, 1)
    policy.told("policy not installed", file=str(policy.path))
    status = subprocess.run(
        [binary(), "status", "--json", "--admin", f"/run/ttls/agent-{policy.server.pid}.admin"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    status = json.loads(status.stdout)
    assert status["last_reload"]["problems"] == told["problems"]
    assert status["reloads"]["failed"] >= 1 and status["reloads"]["installed"] == 0
    policy.replace(policy.text(1))
    policy.installed()
    assert ask(policy)[1]["generation"] == 2


def test_hangup_reloads_the_agent(reloading):
    policy = reloading()
    os.kill(policy.server.pid, 1)
    policy.told("policy unchanged", cause="hangup")


def test_the_policy_of_a_running_program_is_reloaded(reloading):
    policy = reloading("vsftpd", "run")
    with Raw(policy.server.target()).ready() as running:
        policy.replace(policy.text(1))
        policy.installed()
        download(running)
    with Raw(policy.server.target()).ready() as client:
        download(client)
    policy.server.settle()
    rules = {outcome["rule"] for outcome in policy.server.outcomes()}
    assert rules >= {"ftp_explicit", "ftp_explicit_1"}
