"""CCC with real clients: the control connection goes back to clear, the data stay protected."""

import pytest

from clients.curl import Curl
from clients.lftp import Lftp
from exercise import exercise
from impossible import able


@pytest.fixture(scope="module")
def server(make_ttls):
    """CCC allowed."""
    return make_ttls("vsftpd", ftp={"SECURE_CTRLCONN": "CLEAR"}).gateway()


class CurlCcc(Curl):
    """`--ftp-ssl-ccc`."""

    mode = ""

    def arguments(self):
        return [*super().arguments(), "--ftp-ssl-ccc", "--ftp-ssl-ccc-mode", self.mode]

    def call(self, *words):
        printed = super().call(*words)
        assert "< 200 CCC accepted, stopping TLS." in self.said
        return printed


class LftpCcc(Lftp):
    """`ftp:ssl-use-ccc`."""

    def settings(self):
        return ["set ftp:ssl-use-ccc yes", *super().settings()]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("data", ["PASV", "EPSV"])
@pytest.mark.parametrize("mode", ["passive", "active"])
def test_curl_moves_files_after_ccc(server, work, mode, data, tls):
    before = server.settle()
    client = CurlCcc(server.target(data=data, tls=tls), work)
    client.mode = mode
    exercise(client, server.daemon, able("vsftpd", "curl"))
    all_protected(server, before, tls)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_lftp_moves_files_after_ccc(server, work, tls):
    before = server.settle()
    exercise(LftpCcc(server.target(tls=tls), work), server.daemon, able("vsftpd", "lftp"))
    all_protected(server, before, tls)


def all_protected(server, before, tls):
    """Every data connection since `before` was under TLS and ended in order."""
    server.settle()
    data = [outcome for outcome in server.outcomes(before) if outcome["map"] == "secondary"]
    assert data
    assert {(outcome["protocol"], outcome["outcome"]) for outcome in data} == {(f"TLSv{tls}", "complete")}


def test_curl_goes_on_under_tls_where_ccc_is_refused(wrapped, work):
    server = wrapped("vsftpd", "gateway")
    client = Curl(server.target(), work)
    client.call("--ftp-ssl-ccc", client.url(""))
    assert "< 534 CCC is refused by policy." in client.said
