"""Where a partner cannot be secured the job fails, nothing is sent in clear, and the message says why."""

import os

import pytest

from exercise import digest, new_folder
from jobs.base import quote
from middle import Middle, clear_lines
from wrapped_clients import Partner

BIG = 20_000_000


@pytest.fixture
def job(work):
    """A folder with the file that the job delivers."""
    (work / "big.bin").write_bytes(os.urandom(BIG))
    return work


def deliver(wrapping, server, port, job, folder, *options):
    """`ttls run -- ncftpput` of the big file; returns (exit status, what it said, outcomes)."""
    words = ["ncftpput", "-d", "/dev/stdout", "-u", server.user, "-p", server.password, "-P", port, "-r", "0", "-t", "60"]
    words += [*options, "127.0.0.1", folder, job / "big.bin"]
    script = job / "job.sh"
    script.write_text("exec " + " ".join(quote(word) for word in words) + "\n")
    return wrapping.run(script, job)


def test_a_delivered_file_is_whole(partners, make_wrapping, job):
    partner = partners("vsftpd")
    folder, disk = new_folder(partner.server)
    status, said, outcomes = deliver(make_wrapping(partner), partner.server, partner.explicit, job, folder, "-F")
    assert status == 0, said
    assert digest(disk / "big.bin") == digest(job / "big.bin")
    data = [outcome for outcome in outcomes if outcome["map"] == "secondary" and outcome["sent"]]
    assert [outcome["sent"] for outcome in data] == [BIG]


def test_a_file_that_the_partner_did_not_take_whole_is_a_failure(start_partner, make_wrapping, job):
    partner = start_partner("vsftpd", under=["prlimit", "--fsize=5000000", "--"])
    folder, disk = new_folder(partner.server)
    status, said, _ = deliver(make_wrapping(partner), partner.server, partner.explicit, job, folder, "-F")
    assert status != 0, said
    arrived = disk / "big.bin"
    assert not arrived.exists() or arrived.stat().st_size < BIG


BAD = {
    "expired": ({"expired": True}, "expired"),
    "other-host": ({"names": "DNS:elsewhere.example"}, "name"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("start", ["explicit", "implicit"])
def test_a_bad_certificate_stops_the_job(start_partner, authority, make_wrapping, job, kind, start):
    options, word = BAD[kind]
    partner = start_partner("vsftpd", authority.issue(f"bad-{kind}-{start}", **options))
    refused(partner, start, make_wrapping, job, word)


@pytest.mark.parametrize("start", ["explicit", "implicit"])
def test_an_unknown_authority_stops_the_job(start_partner, base, make_wrapping, job, start):
    from partners.certificates import Authority

    stranger = Authority(base / f"stranger-{start}", "Stranger CA")
    refused(start_partner("vsftpd", stranger.issue("partner")), start, make_wrapping, job, "issuer")


def refused(partner, start, make_wrapping, job, word):
    """The job fails, says `word`, and a listener heard nothing but TLS."""
    middle = Middle(partner.port(start))
    ports = {"explicit": partner.explicit, "implicit": partner.implicit} | {start: middle.port}
    wrapping = make_wrapping(Partner(partner.server, ports["explicit"], ports["implicit"]))
    folder, disk = new_folder(partner.server)
    status, said, outcomes = deliver(wrapping, partner.server, middle.port, job, folder, "-F")
    middle.close()
    assert status != 0
    assert not any(disk.iterdir())
    assert set(clear_lines(middle.heard)) <= {"AUTH TLS"}
    assert partner.server.password.encode() not in middle.heard
    assert "421" in said and word in said.lower(), said
    (outcome,) = [outcome for outcome in outcomes if outcome["map"] == "primary"]
    assert outcome["outcome"] == "handshake-failed", outcome
    assert word in outcome["reason"].lower(), outcome


def strip(data):
    """Answers AUTH in the server's place, as one who wants to read along does."""
    return b"500 Unknown command.\r\n" if data.upper().startswith(b"AUTH") else None


def inject(data):
    """Puts a reply of his own behind the server's 234, which the client would take for one under TLS."""
    return b"234 go on\r\n230 Logged in.\r\n" if data.upper().startswith(b"AUTH") else None


@pytest.mark.parametrize("answer, word", [(strip, "refuses AUTH"), (inject, "injection")], ids=["stripped", "injected"])
def test_a_man_in_the_middle_gets_nothing(partners, make_wrapping, job, answer, word):
    partner = partners("vsftpd")
    middle = Middle(partner.explicit, answer)
    wrapping = make_wrapping(Partner(partner.server, middle.port, partner.implicit))
    folder, disk = new_folder(partner.server)
    status, said, outcomes = deliver(wrapping, partner.server, middle.port, job, folder, "-F")
    middle.close()
    assert status != 0
    assert not any(disk.iterdir())
    assert clear_lines(middle.heard) == ["AUTH TLS"]
    assert "421" in said and word in said, said
    (outcome,) = [outcome for outcome in outcomes if outcome["map"] == "primary"]
    assert outcome["outcome"] == "violation", outcome


def test_where_policy_allows_it_a_refused_auth_leaves_a_session_in_clear(partners, plain, make_wrapping, work):
    server, port = plain("proftpd")
    folder, disk = new_folder(server)
    (work / "big.bin").write_bytes(b"in clear")
    wrapping = make_wrapping(
        Partner(server, port, partners("vsftpd").implicit), ftp={"SECURE_FTP": "ALLOWED", "SECURE_DATACONN": "CLEAR"}
    )
    status, said, _ = deliver(wrapping, server, port, work, folder, "-F")
    assert status == 0, said
    assert (disk / "big.bin").read_bytes() == b"in clear"
