"""The kinds of work, each a generator of rows."""

import subprocess
import time

import processor
from big_files import files
from contestants import LOAD, LOOKUPS, TUNNELS, Origin, crowded_gateway, native, ttls_tunnel, wrapped
from table import Row
from turns import OFTEN, PAIRS, turns
from workload import run

DAEMONS = ("vsftpd", "proftpd", "pureftpd")
SMALL = 1000


def small(place, arguments):
    """Many small files on one control connection."""
    for name in DAEMONS:
        rows = {}
        for tls in ("1.2", "1.3"):
            for way in ("put", "get"):
                what = f"{SMALL} x 4 KiB {way} {name} TLS {tls}"
                rows[tls, way] = (
                    Row(what, "files/s", target=1.5 if (name, tls) == ("vsftpd", "1.3") else 1.0),
                    Row(f"{what}, processor", "us/file", lower=True),
                    Row(f"{what}, resumed", "sessions"),
                )
        for _ in range(PAIRS):
            servers = [wrapped(place, name), native(place, name)]
            for (tls, way), (rate, cost, resumed) in rows.items():
                for server in turns(arguments.runs, servers):
                    report = run([way, *server.arguments(tls), "--count", SMALL], server)
                    rate.add(server.name, report["count"] / report["seconds"])
                    cost.add(server.name, report["processor"] / report["count"] * 1e6)
                    resumed.add(server.name, report["resumed"])
            for server in servers:
                place.stop(server)
        for several in rows.values():
            yield from several


def logins(place, arguments):
    """Connect, AUTH TLS, USER, PASS, QUIT; full handshakes."""
    for name in DAEMONS:
        for certificate in ("ecdsa", "rsa"):
            rate = Row(f"log-ins {name} {certificate} TLS 1.3 full, 4 clients", "1/s", target=1.0)
            cost = Row(f"log-ins {name} {certificate} TLS 1.3 full, processor", "ms", lower=True)
            for _ in range(PAIRS):
                servers = [wrapped(place, name, certificate), native(place, name, certificate)]
                for server in turns(arguments.runs, servers):
                    report = run(["logins", *server.arguments("1.3"), "--no-resumption", "--seconds", 2], server)
                    rate.add(server.name, report["count"] / report["seconds"])
                    cost.add(server.name, report["processor"] / report["count"] * 1e3)
                for server in servers:
                    place.stop(server)
            yield from (rate, cost)


def tunnels(place, arguments):
    """Bulk through plain tunnels."""
    origin = Origin(place)
    contestants = [make(place, origin) for make in TUNNELS.values()]
    for parallel in (1, 8):
        for way, port in (("get", "source"), ("put", "sink")):
            for aes in ("128", "256") if parallel == 1 else ("128",):
                what = f"tunnel {way}, {parallel} connection{'s' if parallel > 1 else ''}, TLS 1.3 AES-{aes}"
                main = aes == "128"
                speed = Row(what, "GB/s", target=1.2 if main else None)
                cost = Row(f"{what}, processor", "s/GB", lower=True, target=0.9 if main else None)
                for _ in range(arguments.runs):
                    for tunnel in contestants:
                        command = [f"tunnel-{way}", *tunnel.arguments(port, "1.3", aes), "--bytes", arguments.bytes // parallel]
                        report = run([*command, "--parallel", parallel], tunnel)
                        speed.add(tunnel.name, report["bytes"] / 1e9 / report["seconds"])
                        cost.add(tunnel.name, report["processor"] / (report["bytes"] / 1e9))
                yield from (speed, cost)
    for server in [*contestants, origin]:
        place.stop(server)


def handshakes(place, arguments):
    """Short connections through plain tunnels."""
    origin = Origin(place)
    for certificate in ("ecdsa", "rsa"):
        contestants = [make(place, origin, certificate) for make in TUNNELS.values()]
        for tls in ("1.3", "1.2"):
            for kind in ("full", "resumed"):
                row = Row(f"handshakes {certificate} TLS {tls} {kind}, 4 clients", "1/s", target=1.0)
                cost = Row(f"handshakes {certificate} TLS {tls} {kind}, processor", "us", lower=True)
                options = ["--no-resumption"] if kind == "full" else []
                for tunnel in turns(arguments.runs * OFTEN, contestants):
                    report = run(["handshakes", *tunnel.arguments("byte", tls), *options, "--seconds", 1], tunnel)
                    if kind == "resumed" and report["resumed"] < report["count"] * 0.9:
                        continue  # this peer does not resume in this configuration
                    row.add(tunnel.name, report["count"] / report["seconds"])
                    cost.add(tunnel.name, report["processor"] / report["count"] * 1e6)
                yield from (row, cost)
        for server in contestants:
            place.stop(server)
    place.stop(origin)


def idle(place, _arguments, count=1000):
    """Memory of sessions that only stand."""
    row = Row(f"memory of an idle session, {count} of them", "KiB", lower=True, target=0.5)
    server = crowded_gateway(place)
    before = processor.resident(server.pids[0])
    with held(["idle", *server.arguments("1.3"), "--count", count]):
        row.add("ttls", (processor.resident(server.pids[0]) - before) / count / 1024)
    place.stop(server)
    origin = Origin(place)
    for name, make in TUNNELS.items():
        tunnel = make(place, origin)
        before = processor.proportional(tunnel.pids)
        with held(["idle", "--tunnel", *tunnel.arguments("byte", "1.3"), "--count", count]):
            row.add(name if name != "ttls" else "ttls tunnel", (processor.proportional(tunnel.pids) - before) / count / 1024)
        place.stop(tunnel)
    place.stop(origin)
    only = Row(f"memory of an idle FTP control session, {count} of them", "KiB", lower=True, bound=40)
    only.figures = {"ttls": row.figures["ttls"]}
    tunnels = Row(f"memory of an idle tunnel, {count} of them", "KiB", lower=True)
    tunnels.figures = {name.removesuffix(" tunnel"): values for name, values in row.figures.items() if name != "ttls"}
    row.figures = {name: row.figures[name] for name in ("ttls", "stunnel")}
    yield from (row, only, tunnels)


def growth(place, arguments):
    """Throughput and memory as sessions grow, lookups as rules do."""
    origin = Origin(place)
    tunnel = ttls_tunnel(place, origin)
    speeds = {}
    for sessions in (1, 10, 100, 1000):
        row = Row(f"tunnel get, {sessions} sessions", "GB/s")
        for _ in range(arguments.runs):
            command = ["tunnel-get", *tunnel.arguments("source", "1.3"), "--bytes", arguments.bytes * 2 // sessions]
            report = run([*command, "--parallel", sessions], tunnel)
            row.add("ttls", report["bytes"] / 1e9 / report["seconds"])
        speeds[sessions] = row
        yield row
        memory = Row(f"memory of ttls after {sessions} sessions at the same time", "MiB", lower=True)
        memory.add("ttls", processor.resident(tunnel.pids[0]) / 2**20)
        yield memory
    ratio = Row("throughput of 100 sessions to that of 10", "GB/s", target=0.9)
    ratio.figures = {"ttls": speeds[100].figures["ttls"], "10 sessions": speeds[10].figures["ttls"]}
    yield ratio
    place.stop(tunnel)
    place.stop(origin)
    lookups = {}
    for rules in (10, 1000, 10_000):
        row = lookups[rules] = Row(f"lookup among {rules} rules", "ns", lower=True)
        for _ in range(arguments.runs):
            command = [LOOKUPS, str(rules), "300000"]
            row.add("ttls", float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        yield row
    ratio = Row("lookup among 10,000 rules to one among 10", "ns", lower=True, target=3.0)
    ratio.figures = {"ttls": lookups[10_000].figures["ttls"], "10 rules": lookups[10].figures["ttls"]}
    yield ratio


class held:
    """The generator's idle sessions, while the body runs."""

    def __init__(self, command):
        self.command = [str(word) for word in [LOAD, *command]]

    def __enter__(self):
        self.generator = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.generator.stdout.readline() != "ready\n":
            raise RuntimeError(f"{self.command[1]} did not come up")
        time.sleep(1)

    def __exit__(self, *_):
        self.generator.communicate(timeout=60)


SECTIONS = {
    "files": files,
    "small": small,
    "logins": logins,
    "tunnels": tunnels,
    "handshakes": handshakes,
    "idle": idle,
    "growth": growth,
}
