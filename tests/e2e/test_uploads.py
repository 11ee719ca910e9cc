"""Many uploads in one session at TLS 1.3: where tickets on data connections have cost others their files."""

import os

import pytest

from clients.curl import Curl
from clients.lftp import Lftp
from exercise import new_folder, written


def fill(folder, count, size):
    """`count` files of noise."""
    folder.mkdir()
    for number in range(1, count + 1):
        written(folder / f"{number}.bin", os.urandom(size))
    return folder


def assert_all_arrived(source, disk):
    """Both folders hold the same."""
    wanted = {path.name: path.read_bytes() for path in source.iterdir()}
    arrived = {path.name: path.read_bytes() for path in disk.iterdir()}
    assert {name: len(content) for name, content in arrived.items()} == {
        name: len(content) for name, content in wanted.items()
    }
    assert arrived == wanted


def assert_all_resumed(server, before, uploads):
    """Every data connection since `before` resumed the control session and ended in order."""
    server.settle()
    data = [outcome for outcome in server.outcomes(before) if outcome["map"] == "secondary"]
    assert len([outcome for outcome in data if outcome["received"]]) == uploads
    assert {(outcome["resumed"], outcome["outcome"]) for outcome in data} == {("yes", "complete")}


@pytest.mark.parametrize("interceptor", ["gateway", "run"])
@pytest.mark.parametrize("daemon", ["vsftpd", "proftpd", "pureftpd"])
@pytest.mark.parametrize("tls", ["1.3", "1.2"])
def test_curl_uploads_50_files_in_a_row(wrapped, work, daemon, interceptor, tls):
    server = wrapped(daemon, interceptor)
    before = server.settle()
    name, disk = new_folder(server.daemon)
    source = fill(work / "source", 50, 200_000)
    client = Curl(server.target(tls=tls), work)
    arguments = [word for word in client.arguments() if word != "-g"]
    client.run([*arguments, "-T", source / "[1-50].bin", client.url(f"{name}/")])
    assert_all_arrived(source, disk)
    assert_all_resumed(server, before, 50)
    controls = [outcome for outcome in server.outcomes(before) if outcome["map"] == "primary"]
    assert len(controls) == 1


@pytest.mark.parametrize("interceptor", ["gateway", "run"])
@pytest.mark.parametrize("daemon", ["vsftpd", "proftpd"])
@pytest.mark.parametrize("tls", ["1.3", "1.2"])
def test_lftp_mirrors_200_files(wrapped, work, daemon, interceptor, tls):
    server = wrapped(daemon, interceptor)
    before = server.settle()
    name, disk = new_folder(server.daemon)
    source = fill(work / "source", 200, 5_000)
    Lftp(server.target(tls=tls), work).call(f"mirror -R {source} {name}")
    assert_all_arrived(source, disk)
    assert_all_resumed(server, before, 200)
