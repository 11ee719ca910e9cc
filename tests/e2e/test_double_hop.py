"""A program that knows no TLS delivers to a daemon that knows none: ttls on both sides, FTPS between."""

import pytest

from client_exercise import Delivery
from jobs import JOBS
from policy import RING
from wrapped_clients import Partner, Wrapping, new_place


@pytest.mark.parametrize("start", ["explicit", "implicit"])
@pytest.mark.parametrize("data", ["EPSV", "PORT"])
@pytest.mark.parametrize("server_side, client_side", [("run", "run"), ("gateway", "gateway"), ("run", "gateway"), ("gateway", "run")])
def test_both_ends_are_wrapped(wrapped, rings, base, work, server_side, client_side, data, start):
    server = wrapped("vsftpd", server_side)
    partner = Partner(server.daemon, server.policy.explicit, server.policy.implicit)
    ttls = Wrapping(partner, rings.folder, new_place(base, "hop-"), {"ring": RING})
    job = JOBS["curl"]()
    delivery = Delivery(job, server.daemon, work, many=3)
    if client_side == "gateway":
        ttls.start_gateway()
    status, said, outcomes = ttls.perform(job.script(delivery.errand(*ttls.where(start, "ipv4"), data), work), work)
    ttls.stop()
    assert status == 0, said
    delivery.check(said)
    delivery.remove()
    data_connections = [outcome for outcome in outcomes if outcome["map"] == "secondary"]
    assert len(data_connections) >= 8
    for outcome in outcomes:
        if outcome["rule"] != "-":
            assert (outcome["outcome"], outcome["protocol"]) == ("complete", "TLSv1.3"), outcome
    assert {outcome["resumed"] for outcome in data_connections} == {"yes"}
