"""A ttls whose policy and key rings change while it runs."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from policy import ENVIRONMENT, RING
from processes import PATIENCE, wait_until
from ttls import KeyRings, binary, spell

#: Key rings to renew from; clients trust the authorities of all of them.
RENEWALS = 3


class OwnRings(KeyRings):
    """A ring of the test's own, and others whose content can take its place."""

    @property
    def ca(self):
        return self.folder / "authorities.pem"

    def make(self):
        names = [RING, *(f"renewal{number}" for number in range(RENEWALS))]
        for name in names:
            command = [binary(), "keyring", "new", name, "--keyrings", self.folder, "--host", "localhost"]
            subprocess.run([*command, "--host", "127.0.0.1", "--host", "::1"], check=True, capture_output=True)
        authorities = [(self.folder / name / "ca" / "authority.pem").read_text() for name in names]
        self.ca.write_text("".join(authorities))
        return self

    def renew(self, number, parts=("server.key", "server.pem")):
        """Puts key and certificate of a renewal into the ring, each file replaced at once."""
        for part in parts:
            beside = self.folder / f"new.{part}"
            shutil.copy(self.folder / f"renewal{number % RENEWALS}" / part, beside)
            os.replace(beside, self.folder / RING / part)

    def certificate(self, number=None):
        """The certificate in use, or that of a renewal, as PEM text without its chain."""
        ring = RING if number is None else f"renewal{number % RENEWALS}"
        text = (self.folder / ring / "server.pem").read_text()
        return text[: text.index("-----END CERTIFICATE-----")].strip()


class Reloading:
    """Changes the policy of a running ttls and reads what it says about it."""

    def __init__(self, server):
        self.server = server
        self.path = server.place / "policy"
        self.seen = 0
        self.events = []

    def text(self, number=0):
        """The policy with its number in the names of rules and environment."""
        return re.sub(rf"\b(ftp_explicit|ftp_implicit|{ENVIRONMENT})\b", rf"\1_{number}", self.server.policy.text())

    def replace(self, text):
        """Puts a text in the place of the policy as editors do."""
        beside = self.path.with_name("policy.new")
        beside.write_text(text)
        os.replace(beside, self.path)

    def overwrite(self, text, pieces=1):
        """Writes a text into the policy file, in so many pieces."""
        size = -(-len(text) // pieces)
        with open(self.path, "w") as file:
            for start in range(0, len(text), size):
                file.write(text[start : start + size])
                file.flush()

    def new_events(self):
        """Log lines about reloads that have come since the last call."""
        with open(self.server.place / "log", "rb") as log:
            log.seek(self.seen)
            content = log.read()
        whole = content[: content.rfind(b"\n") + 1]
        self.seen += len(whole)
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith(b"{")]
        return [line for line in lines if str(line.get("message", "")).startswith("policy ")]

    def told(self, message, seconds=PATIENCE, word="", **fields):
        """Waits for a log line about a reload, with a word in its reason, and returns it."""

        def found():
            self.events += self.new_events()
            for at, event in enumerate(self.events):
                right = all(event.get(key) == value for key, value in fields.items())
                if right and event["message"].startswith(message) and word in event.get("reason", ""):
                    del self.events[: at + 1]
                    return event
            return None

        return wait_until(found, f"{message} {fields}, after {self.events[-3:]}", seconds)

    def installed(self, seconds=PATIENCE):
        """Waits until a policy has been installed."""
        return self.told("policy installed", seconds)

    def gateway(self, port):
        """One more gateway to the daemon's port."""
        target = self.server.policy.gateways[0][1]
        self.server.policy.gateways.append((spell("127.0.0.1", port), target))


def resident(pid):
    """Memory that a process has now, in bytes (VmRSS)."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) * 1024
