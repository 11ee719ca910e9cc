"""An agent for operators to look at."""

import http.client
import json
import socket
import ssl
import subprocess
import urllib.request
from pathlib import Path

import pytest

from echo import Echo
from policy import block
from ports import free_port
from processes import Process, wait_until
from ttls import binary


class Agent:
    """`ttls agent` with gateways to an echo service: two with TLS, one of them with client authentication, one that a rule
    leaves in clear, and one without a rule."""

    def __init__(self, place, rings, trace=255, group=None, words=(), enter=(), log="json", facility="Daemon", metrics=None):
        """`group`: more parameters of the group action; `words`: more arguments; `enter`: words in front of the command;
        `log`: the format of the log; `metrics`: path of a unix socket for them."""
        self.place, self.rings = place, rings
        self.group = {"TTLSEnabled": "On", "Trace": trace, "TTLSGroupAdvancedParmsRef": "group_advanced"} | (group or {})
        self.facility = {"SyslogFacility": facility}
        self.echo = Echo()
        self.open, self.closed, self.off, self.uncovered = (free_port() for _ in range(4))
        self.admin, self.metrics = place / "admin", metrics or free_port()
        where = f"unix:{metrics}" if metrics else f"127.0.0.1:{self.metrics}"
        (place / "policy").write_text(self.text())
        self.process = Process(
            "ttls",
            [
                *(*enter, binary(), "agent", "--policy", place / "policy", "--keyrings", rings.folder, "--log-format", log),
                *("--admin", self.admin, "--metrics", where, "--drain", "1"),
                *words,
            ],
            place / "log",
        )
        wait_until(self.ready, "the agent to be ready")

    def text(self):
        blocks = [
            block("TTLSGateway", name, {"Listen": f"127.0.0.1:{port}", "Target": f"127.0.0.1:{self.echo.port}"})
            for name, port in (("open", self.open), ("closed", self.closed), ("off", self.off), ("uncovered", self.uncovered))
        ]
        off = {"LocalPortRange": self.off, "Direction": "Inbound", "TTLSGroupActionRef": "off_group"}
        blocks += [
            block("TTLSRule", "off_rule", off),
            block("TTLSGroupAction", "off_group", self.group | {"TTLSEnabled": "Off"}),
        ]
        for name, port, role in (("open", self.open, "Server"), ("closed", self.closed, "ServerWithClientAuth")):
            blocks += [
                block(
                    "TTLSRule",
                    f"{name}_rule",
                    {
                        "LocalPortRange": port,
                        "Direction": "Inbound",
                        "TTLSGroupActionRef": "group",
                        "TTLSEnvironmentActionRef": f"{name}_environment",
                    },
                ),
                block(
                    "TTLSEnvironmentAction",
                    f"{name}_environment",
                    {
                        "HandshakeRole": role,
                        "TTLSKeyringParmsRef": "ring",
                        "TTLSEnvironmentAdvancedParmsRef": f"{name}_advanced",
                        "TTLSCipherParmsRef": "ciphers",
                    },
                ),
                block(
                    "TTLSEnvironmentAdvancedParms",
                    f"{name}_advanced",
                    {"TLSv1.2": "On", "TLSv1.3": "On", "HandshakeTimeout": 5, "ClientAuthType": "Required"},
                ),
            ]
        return "\n".join(
            blocks
            + [
                block("TTLSGroupAction", "group", self.group),
                block("TTLSGroupAdvancedParms", "group_advanced", self.facility),
                block("TTLSKeyringParms", "ring", {"Keyring": "e2e"}),
                "TTLSCipherParms ciphers\n{\n  V3CipherSuites TLS_AES_128_GCM_SHA256\n"
                "  V3CipherSuites TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n}\n",
            ]
        )

    def http(self, path):
        if isinstance(self.metrics, Path):
            asked = http.client.HTTPConnection("localhost")
            with socket.socket(socket.AF_UNIX) as asked.sock:
                asked.sock.settimeout(60)
                asked.sock.connect(str(self.metrics))
                asked.request("GET", path)
                return asked.getresponse().read().decode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}{path}", timeout=60) as answer:
            return answer.read().decode()

    def ready(self):
        self.process.check_running()
        try:
            return self.http("/readyz") == "serving\n"
        except OSError:
            return False

    def ttls(self, verb, *arguments):
        command = [binary(), verb, *arguments, "--admin", self.admin]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def status(self):
        return json.loads(self.ttls("status", "--json").stdout)

    def events(self):
        return self.process.events()

    def outcomes(self):
        return [event for event in self.events() if event.get("message") == "connection ended"]

    def messages(self, number):
        return [event for event in self.events() if event.get("message", "").startswith(number)]

    def counted(self, name, **labels):
        """Sum of a metric's series that have these labels."""
        total = 0.0
        for line in self.http("/metrics").splitlines():
            series, _, value = line.rpartition(" ")
            metric, _, written = series.partition("{")
            if metric == name and all(f'{label}="{want}"' in written for label, want in labels.items()):
                total += float(value)
        return total

    def connect(self, port, change=lambda context: None):
        """TLS as a client."""
        context = ssl.create_default_context(cafile=self.rings.ca)
        change(context)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 60), server_hostname="localhost")

    def stop(self):
        self.echo.listener.close()
        return self.process.stop()


def fails(handshake):
    """Runs what must not end in a connection that carries anything."""
    with pytest.raises(OSError):
        with handshake() as stream:
            stream.sendall(b"x")
            if not stream.recv(1):
                raise ConnectionResetError("closed")


def no_suite(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
