"""The main promise: unchanged daemons, usual clients, every way to start TLS and to move data."""

import pytest

from cells import covering
from clients import CLIENTS
from exercise import exercise
from impossible import able
from matrix import all_cells, big_cells

#: Combinations of so many values all occur in the default choice.
STRENGTH = 3
#: Clients that offer the session of the control connection on each data connection, and at which versions.
RESUMING = {"curl": ("1.2", "1.3"), "libcurl": ("1.2",), "lftp": ("1.2", "1.3"), "openssl": ("1.2", "1.3")}


def pytest_generate_tests(metafunc):
    full = metafunc.config.getoption("--full")
    cells = all_cells()
    cells = cells if full else covering(cells, STRENGTH)
    cells.sort(key=lambda cell: (cell.daemon, cell.interceptor))
    with_big = set(cells) if full else big_cells(cells)
    groups = {pair: number for number, pair in enumerate(sorted({(cell.daemon, cell.interceptor) for cell in cells}))}
    metafunc.parametrize(
        "cell, big",
        [
            pytest.param(
                cell,
                cell in with_big,
                id=cell.id + ("-100MB" if cell in with_big else ""),
                marks=pytest.mark.xdist_group(f"matrix{groups[cell.daemon, cell.interceptor]}"),
            )
            for cell in cells
        ],
    )


def test_files_arrive_as_they_were_sent(wrapped, work, big_file, cell, big):
    server = wrapped(cell.daemon, cell.interceptor)
    before = server.settle()
    client = CLIENTS[cell.client](
        server.target(cell.host, cell.data, cell.tls, implicit=cell.start == "implicit"), work
    )
    exercise(client, server.daemon, able(cell.daemon, cell.client), big_file if big else None)
    server.settle()
    outcomes = server.outcomes(before)
    data = [outcome for outcome in outcomes if outcome["map"] == "secondary"]
    assert len(data) >= 8
    for outcome in outcomes:
        assert (outcome["outcome"], outcome["protocol"]) == ("complete", f"TLSv1.{cell.tls[2]}"), outcome
        assert outcome["environment"] == "ftp_server", outcome
    if cell.tls in RESUMING.get(cell.client, ()):
        assert {outcome["resumed"] for outcome in data} == {"yes"}
