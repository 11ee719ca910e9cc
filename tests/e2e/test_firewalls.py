"""Wrapped clients and wrapped servers with NAT and filters between them: what docs/firewalls.md promises."""

import pytest

from client_exercise import Delivery
from exercise import new_folder
from internet import CLIENT, FAR, SERVER, Internet, admits, forwards, hides_clients, reads_ftp
from jobs import JOBS
from policy import RING
from processes import wait_until
from ttls import KeyRings, Ttls
from wrapped_clients import Partner, Wrapping, new_place

FTP, IMPLICIT = 21, 990
LOW, HIGH = 42_100, 42_119
#: Of the server's side and of the client's: back to clear after login.
CCC, LATER = {"SECURE_CTRLCONN": "CLEAR"}, {"SECURE_CTRLCONN": "CLEAR", "CCCAFTERLOGIN": "TRUE"}
RANGE = {"PASSIVEDATAPORTS": f"({LOW},{HIGH})"}


@pytest.fixture
def internet():
    """Two machines with a firewall each."""
    made = Internet()
    try:
        yield made.make()
    finally:
        made.remove()


@pytest.fixture(scope="module")
def firewall_rings(base):
    """A key ring for the addresses that clients dial."""
    return KeyRings(base / "firewall-keyrings").make((FAR, SERVER))


@pytest.fixture
def make_parties(internet, make_daemon, firewall_rings, base, work):
    """Makes a wrapped server and what its clients are wrapped in."""
    made = []

    def make(server=None, client=None, port=FTP):
        parties = Parties(internet, make_daemon("vsftpd"), firewall_rings, base, work)
        made.append(parties)
        return parties.start(server or {}, client or {}, port)

    yield make
    for parties in made:
        parties.server.stop()


class Parties:
    """A wrapped server, and wrapped clients that reach it through both firewalls."""

    def __init__(self, internet, daemon, rings, base, work):
        self.internet, self.rings, self.base, self.work = internet, rings, base, work
        self.server = Ttls(daemon, rings, new_place(base, "firewalled-"))

    def start(self, server, client, port):
        """With these statements in the TTLSFtpParms of each side."""
        policy = self.server.policy
        policy.explicit, policy.implicit, policy.ftp = port, IMPLICIT, server
        self.server.run(user=self.internet.enter("server"), publish_on=("0.0.0.0",), hosts=())
        with self.internet.inside("server"):
            self.server.wait_for_greeting(SERVER)
        self.partner = Partner(self.server.daemon, port, IMPLICIT)
        parms = {"ring": RING, "ftp": client}
        place = new_place(self.base, "firewalled-clients-")
        self.client = Wrapping(self.partner, self.rings.folder, place, parms, self.internet.enter("client"))
        return self

    def deliver(self, data, host=FAR, job="ftplib"):
        """A job that delivers and fetches; returns (exit status, what it said, outcomes of the client's side)."""
        self.delivery = Delivery(JOBS[job](), self.server.daemon, self.work, many=2)
        script = self.delivery.job.script(self.delivery.errand(host, self.partner.explicit, data), self.work)
        return self.client.run(script, self.work)

    def succeed(self, data, host=FAR):
        """The job does it, and both sides protect all of its data connections; returns what passed the firewalls."""
        wire = self.internet.overhear()
        status, said, outcomes = self.deliver(data, host)
        heard = wire.finish()
        assert status == 0, said
        self.delivery.check(said)
        assert (self.delivery.up / "single.bin").read_bytes()[1_000:1_032] not in heard
        assert b"220 " in heard
        wait_until(lambda: any(line["map"] == "primary" for line in self.outcomes()), "the server's outcome")
        # A data connection of a session may be logged after it.
        wait_until(lambda: len(secondaries(self.outcomes())) >= 7, "the outcomes of the server's data connections")
        assert len(secondaries(outcomes)) >= 7
        for side in (outcomes, self.outcomes()):
            secured = secondaries(side)
            assert {(line["outcome"], line["protocol"]) for line in secured} == {("complete", "TLSv1.3")}
        return heard

    def outcomes(self):
        """The server's outcomes; the one probe at the start is not among them."""
        return [line for line in self.server.outcomes() if line["protocol"] != "clear"]

    def fail(self, data, why, host=FAR, job="ftplib"):
        """The job fails, no byte of a file arrives, and the program's user finds out why."""
        status, said, outcomes = self.deliver(data, host, job)
        assert status != 0, said
        assert not any(path.stat().st_size for path in self.delivery.disk.iterdir())
        # A program that cannot connect says so itself; the log of who could not either has address and reason.
        reasons = [line["reason"] for line in (*outcomes, *self.outcomes()) if line["outcome"] == "no-peer"]
        assert why in said or any(why in reason for reason in reasons), (said, outcomes)


def secondaries(outcomes):
    """Those of data connections."""
    return [line for line in outcomes if line["map"] == "secondary"]


# NAT alone


@pytest.fixture
def translated(internet):
    """Both firewalls translate addresses and hold nothing up."""
    internet.load("near", hides_clients())
    internet.load("far", forwards(f"{FTP}, {IMPLICIT}, {LOW}-{HIGH}"))


@pytest.mark.parametrize("data", ["EPSV", "PASV"])
def test_nat_lets_passive_transfers_pass(translated, make_parties, data):
    make_parties(RANGE).succeed(data)


def test_nat_breaks_a_227_that_is_believed(translated, make_parties):
    make_parties(RANGE, {"PASSIVEIGNOREADDR": "FALSE"}).fail("PASV", f"{SERVER}:")


@pytest.mark.parametrize("data", ["PORT", "EPRT"])
def test_nat_breaks_active_transfers_and_the_program_hears_why(translated, make_parties, data):
    make_parties(RANGE).fail(data, f"500 Address {CLIENT} is not yours")


@pytest.mark.parametrize("data", ["PORT", "EPRT"])
def test_fwfriendly_takes_active_transfers_through_nat(translated, make_parties, data):
    make_parties(RANGE, {"FWFRIENDLY": "TRUE"}).succeed(data)


# NAT and static filters


@pytest.fixture
def filtered(internet):
    """The server's firewall admits its ports, the client's lets its clients open what they want."""
    internet.load("near", hides_clients(), admits("iifname narrow"))
    ports = f"{FTP}, {LOW}-{HIGH}"
    internet.load("far", forwards(f"{FTP}, 1024-65535"), admits(f"tcp dport {{ {ports} }}"))


def test_static_filters_let_announced_ports_pass(filtered, make_parties):
    make_parties(RANGE).succeed("EPSV")


def test_static_filters_refuse_ports_outside_the_range(filtered, make_parties):
    make_parties({"PASSIVEDATAPORTS": "(43100,43119)"}).fail("EPSV", f"{FAR}:431")


# Filters that read


@pytest.fixture
def read(internet):
    """Both firewalls admit port 21 only, and what they read there; both translate addresses."""
    internet.load("near", hides_clients(), reads_ftp(), admits(f"iifname narrow tcp dport {FTP}"))
    internet.load("far", forwards(FTP), reads_ftp(), admits(f"tcp dport {FTP}"))


@pytest.mark.parametrize("data", ["PASV", "EPSV", "PORT", "EPRT"])
def test_filters_that_read_open_ports_after_ccc(read, make_parties, data):
    heard = make_parties(CCC, LATER).succeed(data)
    assert b"STOR single.bin" in heard
    assert b"PASS " not in heard


#: Logs in and says PASV at once.
HURRIED = """
import ftplib
client = ftplib.FTP(timeout=60)
client.connect("{host}", {port})
client.login("{user}", "{password}")
connection, _ = client.ntransfercmd("NLST {folder}")
print(connection.makefile().read())
client.voidresp()
client.quit()
"""


def test_filters_that_read_see_the_first_command_after_ccc(read, make_parties, work):
    parties = make_parties(CCC, LATER)
    daemon = parties.server.daemon
    folder, disk = new_folder(daemon)
    (disk / "listed").write_bytes(b"x")
    program, script = work / "hurried.py", work / "hurried.sh"
    program.write_text(
        HURRIED.format(host=FAR, port=FTP, user=daemon.user, password=daemon.password, folder=folder)
    )
    script.write_text(f"exec /usr/bin/python3 -I {program}\n")
    status, said, _ = parties.client.run(script, work)
    assert status == 0 and "listed" in said, said


@pytest.mark.parametrize(
    "data, server, client, why",
    [
        ("EPSV", {}, {}, f"{FAR}:"),
        ("PASV", {}, LATER, f"{FAR}:"),
        ("PORT", CCC, {}, f"500 Address {CLIENT} is not yours"),
    ],
    ids=["ccc-on-neither-side", "ccc-refused-by-the-server", "ccc-not-asked-for"],
)
def test_filters_that_read_open_nothing_without_ccc(read, make_parties, data, server, client, why):
    make_parties(server, client).fail(data, why)


# Active mode with a filter that knows one port


@pytest.fixture
def port_20_only(internet):
    """No NAT; the client's firewall admits connections from port 20 only."""
    internet.route()
    internet.load("near", admits("iifname narrow", "iifname wide tcp sport 20"))


@pytest.mark.parametrize("data", ["PORT", "EPRT"])
def test_active_transfers_come_from_port_20(port_20_only, make_parties, data):
    make_parties().succeed(data, SERVER)


def test_active_transfers_from_another_port_are_refused(port_20_only, make_parties):
    # ftplib would wait a minute for the connection before it reads the 425; curl watches both.
    make_parties(port=2121).fail("PORT", f"{CLIENT}:", SERVER, "curl")
