"""RETR and STOR of a big file: by the light client with each cipher, eight at the same time, and by curl."""

from functools import partial

import curl
import memory
from contestants import native, wrapped
from table import Row
from turns import OFTEN, turns
from workload import run

#: How many times a daemon's own TLS it should be at least, by the light client with the first cipher.
TARGETS = {
    "vsftpd": {"retr": 2.0, "stor": 5.0},
    "proftpd": {"retr": 1.3, "stor": 1.1},
    "pureftpd": {"retr": 1.0, "stor": 1.0},
}
#: The daemon whose own TLS takes the least processor time.
CHEAPEST = "pureftpd"
CIPHERS = (("1.3", "128"), ("1.3", "256"), ("1.2", "128"))
EIGHT = 8


def files(place, arguments):
    """All rows."""
    size = arguments.bytes // 1_000_000 * 1_000_000
    costs = {}
    for name, targets in TARGETS.items():
        servers = [wrapped(place, name), native(place, name)]
        for server in servers:
            (server.daemon.root / "big").write_bytes(bytes(size))
            (server.daemon.root / "part").write_bytes(bytes(size // EIGHT))
        for way, target in targets.items():
            for what, transfer in transfers(way, size):
                row = f"{way.upper()} {name} {what}"
                speed, cost = Row(row, "GB/s"), Row(f"{row}, processor", "s/GB", lower=True)
                count = arguments.runs
                if (way, name) not in costs:  # the first
                    speed.target, costs[way, name] = target, cost
                    count *= OFTEN
                for server in turns(count, servers):
                    if way == "stor":
                        make_room(server, size)
                    report = transfer(server)
                    speed.add(server.name, report["bytes"] / 1e9 / report["seconds"])
                    cost.add(server.name, report["processor"] / (report["bytes"] / 1e9))
                yield from (speed, cost)
        for server in servers:
            place.stop(server)
    for (way, name), cost in costs.items():
        row = Row(f"{way.upper()} wrapped {name} to native {CHEAPEST}, processor", "s/GB", lower=True, target=1.0)
        row.figures = {"ttls": cost.figures["ttls"], "native": costs[way, CHEAPEST].figures["native"]}
        yield row


def transfers(way, size):
    """What is measured, in words, and what does it with a server; the first has the target."""
    for tls, aes in CIPHERS:
        yield f"TLS {tls} AES-{aes}", partial(light, way, tls, aes, "big", size, 1)
    yield f"TLS 1.3 AES-128, {EIGHT} at the same time", partial(light, way, "1.3", "128", "part", size // EIGHT, EIGHT)
    yield "TLS 1.3 AES-128, by curl", partial(curl.transfer, way, "big", size)


def light(way, tls, aes, file, size, parallel, server):
    """By the load generator."""
    command = [way, *server.arguments(tls, aes), "--file", file, "--bytes", size, "--parallel", parallel]
    return run(command, server)


def make_room(server, size):
    """An upload is to a new file, in memory that is there: giving back the last one's memory is no part of moving this one."""
    for last in server.daemon.root.glob("*.*"):
        last.unlink()
    memory.get(size)
