"""A download that nobody can tell from a broken one is not presented as complete."""

import os

import pytest

from exercise import digest, new_folder
from jobs.base import quote

SIZE = 3_000_000


def fetch(partner, make_wrapping, work, program, start="explicit"):
    """Fetches one file; returns (exit status, what the program said, outcomes, the file's digest on the server)."""
    folder, disk = new_folder(partner.server)
    (disk / "big.bin").write_bytes(os.urandom(SIZE))
    server, port = partner.server, partner.port(start)
    url = f"ftp://{server.user}:{server.password}@127.0.0.1:{port}/{folder}/big.bin"
    words = {
        "curl": ["curl", "-q", "-sS", "--max-time", "60", "-o", "big.bin", url],
        "wget": ["wget", "-t", "1", "-T", "60", "-O", "big.bin", url],
    }[program]
    script = work / "job.sh"
    script.write_text("exec " + " ".join(quote(word) for word in words) + "\n")
    status, said, outcomes = make_wrapping(partner).run(script, work)
    return status, said, outcomes, digest(disk / "big.bin")


@pytest.mark.parametrize("program", ["curl", "wget"])
@pytest.mark.parametrize("start", ["explicit", "implicit"])
def test_a_download_without_close_notify_is_a_failure(start_partner, make_wrapping, work, program, start):
    partner = start_partner("pyftpdlib", end="abrupt")
    status, said, outcomes, _ = fetch(partner, make_wrapping, work, program, start)
    assert status != 0, said
    (data,) = [outcome for outcome in outcomes if outcome["map"] == "secondary" and outcome["received"] > 1_000]
    assert data["outcome"] == "truncated", data


def test_the_same_download_with_close_notify_is_complete(start_partner, make_wrapping, work):
    status, said, outcomes, expected = fetch(start_partner("pyftpdlib"), make_wrapping, work, "curl")
    assert status == 0, said
    assert digest(work / "big.bin") == expected
    assert {outcome["outcome"] for outcome in outcomes} == {"complete"}
