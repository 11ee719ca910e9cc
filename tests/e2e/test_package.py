"""The Debian package: what is in it, its units, and an agent that starts where it was installed into an empty system."""

import glob
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from echo import Echo
from policy import block
from ports import free_port
from processes import Process, wait_until
from ttls import binary

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "crates" / "cli"
#: What the maintainer scripts and dpkg need of a system.
PROGRAMS = ["sh", "getent", "useradd", "install", "rm", "cat", "true"]


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def metadata():
    return tomllib.loads((PACKAGE / "Cargo.toml").read_text())["package"]["metadata"]["deb"]


@pytest.fixture(scope="module")
def package(metadata, base):
    """The package, put together from the metadata that cargo-deb reads, of the program under test."""
    prepared, tree = base / "packaging", base / "package"
    run(ROOT / "packaging" / "prepare", binary(), prepared)
    for source, target, mode in metadata["assets"]:
        if "target/release/" in source:
            found = [str(binary().parent / Path(source).name)]
        else:
            found = glob.glob(str(PACKAGE / source).replace(str(PACKAGE / "../../target/packaging"), str(prepared)))
        assert found, f"nothing is called {source}"
        for path in found:
            name = Path(source).name if "target/release/" in source else Path(path).name
            place = tree / target / name if target.endswith("/") else tree / target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
            place.chmod(int(mode, 8))
    control = tree / "DEBIAN"
    control.mkdir()
    for script in (PACKAGE / metadata["maintainer-scripts"]).iterdir():
        shutil.copy(script, control / script.name)
    (control / "conffiles").write_text("".join(f"{path}\n" for path in metadata["conf-files"]))
    (control / "control").write_text(
        f"Package: ttls\nVersion: 0.1.0\nArchitecture: {run('dpkg', '--print-architecture').strip()}\n"
        f"Maintainer: {metadata['maintainer']}\nDepends: {metadata['depends']}\nDescription: transparent TLS by policy\n"
    )
    run("dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, base / "ttls.deb")
    return base / "ttls.deb"


@pytest.fixture(scope="module")
def system(package, base):
    """A root folder with nothing but a shell, the programs of the maintainer scripts and, installed by dpkg, ttls."""
    root = base / "root"
    for folder in ("bin", "etc", "dev", "proc", "run", "tmp", "var/lib/dpkg/info", "var/lib/dpkg/updates", "usr/sbin"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/status").touch()
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\n")
    os.mknod(root / "dev/null", 0o666 | 0o020000, os.makedev(1, 3))
    os.mknod(root / "dev/urandom", 0o666 | 0o020000, os.makedev(1, 9))
    for name in PROGRAMS:
        add(root, Path(shutil.which(name)), root / "bin" / name)
    for library in glob.glob("/lib/*-linux-gnu/libnss_files.so*"):
        add(root, Path(library), root / library[1:])
    # The libraries are there, but no package says so.
    run("dpkg", f"--root={root}", "--force-depends", "--install", package)
    add(root, root / "usr/bin/ttls", None)
    return root


def add(root, program, place):
    """A program and the libraries that it is linked with."""
    if place:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(program.resolve(), place)
    listed = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    for word in listed.split():
        if word.startswith("/") and not (target := root / word.lstrip("/")).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(word, target)


def test_the_units_are_verified_without_a_word(system, work):
    units = []
    for name in ("ttls.service", "ttls.socket"):
        unit = work / name
        text = (system / "lib/systemd/system" / name).read_text()
        # On the machine of the tests it is not installed.
        unit.write_text(text.replace("/usr/bin/ttls ", f"{binary()} "))
        units.append(unit)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_gives_away_little(package, system):
    unit = system / "lib/systemd/system/ttls.service"
    run("systemd-analyze", "security", "--offline=true", "--threshold=25", unit)


def command_of(system):
    """The command of the unit, as the service manager makes it of the installed files."""
    unit = (system / "lib/systemd/system/ttls.service").read_text()
    settings = re.findall(r"^(?:Environment=)?(TTLS_\w+)=\"?(.*?)\"?$", unit + (system / "etc/default/ttls").read_text(), re.M)
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.M)
    for name, value in dict(settings).items():
        command = command.replace(f"${name}", value)
    assert "$" not in command
    return command.split()


def test_the_unit_has_the_agent_confined_and_lets_it_be(system):
    assert "--confine" in command_of(system)
    unit = (system / "lib/systemd/system/ttls.service").read_text()
    allowed = " ".join(re.findall(r"^SystemCallFilter=([^~].*)$", unit, re.M)).split()
    # The signaling channel is for programs of all users.
    assert "RuntimeDirectoryMode=0755" in unit
    assert {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"} <= set(allowed)


def test_man_pages_completions_and_examples_are_in_the_package(system):
    assert (system / "usr/share/man/man1/ttls-agent.1.gz").stat().st_size > 500
    assert "ttls" in (system / "usr/share/bash-completion/completions/ttls").read_text()
    examples = system / "usr/share/doc/ttls/examples"
    assert {file.name for file in examples.rglob("*.*")} == {"starttls.c", "aware.py", "ftp_server.py", "ftp_server.ttls", "ttls.py"}


def test_a_program_is_built_with_the_library_and_finds_it(system, work):
    program = work / "starttls"
    asked = {"PKG_CONFIG_PATH": system / "usr/lib/pkgconfig", "PKG_CONFIG_SYSROOT_DIR": system, "PATH": os.environ["PATH"]}
    flags = run("pkg-config", "--cflags", "--libs", "ttls", env=asked).split()
    run("cc", "-o", program, ROOT / "examples/c/starttls.c", *flags)
    library = system / "usr/lib/libttls.so"
    assert f"libttls.so => {library} " in run("ldd", program, env={"LD_LIBRARY_PATH": library.parent})


def test_the_installed_policy_and_the_samples_are_clean(system):
    for policy in [system / "etc/ttls/agent.ttls", *(system / "usr/share/doc/ttls/policies").iterdir()]:
        run(binary(), "lint", policy)


def test_an_agent_starts_in_the_system_that_it_was_installed_into(system):
    account = run("chroot", system, "getent", "passwd", "ttls").split(":")
    keyrings = system / "etc/ttls/keyrings"
    assert keyrings.stat().st_uid == int(account[2]) != 0
    assert keyrings.stat().st_mode & 0o777 == 0o700
    run("chroot", system, "/usr/bin/ttls", "keyring", "new", "ftpd", "--host", "localhost", "--keyrings", "/etc/ttls/keyrings")
    run("chown", "-R", f"{account[2]}:{account[3]}", keyrings)
    listen, daemon = free_port(), Echo(b"220 ready\r\n")
    policy = (system / "etc/ttls/agent.ttls").read_text()
    policy = re.sub(r"\b990\b", str(listen), re.sub(r"127\.0\.0\.1:21\b", f"127.0.0.1:{daemon.port}", policy))
    (system / "etc/ttls/agent.ttls").write_text(policy)
    place = system / "run/ttls/agent"
    place.mkdir(parents=True)
    os.chown(place, int(account[2]), int(account[3]))
    ask = lambda verb: run("chroot", system, "/usr/bin/ttls", verb, "--admin", "/run/ttls/agent/agent.admin")
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.settimeout(60)
    manager.bind(str(system / "run/notify"))
    os.chmod(system / "run/notify", 0o777)
    process = Process(
        "ttls",
        [
            *("/usr/sbin/chroot", f"--userspec={account[2]}:{account[3]}", system),
            *command_of(system),
        ],
        system / "tmp/log",
        env={"NOTIFY_SOCKET": "/run/notify", "PATH": "/usr/bin:/bin"},
    )
    try:
        assert b"READY=1" in manager.recv(4096), process.text()
        status = ask("status")
        assert "generation 1" in status and "confined by Landlock" in status
        assert [(place / name).stat().st_mode & 0o777 for name in ("agent.admin", "control")] == [0o600, 0o666]
        client = ssl.create_default_context(cafile=keyrings / "ftpd/ca/authority.pem")
        with client.wrap_socket(socket.create_connection(("127.0.0.1", listen), 60), server_hostname="localhost") as stream:
            assert stream.recv(100) == b"220 ready\r\n"
        process.popen.send_signal(1)
        reloading = manager.recv(4096)
        assert b"RELOADING=1" in reloading and b"MONOTONIC_USEC=" in reloading
        assert b"READY=1" in manager.recv(4096)
        # Files that are new below /etc/ttls can be read, others cannot.
        for folder, generation in (("etc/ttls", 2), ("tmp", 2)):
            (system / folder / "ftp.data").write_text("SECURE_FTP REQUIRED\n")
            beside = system / "etc/ttls/agent.ttls.new"
            beside.write_text(re.sub(r"(TTLSFtpParms +ftp\n\{\n)", rf"\1  FtpDataFile /{folder}/ftp.data\n", policy))
            beside.replace(system / "etc/ttls/agent.ttls")
            answer = run("chroot", system, "sh", "-c", "/usr/bin/ttls reload --admin /run/ttls/agent/agent.admin 2>&1 || true")
            assert ("Permission denied" in answer) == (folder == "tmp"), answer
            assert f"generation {generation}" in ask("status"), answer
    finally:
        daemon.listener.close()
        status, _ = process.stop()
    assert b"STOPPING=1" in manager.recv(4096)
    assert status == 0


def test_the_service_manager_hears_that_the_agent_is_alive(work, rings):
    (work / "policy").write_text(block("TTLSGateway", "g", {"Listen": f"127.0.0.1:{free_port()}", "Target": "127.0.0.1:9"}))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(20)
        manager.bind(str(work / "notify"))
        command = [binary(), "agent", "--policy", work / "policy", "--keyrings", rings.folder, "--admin", work / "admin"]
        environment = {**os.environ, "NOTIFY_SOCKET": str(work / "notify"), "WATCHDOG_USEC": "2000000"}
        process = Process("ttls", command, work / "log", env=environment)
        try:
            heard = [manager.recv(4096) for _ in range(2)]
            assert any(b"READY=1" in word for word in heard) and b"WATCHDOG=1\n" in heard, process.text()
            begun = time.monotonic()
            for _ in range(2):
                assert manager.recv(4096) == b"WATCHDOG=1\n"
            # Twice in each interval.
            assert time.monotonic() - begun < 4
        finally:
            process.stop()


def test_listeners_of_the_service_manager_are_used_and_outlive_the_agent(work, rings):
    listener = socket.create_server(("127.0.0.1", 0))
    port, application = listener.getsockname()[1], Echo(b"hello")
    (work / "policy").write_text(
        block("TTLSGateway", "g", {"Listen": f"127.0.0.1:{port}", "Target": f"127.0.0.1:{application.port}", "Unmatched": "Clear"})
    )
    command = [binary(), "agent", "--policy", work / "policy", "--keyrings", rings.folder, "--admin", work / "admin"]
    # The process id is part of the protocol, so the variable is set behind the fork.
    shell = ["bash", "-c", 'exec 3<&"$0"; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"', listener.fileno(), *command]
    with application, listener:
        waiting = None
        for _ in range(2):
            process = Process("ttls", shell, work / "log", pass_fds=[listener.fileno()])
            try:
                # Who came while nobody served is served first.
                for stream in filter(None, (waiting, socket.create_connection(("127.0.0.1", port), 60))):
                    with stream:
                        assert stream.recv(10) == b"hello", process.text()
            finally:
                process.stop()
            # Nobody serves now, and still nobody is refused.
            waiting = socket.create_connection(("127.0.0.1", port), 60)
        waiting.close()
