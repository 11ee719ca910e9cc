"""Programs of a host that know no TLS, and the partners that they reach: caught on their way out."""

import contextlib
import os
import socket
import ssl
import threading
import time

import pytest

from clients import CLIENTS
from exercise import exercise, new_folder, same, written
from impossible import able
from lab import CLIENT
from place import FTP, PASSIVE
from policy import RING, RULES, block
from processes import wait_until

ENVIRONMENT = "to_partners"
#: Port of a service that takes what it is told.
SINK = 4711
SECRET = b"a secret that must not be seen"


def outbound(**conditions):
    """A rule for clients of port 21, whoever they are unless told."""
    rule = {
        "RemotePortRange": FTP,
        "Direction": "Outbound",
        "Priority": 50,
        "TTLSGroupActionRef": "ftp_group",
        "TTLSEnvironmentActionRef": ENVIRONMENT,
    }
    return "\n".join(
        (
            block("TTLSRule", "partners", rule | conditions),
            block(
                "TTLSEnvironmentAction",
                ENVIRONMENT,
                {
                    "HandshakeRole": "Client",
                    "TTLSKeyringParmsRef": "ftp_ring",
                    "TTLSEnvironmentAdvancedParmsRef": "ftp_advanced",
                    "TTLSFtpParmsRef": "partner_parms",
                },
            ),
            block("TTLSFtpParms", "partner_parms", {"SECURE_FTP": "REQUIRED"}),
        )
    )


@pytest.mark.parametrize("family, data", [(4, "PASV"), (4, "PORT"), (6, "EPSV"), (6, "EPRT")])
def test_a_plain_client_reaches_a_partner_with_tls(make_place, work, family, data):
    partner, host = make_place("partner"), make_place("host")
    partner.start_daemon(side="client")
    partner.start("client")
    host.policy.more = outbound()
    host.start()
    with host.lab.inside("host"):
        client = CLIENTS["ftplib"](partner.target(family, data, tls=None, hosts=CLIENT), work)
        exercise(client, partner.daemon, able("vsftpd", "ftplib"))
    wait_until(lambda: primaries(partner) and primaries(host), "the session's outcome at both")
    for outcomes in (host.outcomes(), partner.outcomes()):
        bad = [line for line in outcomes if line["outcome"] != "complete" or line["protocol"] != "TLSv1.3"]
        assert outcomes and not bad, bad
    assert {line["rule"] for line in host.outcomes()} == {"partners"}
    assert {line["direction"] for line in host.outcomes() if line["map"] == "primary"} == {"outbound"}


@pytest.mark.parametrize("family, data", [(4, "PASV"), (4, "PORT"), (6, "EPSV"), (6, "EPRT")])
def test_a_wrapped_client_reaches_a_wrapped_server_on_one_machine(place, work, family, data):
    place.policy.more = outbound()
    place.start_daemon()
    place.start()
    with place.lab.inside("host"):
        client = CLIENTS["ftplib"](place.target(family, data, tls=None), work)
        exercise(client, place.daemon, able("vsftpd", "ftplib"))
    wait_until(lambda: len(primaries(place)) == 2, "the outcomes of both hops")
    bad = [line for line in place.outcomes() if line["outcome"] != "complete" or line["protocol"] != "TLSv1.3"]
    assert not bad, bad
    rules = {line["rule"] for line in place.outcomes() if line["map"] == "primary"}
    assert rules == {"partners", RULES["explicit"]}


def test_a_servers_data_connection_is_awaited_where_no_range_of_a_daemon_covers_the_port(place, work):
    high = PASSIVE[1]
    place.policy.more = outbound().replace("SECURE_FTP", f"PASSIVEDATAPORTS ({high - 1},{high + 1})\n  SECURE_FTP")
    place.start_daemon()
    place.start()
    with place.lab.inside("host"):
        client = CLIENTS["ftplib"](place.target(6, "EPRT", tls=None), work)
        client.put(written(work / "file", os.urandom(1_000)), f"{new_folder(place.daemon)[0]}/file")
        client.close()
    wait_until(lambda: len(primaries(place)) == 2, "the outcomes of both hops")

    def at_the_server():
        return [line for line in place.outcomes() if line["rule"] != "partners" and line["map"] == "secondary"]

    # It may be logged after its session.
    to_server = wait_until(at_the_server, "the outcome of the server's data connection")
    assert [line["peer"].rpartition(":")[2] for line in to_server] == [str(high + 1)]


def test_the_user_of_a_client_decides_whether_it_is_secured(make_place, work, account):
    partner, host = make_place("partner"), make_place("host")
    partner.policy.ftp["SECURE_FTP"] = "ALLOWED"
    partner.policy.ftp["SECURE_DATACONN"] = "CLEAR"
    partner.start_daemon(side="client")
    partner.start("client")
    host.policy.more = outbound(Userid=account.name)
    host.start()
    folder, disk = new_folder(partner.daemon)
    source = written(work / "source", os.urandom(100_000))
    # In clear first: a data port that was announced to a secured session is nobody else's for ten minutes, and there are few.
    for number, (user, protocol) in enumerate(((0, "clear"), (account.uid, "TLSv1.3"))):
        with host.lab.inside("host"):
            client = CLIENTS["ftplib"](partner.target(4, tls=None, hosts=CLIENT), work)
            # The socket belongs to whoever makes it.
            os.seteuid(user)
            try:
                client.login()
            finally:
                os.seteuid(0)
            client.put(source, f"{folder}/{number}")
            client.close()
        same(disk / str(number), source, "STOR")
        wait_until(lambda: primaries(partner)[number:], "the session's outcome")
        assert primaries(partner)[number]["protocol"] == protocol


def test_a_rule_that_goes_away_does_not_let_go_of_a_connection_under_way(make_place, work):
    partner, host = make_place("partner"), make_place("host")
    partner.start_daemon(side="client")
    partner.start("client")
    host.policy.more = outbound()
    host.start()
    folder, disk = new_folder(partner.daemon)
    source = written(work / "source", os.urandom(100_000))
    with host.lab.inside("host"):
        client = CLIENTS["ftplib"](partner.target(4, tls=None, hosts=CLIENT), work)
        client.login()
        host.policy.more = ""
        host.write()
        wait_until(lambda: "policy installed" in host.agent.text(), "the reload")
        client.put(source, f"{folder}/late")
        client.close()
    same(disk / "late", source, "STOR")
    wait_until(lambda: primaries(host), "the session's outcome")
    bad = [line for line in host.outcomes() if line["outcome"] != "complete" or line["protocol"] != "TLSv1.3"]
    assert not bad, bad


def test_nothing_leaves_in_clear_when_the_agent_stops_in_the_middle(make_place, lab_rings):
    host = make_place("host")
    rule = {"RemotePortRange": SINK, "Direction": "Outbound", "TTLSGroupActionRef": "ftp_group"}
    environment = {"HandshakeRole": "Client", "TTLSKeyringParmsRef": "ftp_ring"}
    host.policy.more = "\n".join(
        (
            block("TTLSRule", "sink", rule | {"TTLSEnvironmentActionRef": "to_sink"}),
            block("TTLSEnvironmentAction", "to_sink", environment),
        )
    )
    host.start()
    with host.lab.inside("client"):
        listener = socket.create_server((CLIENT[4], SINK))
        cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
        cable.bind(("eth0", 0))
    with host.lab.inside("host"):
        program = socket.create_connection((CLIENT[4], SINK), 60)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(lab_rings.folder / RING / "server.pem", lab_rings.folder / RING / "server.key")
    seen, over = [], threading.Event()
    threads = [
        threading.Thread(target=swallow, args=(listener, server), daemon=True),
        threading.Thread(target=tell, args=(program,), daemon=True),
        threading.Thread(target=look, args=(cable, seen, over), daemon=True),
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(seen) > 100, "traffic")
    host.stop()
    over.set()
    for thread in threads:
        thread.join()
    listener.close()
    assert not [packet for packet in seen if SECRET in packet]


def swallow(listener, server):
    """Reads over TLS until the connection ends, however."""
    with contextlib.suppress(OSError):
        stream, _ = listener.accept()
        with server.wrap_socket(stream, server_side=True) as secured:
            while secured.recv(65536):
                pass


def tell(program):
    """Says the secret again and again until the connection ends."""
    with contextlib.suppress(OSError), program:
        while True:
            program.sendall(SECRET)
            time.sleep(0.002)


def look(cable, seen, over):
    """Takes every frame from the cable until all is over and it has been quiet for a second."""
    with cable:
        cable.settimeout(1)
        while True:
            try:
                seen.append(cable.recv(65536))
            except TimeoutError:
                if over.is_set():
                    return


def test_a_client_without_its_agent_reaches_nobody(make_place, work):
    partner, host = make_place("partner"), make_place("host")
    partner.start_daemon(side="client")
    host.policy.more = outbound()
    host.start()
    host.kill()
    assert not host.greeted_in_clear("host", CLIENT[4])
    assert not host.greeted_in_clear("host", CLIENT[6])
    # What no rule covers is as ever.
    assert host.greeted_in_clear("client", "127.0.0.1", seconds=60)


def primaries(place):
    """The outcomes of control connections."""
    return [line for line in place.outcomes() if line["map"] == "primary"]
