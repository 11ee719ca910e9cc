"""Link-local IPv6 addresses, which mean something on one cable only: a gateway serves them, the others say why not."""

import ftplib
import json
import os
import ssl

import pytest

from exercise import new_folder
from lab import run
from place import FTP
from processes import Process, wait_until
from test_host_clients import outbound
from ttls import binary


class OnTheCable(ftplib.FTP_TLS):
    """Python forgets the interface of the server's address where it opens data connections."""

    def makepasv(self):
        _, port = super().makepasv()
        return self.where, port


def link_local(lab, side):
    """The address that the kernel has given to the cable's end, when it is ready for use."""

    def ready():
        shown = run("ip", "-n", lab.names[side], "-j", "-6", "addr", "show", "dev", "eth0", "scope", "link")
        found = [one for link in json.loads(shown) for one in link.get("addr_info", ())]
        return next((one["local"] for one in found if "local" in one and not one.get("tentative")), None)

    return wait_until(ready, "a link-local address")


def cable(lab, to):
    """The address of one end, when both ends have theirs: the other is known by it."""
    return {side: link_local(lab, side) for side in ("host", "client")}[to]


def unchecked():
    """No name stands in a certificate for such an address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.mark.parametrize("passive", [True, False])
def test_a_gateway_serves_clients_of_its_cable(place, passive):
    place.start_daemon()
    place.policy.explicit, place.policy.intercept = 2121, None
    place.policy.gateways = [("[::]:2121", f"[::1]:{FTP}")]
    arguments = ["--policy", place.write(), "--keyrings", place.rings.folder, "--log-format", "json"]
    agent = Process("ttls", [*place.lab.enter("host"), binary(), "agent", *arguments], place.work / "gateway")
    place.running.append(agent)
    wait_until(lambda: agent.check_running() or '"message":"open"' in agent.text(), "the gateway")
    folder, disk = new_folder(place.daemon)
    content = os.urandom(100_000)
    (disk / "file").write_bytes(content)
    received = bytearray()
    with place.lab.inside("client"):
        client = OnTheCable(context=unchecked(), timeout=60)
        client.connect(f"{cable(place.lab, 'host')}%eth0", 2121)
        # No interface has a place in a server name.
        client.where, client.host = client.host, "localhost"
        client.login(place.daemon.user, place.daemon.password)
        client.prot_p()
        client.set_pasv(passive)
        client.retrbinary(f"RETR {folder}/file", received.extend)
        client.quit()
    assert received == content


def test_a_host_tells_why_it_serves_no_such_client(place):
    place.start_daemon()
    place.start()
    address = cable(place.lab, "host")
    assert not place.greeted_in_clear("client", f"{address}%eth0")
    reasons = wait_until(lambda: [line["reason"] for line in place.outcomes()], "the outcome")
    assert "link-local" in reasons[0] and "gateway" in reasons[0]


def test_nothing_of_a_hosts_program_reaches_such_a_partner_in_clear(make_place):
    partner, host = make_place("partner"), make_place("host")
    partner.start_daemon(side="client")
    address = cable(host.lab, "client")
    assert partner.greeted_in_clear("host", f"{address}%eth0", seconds=60)
    host.policy.more = outbound()
    host.start()
    assert not partner.greeted_in_clear("host", f"{address}%eth0")


def test_a_program_in_a_private_namespace_is_shown_no_such_client(place):
    place.start_daemon("pureftpd", side="client")
    place.policy.intercept = None
    place.policy.explicit = 2121
    command = place.daemon.command(FTP)
    arguments = ["--policy", place.write(), "--keyrings", place.rings.folder, "--log-format", "json"]
    published = ["--publish", f"2121:{FTP}", "--", *command]
    agent = Process("ttls", [*place.lab.enter("host"), binary(), "run", *arguments, *published], place.work / "run")
    place.running.append(agent)
    wait_until(lambda: agent.check_running() or '"message":"open"' in agent.text(), "the published port")
    assert not place.greeted_in_clear("client", f"{cable(place.lab, 'host')}%eth0", 2121)
    wait_until(lambda: "link-local" in agent.text(), "the reason")
