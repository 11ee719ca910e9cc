"""A host and a client machine: two network namespaces with a cable between them, made by the test and gone with it."""

import contextlib
import ctypes
import itertools
import os
import subprocess

CLIENT = {4: "192.0.2.1", 6: "2001:db8::1"}
HOST = {4: "192.0.2.2", 6: "2001:db8::2"}
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Lab:
    """The two machines. `enter` puts commands into one, `inside` the test itself."""

    numbers = itertools.count()

    def __init__(self):
        number = next(self.numbers)
        self.names = {side: f"ttls-e2e-{os.getpid()}-{number}-{side}" for side in ("host", "client")}

    def make(self):
        for name in self.names.values():
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        host, client = self.names["host"], self.names["client"]
        run("ip", "link", "add", "eth0", "netns", host, "type", "veth", "peer", "name", "eth0", "netns", client)
        for name, addresses in ((host, HOST), (client, CLIENT)):
            run("ip", "-n", name, "addr", "add", f"{addresses[4]}/24", "dev", "eth0")
            run("ip", "-n", name, "addr", "add", f"{addresses[6]}/64", "dev", "eth0", "nodad")
            run("ip", "-n", name, "link", "set", "eth0", "up")
        run("ip", "-n", host, "route", "add", "default", "via", CLIENT[4])
        run("ip", "-n", host, "-6", "route", "add", "default", "via", CLIENT[6])
        # The strictest setting that administrators use.
        strict = "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 1 > $f; done"
        run(*self.enter("host"), "sh", "-c", strict)
        return self

    def remove(self):
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def path(self, side):
        """The file of a namespace."""
        return f"/run/netns/{self.names[side]}"

    def enter(self, side):
        """Words in front of a command line that put it into a namespace."""
        return ["nsenter", f"--net={self.path(side)}"]

    @contextlib.contextmanager
    def inside(self, side):
        """The test's own sockets are made there."""
        with open("/proc/thread-self/ns/net") as home, open(self.path(side)) as there:
            move(there)
            try:
                yield self
            finally:
                move(home)

    def rules(self):
        """All nftables rules of the host."""
        return run(*self.enter("host"), "nft", "-s", "list", "ruleset")

    def routing(self):
        """All routing rules of the host, both families."""
        return "".join(run(*self.enter("host"), "ip", family, "rule", "list") for family in ("-4", "-6"))


def move(namespace):
    if _libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def run(*command):
    """Output of a command that must succeed."""
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout
