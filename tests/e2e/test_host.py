"""The host interceptor: a daemon that was there before gets TLS, and nothing but a stop opens the way around it."""

import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from clients import CLIENTS
from clients.base import Target
from conversation import passive_port
from daemons.base import Peer
from exercise import exercise, new_folder, same, written
from impossible import able
from lab import CLIENT, HOST, run
from place import FTP, IMPLICIT, PASSIVE
from policy import block
from processes import Process, wait_until
from raw import Raw
from ttls import binary

PYTHON = os.path.realpath(sys.executable)
#: Another tool's rules, with everything that ours could disturb.
FOREIGN = """
table inet firewall {
  set known { type ipv4_addr; flags timeout; elements = { 198.51.100.7 timeout 1h } }
  chain prerouting { type filter hook prerouting priority mangle; policy accept; meta mark 0x1000 counter accept; }
  chain input { type filter hook input priority filter; policy accept; tcp dport 4444 drop; }
  chain output { type route hook output priority mangle; policy accept; tcp dport 5555 meta mark set 0x2000; }
}
table ip nat {
  chain output { type nat hook output priority -100; policy accept; tcp dport 6666 redirect to :7777; }
}
"""


# What clients and daemons see


def test_a_daemon_that_runs_already_gets_tls_and_sees_its_clients(place, work):
    vsftpd = place.start_daemon()
    place.start()
    for family, data, tls, implicit in (
        (4, "PASV", "1.2", False),
        (4, "PORT", "1.3", False),
        (6, "EPSV", "1.3", True),
        (6, "EPRT", "1.2", False),
    ):
        seen = len(place.daemon.peers())
        with place.lab.inside("client"):
            client = CLIENTS["ftplib"](place.target(family, data, tls, implicit), work)
            exercise(client, place.daemon, able("vsftpd", "ftplib"))
        assert place.daemon.peers()[seen:] == [Peer(CLIENT[family], None)]
    vsftpd.check_running()
    broken = [line for line in place.outcomes() if line["outcome"] != "complete" or line["protocol"] == "clear"]
    assert not broken, broken
    assert {line["interceptor"] for line in place.outcomes()} == {"host"}


def test_curl_uploads_and_resumes_the_session_for_its_data(place, work):
    place.start_daemon()
    place.start()
    folder, disk = new_folder(place.daemon)
    source = written(work / "source", os.urandom(3_000_000))
    with place.lab.inside("client"):
        for family in (4, 6):
            CLIENTS["curl"](place.target(family), work).put(source, f"{folder}/file{family}")
            same(disk / f"file{family}", source, "STOR")
    resumed = [line["resumed"] for line in place.outcomes() if line["map"] == "secondary"]
    assert resumed and set(resumed) == {"yes"}


def test_clients_on_the_host_itself_are_caught_too(place, work):
    place.start_daemon()
    place.start()
    for host in (HOST[4], HOST[6], "127.0.0.1", "::1"):
        folder, disk = new_folder(place.daemon)
        written(disk / "listed", b"x")
        target = place.target()
        with place.lab.inside("host"), Raw(Target(host, *list(vars(target).values())[1:])).ready() as client:
            assert b"listed" in client.download(f"NLST {folder}")[0]
            client.quit()


def test_data_ports_are_announced_to_the_rules_where_the_policy_has_no_range(place):
    place.policy.ftp.clear()
    place.start_daemon()
    place.start()
    folder, disk = new_folder(place.daemon)
    written(disk / "listed", b"x")
    for family in (4, 6):
        with place.lab.inside("client"), Raw(place.target(family)).ready() as client:
            for _ in range(3):
                assert b"listed" in client.download(f"NLST {folder}")[0]
            port = passive_port(client.talk.expect("EPSV", 229))
            assert f"{HOST[family]} . {port}" in place.lab.rules()
            client.quit()
        # It stays closed for a while.
        assert not place.greeted_in_clear("client", HOST[family], port)


@pytest.mark.parametrize("named_by", ["Namespace", "NamespacePid"])
def test_a_container_is_served_from_outside_of_it(place, work, named_by):
    vsftpd = place.start_daemon()
    name = {"Namespace": place.lab.path("host"), "NamespacePid": vsftpd.pid}[named_by]
    place.policy.intercept = {named_by: name, "Table": "of_container", "Mark": 33, "MarkByte": 1}
    place.start(where=None)
    outside = run("nft", "list", "tables")
    assert "of_container" not in outside
    for family, data in ((4, "EPSV"), (6, "EPRT")):
        with place.lab.inside("client"):
            client = CLIENTS["ftplib"](place.target(family, data), work)
            exercise(client, place.daemon, able("vsftpd", "ftplib"))
    place.stop()
    assert place.lab.rules() == ""


# What must not get through


def test_a_killed_agent_leaves_everything_closed_until_it_is_back(place):
    vsftpd = place.start_daemon()
    place.start()
    with place.lab.inside("client"):
        client = Raw(place.target()).ready()
        port = passive_port(client.talk.expect("EPSV", 229))
    place.kill()
    for side, addresses in (("client", HOST.values()), ("host", (*HOST.values(), "127.0.0.1", "::1"))):
        for address in addresses:
            for to in (FTP, IMPLICIT, port):
                assert not place.greeted_in_clear(side, address, to, 0.7), (side, address, to)
    client.close()
    vsftpd.check_running()
    place.start()
    with place.lab.inside("client"), Raw(place.target()).ready() as client:
        client.download("NLST")
        client.quit()
    assert place.lab.rules().count("table inet ttls") == 1
    place.stop()
    assert place.lab.rules() == ""


def test_a_data_connection_that_nobody_announced_is_refused(place):
    place.start_daemon()
    place.start()
    with place.lab.inside("client"), Raw(place.target()).ready() as client:
        port = passive_port(client.talk.expect("EPSV", 229))
        unknown = next(other for other in range(*PASSIVE) if other != port)
        assert not place.greeted_in_clear("client", HOST[4], unknown)
        # Another machine's address is not the control connection's.
        run("ip", "addr", "add", "192.0.2.9/24", "dev", "eth0")
        with pytest.raises(ConnectionResetError):
            with socket.create_connection((HOST[4], port), 60, ("192.0.2.9", 0)) as stranger:
                stranger.recv(1)
        client.quit()


def test_the_agents_own_ports_answer_nobody(place):
    place.start_daemon()
    place.start()
    for side, addresses in (("client", HOST.values()), ("host", (*HOST.values(), "127.0.0.1", "::1"))):
        for address in addresses:
            for port in range(15_021, 15_024):
                assert not place.greeted_in_clear(side, address, port, 0.4), (side, address, port)


def test_clients_whose_rule_says_clear_transfer_in_clear(place, work):
    place.policy.more = "\n".join(
        (
            block(
                "TTLSRule",
                "trusted",
                {
                    "LocalPortRange": FTP,
                    "RemoteAddr": CLIENT[4],
                    "Direction": "Inbound",
                    "Priority": 200,
                    "TTLSGroupActionRef": "off",
                },
            ),
            block("TTLSGroupAction", "off", {"TTLSEnabled": "Off"}),
        )
    )
    place.start_daemon()
    place.start()
    with place.lab.inside("client"):
        for data in ("EPSV", "PORT"):
            client = CLIENTS["ftplib"](place.target(4, data, tls=None), work)
            folder, disk = new_folder(place.daemon)
            source = written(work / "source", os.urandom(300_000))
            client.put(source, f"{folder}/file")
            same(disk / "file", source, "STOR")
            client.close()


# The host


def test_everything_is_removed_at_the_stop_and_other_tools_rules_are_left_alone(place):
    run(*place.lab.enter("host"), "ip", "rule", "add", "fwmark", "0x4000/0x4000", "lookup", "99", "pref", "31999")
    subprocess.run([*place.lab.enter("host"), "nft", "-f", "-"], input=FOREIGN, text=True, check=True)
    rules, routing = place.lab.rules(), place.lab.routing()
    place.start_daemon()
    place.start()
    for foreign in ("inet firewall", "ip nat"):
        command = [*place.lab.enter("host"), "nft", "-s", "list", "table", *foreign.split()]
        assert run(*command) in rules
    assert place.lab.rules() != rules and place.lab.routing() != routing
    with place.lab.inside("client"), Raw(place.target()).ready() as client:
        client.download("NLST")
        client.quit()
    place.stop()
    assert place.lab.rules() == rules
    assert place.lab.routing() == routing
    assert run(*place.lab.enter("host"), "ip", "route", "list", "table", "all").count("table 171") == 0
    assert place.greeted_in_clear("client", HOST[4], seconds=60)


def test_rules_that_another_program_flushes_are_put_back(place):
    place.start_daemon()
    place.start()
    rules = place.lab.rules()
    with place.lab.inside("client"), Raw(place.target()).ready() as client:
        client.download("NLST")
        for command in (["flush", "ruleset"], ["flush", "chain", "inet", "ttls", "prerouting"], ["delete", "table", "inet", "ttls"]):
            run(*place.lab.enter("host"), "nft", *command)
            wait_until(lambda: place.lab.rules() == rules, f"the rules after {command}")
        assert client.download("NLST")[1].startswith("226")
        client.quit()
    # AUTH is the agent's, vsftpd knows no TLS.
    with place.lab.inside("client"), Raw(place.target()).ready() as client:
        client.quit()
    place.stop()
    assert place.lab.rules() == ""


def test_rules_stay_where_the_policy_wants_them_to(place):
    place.policy.intercept = {"AtStop": "Keep"}
    place.start_daemon()
    place.start()
    place.stop()
    assert not place.greeted_in_clear("client", HOST[4])
    place.start()
    with place.lab.inside("client"), Raw(place.target()).ready() as client:
        client.quit()


@pytest.mark.parametrize("word, coded, stay", [("NOPURGE", {}, True), ("PURGE", {}, False), ("PURGE", {"AtStop": "Keep"}, True)])
def test_purge_says_whether_the_rules_outlive_the_agent_where_atstop_does_not(place, word, coded, stay):
    place.policy.intercept = coded
    place.main = f"TcpImage TCPIP FLUSH {'NOPURGE' if word == 'PURGE' else 'PURGE'}\nTTLSConfig policy\n"
    place.start_daemon()
    place.start()
    # What counts is what is installed at the end.
    (place.work / "main").write_text(f"TcpImage TCPIP FLUSH {word}\nTTLSConfig policy\n")
    wait_until(lambda: "policy installed" in place.agent.text(), "the reload")
    place.stop()
    assert place.greeted_in_clear("client", HOST[4]) != stay
    assert (place.lab.rules() != "") == stay


def test_a_second_agent_is_refused_and_changes_nothing(place):
    place.start_daemon()
    place.start()
    rules = place.lab.rules()
    arguments = ["--policy", place.work / "policy", "--keyrings", place.rings.folder]
    second = Process("ttls", [*place.lab.enter("host"), binary(), "agent", *arguments], place.work / "second")
    assert second.popen.wait(60) == 2
    assert "another agent serves this host" in second.text()
    assert place.lab.rules() == rules
    with place.lab.inside("client"), Raw(place.target()).ready() as client:
        client.quit()


def test_replacements_of_the_rules_break_no_transfer(place, request):
    times = 300 if request.config.getoption("--full") else 100
    place.start_daemon()
    place.start()
    folder, disk = new_folder(place.daemon)
    content = os.urandom(2_000_000)
    written(disk / "file", content)
    done, failures = threading.Event(), []
    transfers = []

    def transfer(family):
        try:
            with place.lab.inside("client"):
                while not done.is_set():
                    with Raw(place.target(family), patience=60).ready() as client:
                        for _ in range(5):
                            got, reply = client.download(f"RETR {folder}/file")
                            assert got == content, f"{len(got)} bytes, {reply}"
                            transfers.append(family)
                        client.quit()
        except Exception as problem:
            failures.append(repr(problem))

    threads = [threading.Thread(target=transfer, args=(family,)) for family in (4, 6)]
    for thread in threads:
        thread.start()
    try:
        for number in range(times):
            other = {"LocalPortRange": 3000 + number, "Direction": "Inbound", "TTLSGroupActionRef": "ftp_group"}
            place.policy.more = block("TTLSRule", "other", other | {"TTLSEnvironmentActionRef": "ftp_server"})
            place.write()
            os.kill(place.agent.pid, signal.SIGHUP)
            mark = f"dport {3000 + number} "
            wait_until(lambda: mark in place.lab.rules() or failures, f"replacement {number}")
            assert not failures, failures
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
    assert not failures, failures
    assert {4, 6} == set(transfers)
    bad = [line for line in place.outcomes() if line["outcome"] != "complete"]
    assert not bad, bad
    assert place.lab.rules().count("table inet ttls") == 1


@pytest.mark.parametrize("asked", ["Userid", "Jobname"])
def test_the_owner_of_a_daemon_chooses_its_environment(place, account, asked):
    values = {"Userid": {"mine": account.name, "others": "root"}, "Jobname": {"mine": "payroll", "others": "PAYROLL2*"}}[asked]
    place.policy.more = "\n".join(
        block(
            "TTLSRule",
            name,
            {
                "LocalPortRange": 2121,
                "Direction": "Inbound",
                asked: value,
                "Priority": 50,
                "TTLSGroupActionRef": "ftp_group" if name == "mine" else "off",
            }
            | ({"TTLSEnvironmentActionRef": "ftp_server"} if name == "mine" else {}),
        )
        for name, value in values.items()
    ) + block("TTLSGroupAction", "off", {"TTLSEnabled": "Off"})
    place.start_daemon()
    place.start()
    server = "import socket,sys\nl=socket.create_server(('',2121))\nwhile True:\n s,_=l.accept(); s.sendall(b'220 x\\r\\n')"
    as_account = ["setpriv", f"--reuid={account.uid}", "--clear-groups"] if asked == "Userid" else []
    for user, job, rule in ((as_account, "payroll", "mine"), ([], "payroll2x", "others")):
        program = place.work / job
        program.symlink_to(PYTHON)
        process = Process("server", [*place.lab.enter("host"), *user, program, "-c", server], place.work / f"out.{rule}")
        place.running.append(process)
        wait_until(lambda: place.listens("host", 2121), "the server")
        assert place.greeted_in_clear("client", HOST[4], 2121, seconds=60)
        process.kill()
        wait_until(lambda: place.outcomes(), "an outcome")
        wait_until(lambda: place.outcomes()[-1]["rule"] == rule, f"rule {rule}")
