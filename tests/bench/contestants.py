"""What is measured: each daemon wrapped by ttls and with its own TLS, and TLS tunnels in front of an origin."""

import os
import shutil
import tempfile
from pathlib import Path

import account
import certificates
from daemons import DAEMONS
from daemons.base import UNPACKED
from daemons.pyftpdlib import Pyftpdlib
from native import NATIVE
from policy import block
from ports import free_port, free_range
from processes import Process, wait_until
from processor import Meter
from ttls import KeyRings, Ttls, binary, listeners

LOAD = os.environ["TTLS_LOAD"]
LOOKUPS = os.environ["TTLS_LOOKUPS"]
HOST = "127.0.0.1"


class Place:
    """A folder on tmpfs with the certificates, and everything that was started there."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ttls-bench-", dir="/dev/shm"))
        self.folder.chmod(0o755)
        self.certificates = certificates.make(self.folder)
        self.rings = KeyRings(self.folder / "keyrings")
        self.account = account.account()
        self.started = []

    def new(self, name):
        """A folder."""
        path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
        path.chmod(0o755)
        return path

    def stop(self, server):
        """Ends one server."""
        self.started.remove(server)
        end(server)

    def close(self):
        """Ends everything and removes the folder."""
        for server in reversed(self.started):
            end(server)
        shutil.rmtree(self.folder, ignore_errors=True)


def end(server):
    """Ends a server and what counts its time."""
    server.stop()
    if meter := getattr(server, "meter", None):
        meter.close()


class Server:
    """One FTP server under load."""

    def __init__(self, name, daemon, port, pids, stop):
        self.name, self.daemon, self.port, self.pids, self.stop = name, daemon, port, pids, stop
        self.meter = Meter(pids)

    def arguments(self, tls, aes="128"):
        """How ttls-load reaches it."""
        return [
            *("--server", f"{HOST}:{self.port}", "--user", self.daemon.user, "--password", self.daemon.password),
            *("--tls", tls, "--aes", aes),
        ]


def daemon_of(place, kind):
    """A daemon that has not been started."""
    return kind(place.new(kind.name), place.account, free_range(200))


def wrapped(place, name, certificate="ecdsa"):
    """The unchanged daemon under `ttls run`."""
    server = Ttls(daemon_of(place, DAEMONS[name]), place.rings, place.new("ttls"))
    policy = server.policy.text
    server.policy.text = lambda: policy().replace("Keyring                          e2e", f"Keyring {certificate}")
    server.run(publish_on=(HOST,), hosts=(HOST,))
    return started(place, Server("ttls", server.daemon, server.policy.explicit, [server.pid], server.stop))


class Crowded(Pyftpdlib):
    """Takes thousands of sessions in one process."""

    def line(self, address, port):
        words = ["import sys", "from pyftpdlib.authorizers import DummyAuthorizer", "from pyftpdlib.handlers import FTPHandler"]
        words += ["from pyftpdlib.servers import FTPServer", "address, port, root, user, password = sys.argv[1:]"]
        words += ["a = FTPHandler.authorizer = DummyAuthorizer()", "a.add_user(user, password, root)"]
        words += ["server = FTPServer((address, int(port)), FTPHandler)", "server.max_cons = 4096", "server.serve_forever()"]
        return [self.python, "-c", "\n".join(words), address, port, self.root, self.user, self.password]


def crowded_gateway(place):
    """ttls as a gateway in front of a daemon that takes thousands of sessions; only ttls's own process is counted."""
    server = Ttls(daemon_of(place, Crowded), place.rings, place.new("ttls"))
    policy = server.policy.text
    server.policy.text = lambda: policy().replace("Keyring                          e2e", "Keyring ecdsa")
    server.gateway()
    return started(place, Server("ttls", server.daemon, server.policy.explicit, [server.pid], server.stop))


def native(place, name, certificate="ecdsa"):
    """The daemon with its own TLS."""
    kind = type(f"Native_{name}", (NATIVE[name],), {"certificate": place.certificates[certificate]})
    daemon = daemon_of(place, kind)
    port = free_port()
    daemon.start(port)
    return started(place, Server("native", daemon, port, [process.pid for process in daemon.processes], daemon.stop))


class Tunnel:
    """One TLS tunnel in front of the origin."""

    def __init__(self, name, place, command, ports, **options):
        self.name, self.ports = name, ports
        self.process = Process(name, command, place.new(name) / "log", **options)
        wanted = set(ports.values())

        def listening():
            self.process.check_running()
            return wanted <= {row.local_port for row in listeners("self")}

        wait_until(listening, f"the ports of {name}")
        self.pids = [self.process.pid]
        self.meter = Meter(self.pids)
        place.started.append(self)

    def arguments(self, way, tls, aes="128"):
        """How ttls-load reaches the origin's port for `way` through it."""
        return ["--server", f"{HOST}:{self.ports[way]}", "--tls", tls, "--aes", aes]

    def stop(self):
        """Ends it."""
        try:
            self.process.stop()
        except TimeoutError:
            pass  # killed by then


class Origin:
    """What stands behind the tunnels."""

    def __init__(self, place):
        self.ports = {way: free_port() for way in ("source", "sink", "byte")}
        zeros = place.folder / "zeros"
        with open(zeros, "wb") as file:
            file.truncate(64 << 20)
            file.write(bytes(64 << 20))
        command = [LOAD, "origin", "--file", zeros]
        command += [word for way, port in self.ports.items() for word in (f"--{way}", f"{HOST}:{port}")]
        self.process = Process("origin", command, place.folder / "origin.log")
        wait_until(lambda: "ready" in self.process.text(), "the origin")
        place.started.append(self)

    def stop(self):
        """Ends it."""
        self.process.kill()


def fresh_ports():
    """A port of a tunnel for each of the origin's."""
    return {way: free_port() for way in ("source", "sink", "byte")}


def ttls_tunnel(place, origin, certificate="ecdsa"):
    """ttls with ApplicationControlled Off."""
    ports = fresh_ports()
    blocks = []
    for way, port in ports.items():
        blocks.append(block("TTLSGateway", way, {"Listen": f"{HOST}:{port}", "Target": f"{HOST}:{origin.ports[way]}"}))
        refs = {"TTLSGroupActionRef": "group", "TTLSEnvironmentActionRef": "environment"}
        blocks.append(block("TTLSRule", f"rule_{way}", {"LocalPortRange": port, "Direction": "Inbound", **refs}))
    blocks.append(block("TTLSGroupAction", "group", {"TTLSEnabled": "On"}))
    blocks.append(
        block(
            "TTLSEnvironmentAction",
            "environment",
            {"HandshakeRole": "Server", "TTLSKeyringParmsRef": "ring", "TTLSEnvironmentAdvancedParmsRef": "advanced"},
        )
    )
    blocks.append(block("TTLSKeyringParms", "ring", {"Keyring": certificate}))
    blocks.append(block("TTLSEnvironmentAdvancedParms", "advanced", {"TLSv1.2": "On", "TLSv1.3": "On"}))
    path = place.new("policy") / "policy"
    path.write_text("\n".join(blocks))
    command = [binary(), "agent", "--policy", path, "--keyrings", place.rings.folder, "--log-format", "json"]
    return Tunnel("ttls", place, command, ports)


def stunnel(place, origin, certificate="ecdsa"):
    """stunnel, in the foreground."""
    ports, pem = fresh_ports(), place.certificates[certificate]
    lines = ["foreground = yes", "pid =", "debug = 3", "socket = l:TCP_NODELAY=1", "socket = r:TCP_NODELAY=1"]
    for way, port in ports.items():
        lines += [f"[{way}]", f"accept = {HOST}:{port}", f"connect = {HOST}:{origin.ports[way]}", f"cert = {pem.certificate}"]
        lines += [f"key = {pem.key}", "sslVersionMin = TLSv1.2"]
    path = place.new("stunnel") / "stunnel.conf"
    path.write_text("\n".join(lines) + "\n")
    return Tunnel("stunnel", place, [UNPACKED / "usr/bin/stunnel4", path], ports)


def haproxy(place, origin, certificate="ecdsa"):
    """HAProxy in TCP mode, as many threads as processors."""
    ports, pem = fresh_ports(), place.certificates[certificate]
    lines = ["global", "  maxconn 8000", "  ssl-default-bind-options ssl-min-ver TLSv1.2", "  tune.ssl.default-dh-param 2048"]
    lines += ["defaults", "  mode tcp", "  timeout connect 10s", "  timeout client 300s", "  timeout server 300s"]
    for way, port in ports.items():
        lines += [f"listen {way}", f"  bind {HOST}:{port} ssl crt {pem.both}", f"  server origin {HOST}:{origin.ports[way]}"]
    path = place.new("haproxy") / "haproxy.cfg"
    path.write_text("\n".join(lines) + "\n")
    libraries = os.pathsep.join(str(UNPACKED / folder) for folder in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"))
    environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
    return Tunnel("haproxy", place, [UNPACKED / "usr/sbin/haproxy", "-f", path], ports, env=environment)


def nginx(place, origin, certificate="ecdsa"):
    """nginx stream, one worker per processor, with a large proxy buffer."""
    ports, pem, folder = fresh_ports(), place.certificates[certificate], place.new("nginx")
    servers = "".join(
        f"  server {{ listen {HOST}:{port} ssl backlog=1024; proxy_pass {HOST}:{origin.ports[way]}; }}\n"
        for way, port in ports.items()
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"load_module {UNPACKED}/usr/lib/nginx/modules/ngx_stream_module.so;\n"
        f"daemon off; worker_processes auto; pid {folder}/pid; error_log {folder}/error.log crit;\n"
        "events { worker_connections 8000; }\n"
        f"stream {{\n  ssl_certificate {pem.certificate}; ssl_certificate_key {pem.key};\n"
        "  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:x:10m; proxy_buffer_size 256k; tcp_nodelay on;\n"
        f"{servers}}}\n"
    )
    return Tunnel("nginx", place, [UNPACKED / "usr/sbin/nginx", "-c", path, "-p", folder], ports)


TUNNELS = {"ttls": ttls_tunnel, "stunnel": stunnel, "haproxy": haproxy, "nginx": nginx}


def started(place, server):
    """Notes what is to be ended."""
    place.started.append(server)
    return server
