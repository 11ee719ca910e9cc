"""Settings that change how wrapped clients and their partners speak with each other."""

import pytest

from client_exercise import Delivery
from jobs import JOBS
from middle import Middle
from wrapped_clients import Partner


@pytest.mark.parametrize("data", ["PORT", "EPRT"])
def test_fwfriendly_makes_a_programs_active_transfers_passive(partners, make_wrapping, work, data):
    outcomes = deliver(partners("vsftpd"), make_wrapping, work, data, {"FWFRIENDLY": "TRUE"})
    assert {outcome["direction"] for outcome in outcomes if outcome["map"] == "secondary"} == {"outbound"}


#: Back to clear after login.
CCC = {"SECURE_CTRLCONN": "CLEAR", "CCCAFTERLOGIN": "TRUE"}


def test_ccc_after_login_leaves_data_and_password_protected(partners, make_wrapping, work):
    heard = overheard(partners("pureftpd"), make_wrapping, work)
    assert b"NOOP\r\n" in heard and b"STOR single.bin" in heard
    assert b"PASS" not in heard


@pytest.mark.parametrize("name", ["vsftpd", "proftpd"])
def test_a_partner_that_refuses_ccc_keeps_the_session_protected(partners, make_wrapping, work, name):
    assert b"STOR" not in overheard(partners(name), make_wrapping, work)


def overheard(partner, make_wrapping, work):
    """What a man in the middle hears of an errand with CCC after login."""
    middle = Middle(partner.explicit)
    deliver(Partner(partner.server, middle.port, partner.implicit), make_wrapping, work, "EPSV", CCC)
    middle.close()
    return middle.heard


def deliver(partner, make_wrapping, work, data, ftp):
    """A whole errand under these TTLSFtpParms, every connection of it under TLS; returns the outcomes."""
    delivery = Delivery(JOBS["ftplib"](), partner.server, work, many=3)
    script = delivery.job.script(delivery.errand("127.0.0.1", partner.explicit, data), work)
    status, said, outcomes = make_wrapping(partner, ftp=ftp).run(script, work)
    assert status == 0, said
    delivery.check(said)
    delivery.remove()
    assert {(outcome["outcome"], outcome["protocol"]) for outcome in outcomes} == {("complete", "TLSv1.3")}
    return outcomes
