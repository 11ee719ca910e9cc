"""Without ttls: the daemons are started rightly and the clients know how to use them."""

from itertools import product

import pytest

from clients import CLIENTS
from clients.base import Target
from clients.ftplib import Ftplib
from daemons import DAEMONS
from daemons.base import Peer
from exercise import exercise, new_folder, written
from impossible import able, reason
from matrix import DIMENSIONS, Cell
from processes import wait_until


def cells():
    """What is possible without TLS; openssl cannot speak without it."""
    clients = [name for name in CLIENTS if name != "openssl"]
    names = product(DAEMONS, clients, ["plain"], DIMENSIONS["data"], ["none"], DIMENSIONS["family"], ["none"])
    return [cell for values in names if reason(cell := Cell(*values)) is None]


@pytest.mark.parametrize("cell", cells(), ids=lambda cell: cell.id)
def test_files_move_in_clear(plain, work, cell):
    server, port = plain(cell.daemon)
    target = Target(cell.host, port, server.user, server.password, cell.data, None)
    exercise(CLIENTS[cell.client](target, work), server, able(cell.daemon, cell.client))


@pytest.mark.parametrize("daemon", DAEMONS)
def test_the_daemon_logs_its_clients(plain, work, daemon):
    server, port = plain(daemon)
    client = Ftplib(Target("127.0.0.1", port, server.user, server.password, "EPSV", None), work)
    folder, _ = new_folder(server)
    client.put(written(work / "file", b"content"), f"{folder}/logged.bin")
    local = client.connected().sock.getsockname()[1] if server.logs_port else None
    client.close()
    wait_until(lambda: Peer("127.0.0.1", local) in server.peers(), "the client in the daemon's log")
    if server.logs_transfers:
        wait_until(
            lambda: [done for done in server.transfers() if done.name.endswith(f"{folder}/logged.bin") and done.complete],
            "the transfer in the daemon's log",
        )
