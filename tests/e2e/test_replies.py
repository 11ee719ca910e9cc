"""What clients that go wrong, or mean harm, are told: the exact replies."""

import os
import socket
import ssl

import pytest

from conversation import passive_port
from exercise import new_folder, written
from processes import wait_until
from raw import Raw, receive_all

DAEMON = "vsftpd"
BEHIND_AUTH = "421 Commands behind AUTH in clear are refused: possible injection. Closing."


@pytest.fixture(scope="module")
def strict(wrapped):
    """The default policy."""
    return wrapped(DAEMON, "gateway")


@pytest.fixture(scope="module")
def lenient(make_ttls):
    """CCC, clear data and log-ins without AUTH allowed."""
    return make_ttls(
        DAEMON, ftp={"SECURE_FTP": "ALLOWED", "SECURE_CTRLCONN": "CLEAR", "SECURE_DATACONN": "CLEAR"}
    ).gateway()


@pytest.fixture(scope="module")
def reusing(make_ttls):
    """Data connections must resume the session of their control connection."""
    return make_ttls(DAEMON, ftp={"SECURE_SESSION_REUSE": "REQUIRED"}).gateway()


def ready(server, **choices):
    """A session that has logged in under TLS."""
    return Raw(server.target(**choices)).ready()


def said(client, line):
    """The reply to a command, as text."""
    return client.talk.command(line)[1]


# AUTH


def test_a_command_behind_auth_in_one_segment_ends_the_session(strict):
    with Raw(strict.target()) as client:
        client.greet().socket.sendall(b"AUTH TLS\r\nUSER x\r\n")
        assert client.talk.reply()[1] == BEHIND_AUTH
        assert client.talk.closed()


def test_a_command_right_behind_auth_is_never_run_under_tls(strict):
    with Raw(strict.target()) as client:
        client.greet().socket.sendall(b"AUTH TLS\r\n")
        client.socket.sendall(b"USER injected\r\n")
        try:
            if client.talk.reply()[0] == 234:
                client.secure()
                pytest.fail("the handshake succeeded with a command before it")
        except OSError:
            pass
    assert "injected" not in strict.daemon.log("vsftpd.log")


def test_auth_after_login_is_refused(lenient):
    with Raw(lenient.target()) as client:
        client.greet().login()
        assert said(client, "AUTH TLS") == "534 AUTH is not accepted after USER: connect again."


def test_login_before_auth_is_refused_where_tls_is_required(strict):
    with Raw(strict.target()) as client:
        client.greet()
        assert said(client, "USER x") == "530 Log in with TLS first: send AUTH TLS."


def test_a_second_auth_is_refused(strict):
    with ready(strict) as client:
        assert said(client, "AUTH TLS") == "503 The control connection is already secure."


def test_auth_where_tls_is_implicit_is_refused(strict):
    with ready(strict, implicit=True) as client:
        assert said(client, "AUTH TLS") == "503 TLS is implicit on this port, AUTH is not needed."


def test_an_unknown_mechanism_is_refused(strict):
    with Raw(strict.target()) as client:
        client.greet()
        assert said(client, "AUTH GSSAPI") == "504 Unknown mechanism: use AUTH TLS."


@pytest.mark.parametrize("mechanism", ["TLS", "TLS-C", "TLS-P", "SSL", "tls"])
def test_every_spelling_of_tls_is_accepted(strict, mechanism):
    with Raw(strict.target()) as client:
        client.greet()
        assert said(client, f"AUTH {mechanism}") == "234 AUTH accepted, starting TLS."
        client.secure().login()


def test_a_browser_is_sent_away(strict):
    with Raw(strict.target()) as client:
        client.greet()
        assert said(client, "GET / HTTP/1.1") == "421 This is an FTP server. Closing."
        assert client.talk.closed()


# PBSZ, PROT, FEAT


def test_prot_before_pbsz_is_refused(strict):
    with Raw(strict.target()) as client:
        client.greet().auth()
        assert said(client, "PROT P") == "503 Send PBSZ 0 before PROT."


def test_pbsz_in_clear_is_refused(strict):
    with Raw(strict.target()) as client:
        client.greet()
        assert said(client, "PBSZ 0") == "503 PBSZ needs a secure control connection: send AUTH TLS first."


def test_a_size_other_than_0_becomes_0(strict):
    with ready(strict) as client:
        assert said(client, "PBSZ 16384") == "200 PBSZ=0"


@pytest.mark.parametrize("level", ["S", "E"])
def test_levels_that_tls_does_not_have_are_refused(strict, level):
    with ready(strict) as client:
        assert said(client, f"PROT {level}") == "536 TLS has no such level: use PROT P or PROT C."


def test_a_transfer_in_clear_is_refused_where_data_must_be_private(strict):
    with ready(strict) as client:
        client.talk.expect("PROT C", 200)
        client.passive().close()
        assert said(client, "LIST") == "522 Data connections must be protected: send PROT P."
        client.talk.expect("PROT P", 200)
        assert client.download("LIST")[1].startswith("226")


def test_data_in_clear_pass_where_policy_leaves_it_to_the_client(lenient):
    folder, disk = new_folder(lenient.daemon)
    written(disk / "file", b"content")
    with ready(lenient) as client:
        client.talk.expect("PROT C", 200)
        assert client.download(f"RETR {folder}/file", protect=False)[0] == b"content"


def test_features_of_tls_are_announced_beside_those_of_the_daemon(strict):
    with Raw(strict.target()) as client:
        client.greet()
        features = said(client, "FEAT").splitlines()
        assert {" AUTH TLS", " PBSZ", " PROT", " EPRT", " REST STREAM"} <= set(features)


@pytest.mark.parametrize("line", ["REIN", "SSCN ON", "CPSV", "LPSV", "MIC x", "ENC x", "CONF x"])
def test_ways_round_the_protection_are_not_offered(strict, line):
    with ready(strict) as client:
        assert said(client, line) == f"502 {line.split()[0]} is not offered here."


# CCC


def test_ccc_is_refused_by_default(strict):
    with ready(strict) as client:
        assert said(client, "CCC") == "534 CCC is refused by policy."
        client.talk.expect("NOOP", 200)


def test_ccc_before_login_is_refused(lenient):
    with Raw(lenient.target()) as client:
        client.greet().auth()
        assert said(client, "CCC") == "503 Log in before CCC."


def test_ccc_where_tls_is_implicit_is_refused(lenient):
    with ready(lenient, implicit=True) as client:
        assert said(client, "CCC") == "534 CCC is refused where TLS is implicit."


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_after_ccc_commands_are_in_clear_and_data_stay_protected(lenient, tls):
    folder, disk = new_folder(lenient.daemon)
    written(disk / "file", b"content")
    with ready(lenient, tls=tls) as client:
        assert said(client, "CCC") == "200 CCC accepted, stopping TLS."
        client.socket = client.socket.unwrap()
        client.talk = client.conversation()
        client.talk.expect("NOOP", 200)
        assert said(client, "PROT C") == "503 PROT is not accepted after CCC."
        assert said(client, "PBSZ 0") == "503 PBSZ is not accepted after CCC."
        assert said(client, "AUTH TLS") == "534 AUTH is not accepted after CCC."
        assert client.download(f"RETR {folder}/file")[0] == b"content"
        client.quit()


def test_commands_behind_ccc_end_the_session(lenient):
    with ready(lenient) as client:
        client.socket.sendall(b"CCC\r\nNOOP\r\n")
        assert client.talk.reply()[1] == "421 Commands behind CCC under TLS are refused. Closing."
        assert client.talk.closed()


# Data connections


def test_a_stranger_at_the_passive_port_gets_nothing_and_stops_nobody(strict):
    folder, disk = new_folder(strict.daemon)
    written(disk / "file", b"content")
    with ready(strict) as client:
        port = passive_port(client.talk.expect("EPSV", 229))
        try:
            with socket.create_connection(("127.0.0.1", port), 10, ("127.0.0.2", 0)) as stranger:
                stranger.settimeout(10)
                assert stranger.recv(1) == b""
        except ConnectionResetError:
            # The reset may come before connect has looked at its result.
            pass
        data = socket.create_connection(("127.0.0.1", port), 60)
        client.talk.expect(f"RETR {folder}/file", 150)
        with client.wrap(data) as stream:
            assert receive_all(stream) == b"content"
        assert client.talk.reply()[0] == 226


def test_a_passive_port_takes_one_connection(strict):
    with ready(strict) as client:
        port = passive_port(client.talk.expect("EPSV", 229))
        first = socket.create_connection(("127.0.0.1", port), 60)
        wait_until(lambda: refused(port), "the end of the listener behind its one connection")
        client.talk.expect("LIST", 150)
        with client.wrap(first) as stream:
            receive_all(stream)
        assert client.talk.reply()[0] == 226


def refused(port):
    """Nobody listens at a loopback port. A reset comes from a listener that ends with connections before it."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass
    return False


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_session_of_another_control_connection_is_refused_where_reuse_is_required(reusing, tls):
    folder, disk = new_folder(reusing.daemon)
    written(disk / "file", b"content")
    with ready(reusing, tls=tls) as first, ready(reusing, tls=tls) as second:
        assert first.download(f"RETR {folder}/file", session=first.socket.session)[0] == b"content"
        assert not_reused(second, f"RETR {folder}/file", first.socket.session)
        assert not_reused(second, f"RETR {folder}/file", None)
        assert second.download(f"RETR {folder}/file", session=second.socket.session)[0] == b"content"


def not_reused(client, line, session):
    """A download that does not resume its own control session is answered 522 and gives nothing."""
    data = client.passive()
    client.talk.expect(line, 150)
    content = b""
    try:
        with client.wrap(data, session) as stream:
            content = receive_all(stream)
    except OSError:
        pass
    assert content == b""
    wanted = "522 Data connection must resume the TLS session of the control connection (session reuse required)."
    return client.talk.reply()[1] == wanted


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_one_ticket_serves_any_number_of_data_connections(reusing, tls):
    folder, disk = new_folder(reusing.daemon)
    content = os.urandom(20_000)
    with ready(reusing, tls=tls) as client:
        session = client.socket.session
        for number in range(20):
            assert client.upload(f"STOR {folder}/{number}", content, session).startswith("226")
            assert client.download(f"RETR {folder}/{number}", session)[0] == content
            assert (disk / str(number)).read_bytes() == content


def test_port_to_another_host_is_refused(strict):
    with ready(strict) as client:
        assert said(client, "PORT 127,0,0,9,40,0") == "500 Address 127.0.0.9 is not yours: 127.0.0.1 is."
        assert said(client, "EPRT |1|127.0.0.9|10240|") == "500 Address 127.0.0.9 is not yours: 127.0.0.1 is."
        assert said(client, "PORT 192,0,2,1,40,0") == "500 Address 192.0.2.1 is not yours: 127.0.0.1 is."


def test_port_to_a_service_is_refused(strict):
    with ready(strict) as client:
        assert said(client, "PORT 127,0,0,1,0,25") == "504 Port 25 is below 1024."


def test_epsv_all_rules_the_other_forms_out(strict):
    with ready(strict) as client:
        client.talk.expect("EPSV ALL", 200)
        for line in ("PASV", "PORT 127,0,0,1,40,0", "EPRT |1|127.0.0.1|10240|"):
            assert said(client, line) == f"503 {line.split()[0]} is not accepted after EPSV ALL."
        assert client.download("LIST")[1].startswith("226")


def test_abor_during_a_download_is_answered_twice_and_the_session_goes_on(strict, big_file):
    folder, disk = new_folder(strict.daemon)
    os.link(big_file, disk / "big")
    with ready(strict) as client:
        data = client.passive()
        client.talk.expect(f"RETR {folder}/big", 150)
        with client.wrap(data) as stream:
            assert stream.recv(1000)
            # Telnet IP and Synch in-line, as lftp does it under TLS.
            client.socket.sendall(b"\xff\xf4\xff\xf2ABOR\r\n")
            assert client.talk.reply()[0] == 426
            assert client.talk.reply()[0] in (225, 226)
        client.talk.expect("NOOP", 200)
        assert client.download("LIST")[1].startswith("226")


def test_a_missing_file_is_reported_and_the_next_transfer_works(strict):
    with ready(strict) as client:
        data = client.passive()
        assert said(client, "RETR no-such-file") == "550 Failed to open file."
        data.close()
        assert client.download("LIST")[1].startswith("226")


@pytest.mark.parametrize("daemon", ["vsftpd", "pyftpdlib"])
def test_300_pipelined_commands_around_a_pbsz_are_answered_in_order(wrapped, daemon):
    server = wrapped(daemon, "gateway")
    with ready(server) as client:
        client.socket.sendall(b"NOOP\r\n" * 150 + b"PBSZ 0\r\n" + b"NOOP\r\n" * 150)
        replies = [client.talk.reply() for _ in range(301)]
        assert [code for code, _ in replies] == [200] * 301
        assert [at for at, (_, text) in enumerate(replies) if text == "200 PBSZ=0"] == [150]
        client.quit()


# Implicit TLS


def test_the_zos_model_of_implicit_tls_is_detected(strict):
    with Raw(strict.target(implicit=True)) as client:
        client.greet().secure().login()
        client.quit()


def test_clear_text_where_tls_is_implicit_ends_the_session(strict):
    with Raw(strict.target(implicit=True)) as client:
        client.socket.sendall(b"USER x\r\n")
        assert client.talk.reply()[1] == "421 TLS is implicit on this port. Closing."
        assert client.talk.closed()


# Who offers ALPN


@pytest.mark.parametrize("offer, accepted", [(["ftp"], True), (["x-filezilla-ftp", "ftp"], True), (["http/1.1"], False)])
def test_protocols_that_clients_name_must_have_ftp(strict, offer, accepted):
    context = ssl.create_default_context(cafile=strict.rings.ca)
    context.set_alpn_protocols(offer)
    raw = socket.create_connection(("127.0.0.1", strict.policy.implicit), 60)
    try:
        with context.wrap_socket(raw, server_hostname="127.0.0.1") as secure:
            assert accepted
            assert secure.selected_alpn_protocol() == "ftp"
    except ssl.SSLError as refusal:
        assert not accepted
        assert "alert no application protocol" in str(refusal)
