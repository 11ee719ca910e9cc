"""Unchanged FTP programs that know no TLS deliver to partners that demand it, and fetch from them."""

import pytest

from cells import covering
from client_exercise import Delivery
from client_matrix import all_cells, long_cells
from jobs import JOBS

#: Combinations of so many values all occur in the default choice.
STRENGTH = 2
#: Files that go together, in the long cells and in the others.
LONG, SHORT = 200, 3
#: Partners that demand that data connections resume the session of their control connection.
RESUMING = ("vsftpd", "proftpd")


def pytest_generate_tests(metafunc):
    full = metafunc.config.getoption("--full")
    cells = all_cells()
    cells = cells if full else covering(cells, STRENGTH)
    cells.sort(key=lambda cell: (cell.partner, cell.interceptor))
    long = set(cells) if full else long_cells(cells)

    def group(cell):
        """Cells that share what they start: more of it where there are many cells."""
        return "-".join(("clients", cell.partner, *([cell.interceptor] if full else [])))

    metafunc.parametrize(
        "cell, many",
        [
            pytest.param(
                cell,
                LONG if cell in long else SHORT,
                id=cell.id + (f"-{LONG}-files" if cell in long else ""),
                marks=pytest.mark.xdist_group(group(cell)),
            )
            for cell in cells
        ],
    )


def test_a_job_delivers_and_fetches(wrapping, work, cell, many):
    ttls = wrapping(cell.partner, cell.interceptor, tls=cell.tls)
    job = JOBS[cell.job]()
    delivery = Delivery(job, ttls.partner.server, work, many)
    where = ttls.where(cell.start, cell.family)
    status, said, outcomes = ttls.perform(job.script(delivery.errand(*where, cell.data), work), work)
    assert status == 0, said[-3000:]
    delivery.check(said)
    delivery.remove()
    secured = [outcome for outcome in outcomes if outcome["rule"] != "-"]
    data = [outcome for outcome in secured if outcome["map"] == "secondary"]
    assert len(data) >= (many + 1) * (2 if job.uploads else 1)
    for outcome in secured:
        assert (outcome["outcome"], outcome["protocol"]) == ("complete", f"TLSv1.{cell.tls[2]}"), outcome
        assert outcome["environment"] == "ftp_client", outcome
    if cell.partner in RESUMING:
        assert {outcome["resumed"] for outcome in data} == {"yes"}
