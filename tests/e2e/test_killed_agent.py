"""What is cut off because the agent is gone never looks complete to anyone."""

import ftplib
import os
import signal

import pytest

from exercise import new_folder
from processes import wait_until
from raw import Raw
from ttls import connections

#: More than all buffers between a daemon and a client that does not read.
SIZE = 60_000_000


def kill(process):
    """Ends the agent as the kernel does it when memory runs out."""
    os.kill(process.pid, signal.SIGKILL)
    process.popen.wait(60)


def receive_until_the_end(stream, size):
    """How much comes until the connection ends in order; an end out of order is an exception."""
    while part := stream.recv(65536):
        size += len(part)
    return size


@pytest.mark.parametrize("interceptor", ["gateway", "run"])
@pytest.mark.parametrize("data", ["passive", "active"])
@pytest.mark.parametrize("protection", ["C", "P"])
def test_a_download_breaks_when_the_agent_dies(make_ttls, interceptor, data, protection):
    server = make_ttls("vsftpd", ftp={"SECURE_DATACONN": "CLEAR"})
    server.run() if interceptor == "run" else server.gateway()
    folder, disk = new_folder(server.daemon)
    with open(disk / "big.bin", "wb") as file:
        file.truncate(SIZE)
    with Raw(server.target()).ready() as client:
        client.talk.expect(f"PROT {protection}", 200)
        stream = client.passive() if data == "passive" else client.active()
        client.talk.expect(f"RETR {folder}/big.bin", 125, 150)
        if data == "active":
            stream = stream.accept()[0]
        stream.settimeout(60)
        if protection == "P":
            stream = client.wrap(stream, client.socket.session)
            # Python would say that a reset is an end like any other.
            stream.suppress_ragged_eofs = False
        size = len(stream.recv(1000))
        kill(server.process)
        with pytest.raises(OSError):
            size = receive_until_the_end(stream, size)
    assert 0 < size < SIZE


def log_in(partner, ttls):
    """A plain client behind a gateway."""
    client = ftplib.FTP(timeout=60)
    client.connect(*ttls.where("explicit", "ipv4"))
    client.login(partner.server.user, partner.server.password)
    client.voidcmd("TYPE I")
    return client


@pytest.mark.parametrize("protection", ["CLEAR", "PRIVATE"])
def test_a_program_hears_that_its_download_broke_when_the_agent_dies(start_partner, make_wrapping, protection):
    partner = start_partner("vsftpd", force_local_data_ssl="NO")
    ttls = make_wrapping(partner, "gateway", ftp={"SECURE_DATACONN": protection})
    folder, disk = new_folder(partner.server)
    with open(disk / "big.bin", "wb") as file:
        file.truncate(SIZE)
    client = log_in(partner, ttls)
    with client.transfercmd(f"RETR {folder}/big.bin") as stream:
        size = len(stream.recv(1000))
        kill(ttls.process)
        with pytest.raises(OSError):
            size = receive_until_the_end(stream, size)
    client.close()
    assert 0 < size < SIZE


@pytest.mark.parametrize("protection", ["CLEAR", "PRIVATE"])
def test_a_partner_keeps_no_upload_as_complete_when_the_agent_dies(start_partner, make_wrapping, protection):
    partner = start_partner("vsftpd", force_local_data_ssl="NO")
    ttls = make_wrapping(partner, "gateway", ftp={"SECURE_DATACONN": protection})
    folder, disk = new_folder(partner.server)
    client = log_in(partner, ttls)
    with client.transfercmd(f"STOR {folder}/cut.bin") as stream:
        stream.sendall(os.urandom(300_000))
        wait_until((disk / "cut.bin").exists, "the upload")
        kill(ttls.process)
        wait_until(lambda: not serves(partner), "the end of the server's session")
    client.close()
    assert not any(transfer.complete for transfer in partner.server.transfers())


def serves(partner):
    """The partner has a session."""
    return [row for row in connections("self") if row.local_port == partner.explicit]
