"""Options, shared fixtures, and the table of impossible combinations at the end of the output."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

import client_impossible
import impossible
from account import account as system_account
from daemons import DAEMONS, FAULTY
from daemons.base import LOOPBACK
from lab import CLIENT, HOST, Lab
from place import Place
from ports import free_port, free_range
from partners import PARTNERS
from partners.certificates import Authority
from scene import scene
from reloading import OwnRings, Reloading
from ttls import KeyRings, Ttls, binary
from wrapped_clients import Partner, Wrapping, new_place

BIG = 100_000_000

# What the tests' own starter ignores (nohup, a shell's background) would be ignored in every program started here.
for number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the whole matrix instead of a covering choice")


def pytest_terminal_summary(terminalreporter):
    terminalreporter.section("combinations that the programs cannot do")
    for line in (*impossible.report(), *client_impossible.report()):
        terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows what ttls logged during a test that failed, and what everything around it was doing."""
    report = yield
    if report.failed:
        for wrapping in Wrapping.made:
            for log in sorted(wrapping.place.glob("log*")):
                if written_since(log, call.start):
                    report.sections.append((f"ttls of clients: {log}", tail(log)))
        for server in Ttls.made:
            log = server.place / "log"
            if written_since(log, call.start):
                report.sections.append((f"ttls in front of {server.daemon.name}: {log}", tail(log)))
                if server.process is not None:
                    report.sections.append((f"the machine around {log}", "\n".join(scene(server.pid))))
    return report


def written_since(log, start):
    return log.exists() and log.stat().st_mtime >= start


def tail(log):
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])


@pytest.fixture(scope="session")
def account():
    """The ordinary user of the tests."""
    return system_account()


@pytest.fixture(scope="session")
def base():
    """A folder of this worker that daemons and other users may enter."""
    path = Path(tempfile.mkdtemp(prefix="ttls-e2e-"))
    path.chmod(0o755)
    yield path
    # What still ends may still write.
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def work(base):
    """A folder of one test."""
    path = Path(tempfile.mkdtemp(prefix="work-", dir=base))
    path.chmod(0o755)
    yield path
    # What still ends may still write.
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def big_file(base):
    """100 MB of noise."""
    path = base / "big"
    with open(path, "wb") as file:
        for _ in range(BIG // 1_000_000):
            file.write(os.urandom(1_000_000))
    return path


@pytest.fixture(scope="session")
def make_daemon(base, account):
    """Makes a daemon that has not been started; ends it at the end of the session."""
    made = []

    def make(name, passive_ports=60):
        place = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
        place.chmod(0o755)
        daemon = (DAEMONS | FAULTY)[name](place, account, free_range(passive_ports))
        made.append(daemon)
        return daemon

    yield make
    for daemon in made:
        daemon.stop()


@pytest.fixture(scope="session")
def plain(make_daemon):
    """Daemons that serve plain FTP on loopback, one of each name: gives (daemon, port)."""
    running = {}

    def start(name):
        if name not in running:
            port = free_port()
            running[name] = make_daemon(name).start(port), port
        return running[name]

    return start


@pytest.fixture(scope="session")
def rings(base):
    """The tests' key ring."""
    if binary() is None:
        pytest.fail("there is no ttls: build it, or name it in TTLS_BINARY")
    return KeyRings(base / "keyrings").make()


@pytest.fixture(scope="session")
def make_ttls(base, rings, make_daemon):
    """Makes a ttls that has not been started in front of a new daemon; ends it at the end of the session."""
    made = []

    def make(name, passive_ports=60, **parms):
        place = Path(tempfile.mkdtemp(prefix="ttls-", dir=base))
        place.chmod(0o755)
        server = Ttls(make_daemon(name, passive_ports), rings, place, **parms)
        made.append(server)
        return server

    yield make
    problems = []
    for server in made:
        try:
            server.stop()
        except (AssertionError, TimeoutError) as problem:
            problems.append(str(problem))
    assert not problems, problems


@pytest.fixture(scope="session")
def wrapped(make_ttls):
    """Daemons behind ttls with the default policy, one of each name and interceptor."""
    running = {}

    def start(name, interceptor):
        if (name, interceptor) not in running:
            server = make_ttls(name)
            running[name, interceptor] = server.run() if interceptor == "run" else server.gateway()
        return running[name, interceptor]

    return start


@pytest.fixture
def lab():
    """Two machines with a cable between them."""
    made = Lab()
    try:
        yield made.make()
    finally:
        made.remove()


@pytest.fixture(scope="session")
def lab_rings(base):
    """The key ring for the addresses of the lab."""
    return KeyRings(base / "lab-keyrings").make((*HOST.values(), *CLIENT.values(), "127.0.0.1", "::1"))


@pytest.fixture
def make_place(lab, lab_rings, work, account):
    """Makes machines of the lab; ends what runs on them."""
    made = []

    def make(name):
        folder = work / name
        folder.mkdir()
        folder.chmod(0o755)
        made.append(Place(lab, lab_rings, folder, account))
        return made[-1]

    yield make
    for place in made:
        place.end()


@pytest.fixture
def place(make_place):
    """The machine called host."""
    return make_place("host")


@pytest.fixture(scope="session")
def authority(base):
    """The certification authority of the partners."""
    return Authority(base / "partner-ca")


@pytest.fixture(scope="session")
def partner_rings(base, authority):
    """A folder of key rings for clients: `partner` trusts the partners' authority."""
    folder = base / "client-keyrings"
    authority.ring(folder / "partner")
    return folder


@pytest.fixture(scope="session")
def start_partner(base, account, authority):
    """Starts a partner of its own for a test; ends it at the end of the session."""
    made = []

    def start(name, certificate=None, addresses=LOOPBACK, **options):
        server = PARTNERS[name](new_place(base, f"{name}-tls-"), account, free_range(60))
        server.addresses = addresses
        made.append(server)
        explicit, implicit = free_port(), free_port()
        server.start_tls(certificate or authority.issue(f"partner{len(made)}"), explicit, implicit, **options)
        return Partner(server, explicit, implicit)

    yield start
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def partners(start_partner):
    """Partners with a good certificate, one of each name."""
    running = {}

    def start(name):
        if name not in running:
            running[name] = start_partner(name)
        return running[name]

    return start


@pytest.fixture(scope="session")
def make_wrapping(base, partner_rings):
    """Makes a ttls for the clients of a partner; ends it at the end of the session."""
    made = []

    def make(partner, interceptor="run", **parms):
        made.append(Wrapping(partner, partner_rings, new_place(base, "clients-"), parms))
        return made[-1].start_gateway() if interceptor == "gateway" else made[-1]

    yield make
    for wrapping in made:
        wrapping.stop()


@pytest.fixture(scope="session")
def make_lab():
    """Makes labs that last for the session."""
    made = []

    def make():
        made.append(Lab())
        return made[-1].make()

    yield make
    for lab in made:
        lab.remove()


@pytest.fixture(scope="session")
def wrapping(make_lab, partners, start_partner, make_wrapping):
    """ttls for the clients of a partner, one of each kind."""
    running = {}

    def on_a_host(name, tls):
        lab = make_lab()
        with lab.inside("client"):
            partner = start_partner(name, addresses=tuple(CLIENT.values()))
        return make_wrapping(partner, tls=tls).start_host(lab)

    def start(name, interceptor, tls):
        key = name, interceptor, tls
        if key not in running:
            elsewhere = interceptor == "host"
            running[key] = on_a_host(name, tls) if elsewhere else make_wrapping(partners(name), interceptor, tls=tls)
        return running[key]

    return start


@pytest.fixture
def reloading(base, work, make_daemon):
    """Starts a ttls with key rings of its own in front of a daemon; `prepare` may change its place before."""
    servers = []

    def start(daemon="pyftpdlib", interceptor="gateway", prepare=lambda server: None):
        server = Ttls(make_daemon(daemon), OwnRings(work / "keyrings").make(), work)
        servers.append(server)
        prepare(server)
        return Reloading(server.run() if interceptor == "run" else server.gateway())

    yield start
    for server in servers:
        server.stop()
