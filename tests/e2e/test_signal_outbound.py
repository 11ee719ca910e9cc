"""Programs that open connections and start TLS on them over the signaling channel."""

import functools
import hashlib
import socket
import ssl

import pytest

from partners.certificates import Authority
from policy import block
from ports import free_port
from processes import wait_until
from test_signal import Controlled, Peer


class Server(Peer):
    """What the program has connected to: TLS as server, the same conversation."""

    def __init__(self, listener, certificate):
        super().__init__(listener.accept()[0], None)
        self.socket.settimeout(60)
        self.certificate = certificate

    def secure(self, tls="1.3", session=None):
        self.socket = server_context(self.certificate.both, tls).wrap_socket(self.socket, server_side=True)


@functools.cache
def server_context(certificate, tls):
    """One context for each: sessions are resumed within their context."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = made.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[tls]
    made.load_cert_chain(certificate)
    return made


@pytest.fixture(scope="module")
def client(rings, base):
    """A program under `ttls run` with rules for what it opens to two ports, and what it meets there."""
    place = base / "signal-outbound"
    place.mkdir()
    place.chmod(0o755)
    authority = Authority(place / "authority")
    # Beside the tests' own ring.
    if not (rings.folder / "partners").exists():
        authority.ring(rings.folder / "partners")
    port = free_port()
    rule = {
        "RemotePortRange": port,
        "Direction": "Outbound",
        "TTLSGroupActionRef": "group",
        "TTLSEnvironmentActionRef": "client",
    }
    client = {
        "HandshakeRole": "Client",
        "TTLSKeyringParmsRef": "partners",
        "TTLSEnvironmentAdvancedParmsRef": "client_advanced",
    }
    advanced = {"ApplicationControlled": "On", "SecondaryMap": "On", "TLSv1.2": "On", "TLSv1.3": "On", "HandshakeTimeout": 8}
    more = [
        block("TTLSRule", "to_partner", rule),
        block("TTLSEnvironmentAction", "client", client),
        block("TTLSKeyringParms", "partners", {"Keyring": "partners"}),
        block("TTLSEnvironmentAdvancedParms", "client_advanced", advanced),
    ]
    running = Controlled(place, rings, "run", more=more)
    running.partner = port
    running.good = authority.issue("partner")
    running.other = authority.issue("other")
    running.stranger = Authority(place / "stranger").issue("partner")
    yield running
    running.stop()


@pytest.fixture
def met(client):
    """Has the program connect; its conversation partner there."""
    with socket.create_server(("127.0.0.1", client.partner)) as listener, client.peer() as starter:
        listener.settimeout(60)

        def dial(certificate=client.good):
            assert starter.ask("dial", "127.0.0.1", str(client.partner)) == "dialled"
            server = Server(listener, certificate)
            assert server.line() == b"ready\n"
            return server

        yield dial


def row_of(client, told):
    """What the operator sees of the connection."""
    return client.status()[told["connection_id"]]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_client_program_starts_and_stops_tls_as_client(client, met, tls):
    with met() as server:
        before = server.ask("query")
        assert (before["policy"], before["connection"], before["rule"], before["secondary"]) == (5, 1, "to_partner", False)
        row = row_of(client, before)
        assert (row["direction"], row["map"], row["policy"], row["security"]) == ("outbound", "primary", "Appl_Cntrl", "Not_Secure")
        assert (row["role"], row["rule"], row["environment"]) == ("Client", "to_partner", "client")
        assert row["peer"] == f"127.0.0.1:{client.partner}"
        for _ in range(3):
            begun = server.init(tls)
            assert (begun["error"], begun["connection"], begun["sec_type"]) == (None, 3, 1)
            told = server.ask("query", "ftp.partner.example")
            assert (told["host"], told["protocol"]) == (0, {"1.2": 0x0303, "1.3": 0x0304}[tls])
            assert server.ask("query", "elsewhere.example")["host"] == 2
            shown = bytes.fromhex(server.ask("ask", "0x01", "4096")["certificate"])
            sent = ssl.PEM_cert_to_DER_cert(client.good.certificate.read_text())
            assert hashlib.sha256(shown).digest() == hashlib.sha256(sent).digest()
            row = row_of(client, told)
            assert (row["security"], row["protocol"]) == ("Secure", f"TLSv{tls}")
            keys = None if tls == "1.3" else "EOPNOTSUPP"
            assert {asked: server.ask("ask", asked)["error"] for asked in ("0x04", "0x08", "0x40", "0x80")} == {
                "0x04": None,
                "0x08": keys,
                "0x40": keys,
                # Tickets are the server's to send.
                "0x80": "EPROTO",
            }
            ended = server.stop()
            assert (ended["error"], ended["connection"]) == (None, 1)
            assert row_of(client, ended)["security"] == "Not_Secure"


def test_a_server_that_nobody_vouches_for_is_refused(client, met):
    with met(client.stranger) as server:
        told = server.ask("query")
        server.say("init")
        assert server.line() == b"go\n"
        with pytest.raises((OSError, EOFError)):
            server.secure()
            server.line()
    number = f"{told['connection_id']:08X}"

    def ended():
        return [line for line in client.log() if (line.get("conn"), line.get("outcome")) == (number, "handshake-failed")]

    assert wait_until(ended, "its outcome")[0]["rule"] == "to_partner"
    assert told["connection_id"] not in client.status()


def test_a_server_that_says_nothing_ends_the_connection_in_time(met):
    with met() as server:
        server.say("init")
        assert server.line() == b"go\n"
        with pytest.raises((OSError, EOFError)):
            while server.socket.recv(4096):
                pass
            raise EOFError


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_what_a_client_program_opens_further_resumes_the_session(client, met, tls):
    listener = socket.create_server(("127.0.0.1", 0))
    with met() as server, listener:
        listener.settimeout(60)
        server.init(tls)
        for _ in range(3):
            assert server.ask("dial", "127.0.0.1", str(listener.getsockname()[1])) == "dialled"
            with Server(listener, client.good) as data:
                assert data.line() == b"ready\n"
                assert data.ask("query")["secondary"] is True
                told = data.init(tls)
                assert (told["error"], told["connection"], told["resumed"]) == (None, 3, True)
                assert data.socket.session_reused


def test_a_further_connection_to_somebody_else_is_refused_where_the_session_is_known(client, met):
    listener = socket.create_server(("127.0.0.1", 0))
    with met() as server, listener:
        listener.settimeout(60)
        server.init()
        assert server.ask("dial", "127.0.0.1", str(listener.getsockname()[1])) == "dialled"
        # The same authority vouches for it, but it is not the server of the primary connection (RFC 4217 section 10).
        with Server(listener, client.other) as data:
            assert data.line() == b"ready\n"
            data.say("init")
            assert data.line() == b"go\n"
            with pytest.raises((OSError, EOFError)):
                data.secure()
                data.line()
