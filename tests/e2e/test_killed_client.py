"""An upload that is cut off never looks complete to the daemon, nor to the client."""

import os
import socket
import struct

import pytest

from clients.curl import Curl
from daemons import DAEMONS
from exercise import ORDINARY, new_folder
from processes import Process, wait_until
from raw import Raw, abandon

pytestmark = [pytest.mark.parametrize("interceptor", ["gateway", "run"]), pytest.mark.parametrize("daemon", DAEMONS)]

#: "aborted": the control connection went first, and its data connection with it.
CUT = {"truncated", "broken", "aborted"}


def test_a_killed_client_leaves_no_complete_upload(wrapped, work, big_file, daemon, interceptor):
    server = wrapped(daemon, interceptor)
    before = server.settle()
    name, disk = new_folder(server.daemon)
    client = Curl(server.target(), work)
    command = [*client.arguments(), "--limit-rate", "4M", "-T", big_file, client.url(f"{name}/cut.bin")]
    curl = Process("curl", command, work / "curl")
    wait_until(lambda: any(path.stat().st_size > 500_000 for path in disk.iterdir()), "the first part of the upload")
    curl.kill()
    data = wait_until(
        lambda: [outcome for outcome in server.outcomes(before) if outcome["map"] == "secondary"],
        "the outcome of the data connection",
    )
    assert [outcome["outcome"] in CUT for outcome in data] == [True], data
    server.settle()
    assert_reported_broken(server.daemon, f"{name}/cut.bin", big_file.stat().st_size, disk)


@pytest.mark.parametrize("end", [abandon, "reset"])
def test_an_upload_without_close_notify_is_reported_failed(wrapped, daemon, interceptor, end):
    server = wrapped(daemon, interceptor)
    name, disk = new_folder(server.daemon)
    with Raw(server.target()).ready() as client:
        data = client.passive()
        client.talk.expect(f"STOR {name}/cut.bin", 125, 150)
        stream = client.wrap(data, client.socket.session)
        stream.sendall(os.urandom(ORDINARY))
        if end == "reset":
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        abandon(stream)
        code, text = client.talk.reply(45)
        assert code // 100 in (4, 5), text
        if end is abandon:
            assert text == "426 Data connection ended without TLS close_notify; the file may be truncated."
        if daemon != "inetutils":
            client.talk.expect("NOOP", 200)
    assert_reported_broken(server.daemon, f"{name}/cut.bin", ORDINARY + 1, disk)


def assert_reported_broken(daemon, name, size, disk):
    """The daemon has not kept it as a complete file, as far as it tells."""
    kept = disk / name.rpartition("/")[2]
    assert not kept.exists() or kept.stat().st_size < size
    if daemon.logs_transfers:
        logged = [transfer for transfer in daemon.transfers() if transfer.name.endswith(name)]
        assert not any(transfer.complete for transfer in logged)
