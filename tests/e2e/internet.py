"""A client and a server behind firewalls of their own, with the wide net between: four network namespaces."""

import os
import socket
import subprocess
import threading

from lab import Lab, run

CLIENT, SERVER = "10.1.0.2", "10.2.0.2"
#: What the client's firewall shows to the world, and the server's.
NEAR, FAR = "192.0.2.1", "192.0.2.2"
MACHINES = ("client", "near", "far", "server")
#: (machine, interface, address) at both ends of each cable.
CABLES = (
    (("client", "eth0", CLIENT), ("near", "narrow", "10.1.0.1")),
    (("near", "wide", NEAR), ("far", "wide", FAR)),
    (("server", "eth0", SERVER), ("far", "narrow", "10.2.0.1")),
)
#: What the rules of a firewall that reads FTP need of the kernel.
HELPER = "nf_conntrack_ftp"
ETH_P_ALL = 0x0003


class Internet(Lab):
    """The four machines. No packet is changed or held up until `load` gives a firewall its rules."""

    def __init__(self):
        self.names = {side: f"ttls-e2e-{os.getpid()}-{side}" for side in MACHINES}

    def make(self):
        for name in self.names.values():
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        for one, other in CABLES:
            (here, interface, _), (there, peer, _) = one, other
            names = self.names[here], self.names[there]
            run("ip", "link", "add", interface, "netns", names[0], "type", "veth", "peer", "name", peer, "netns", names[1])
            for side, interface, address in (one, other):
                run("ip", "-n", self.names[side], "addr", "add", f"{address}/24", "dev", interface)
                run("ip", "-n", self.names[side], "link", "set", interface, "up")
        for side, gateway in (("client", "10.1.0.1"), ("server", "10.2.0.1")):
            run("ip", "-n", self.names[side], "route", "add", "default", "via", gateway)
        for side in ("near", "far"):
            run(*self.enter(side), "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        return self

    def route(self):
        """The firewalls know each other's inner nets: nothing needs NAT."""
        run("ip", "-n", self.names["near"], "route", "add", "10.2.0.0/24", "via", FAR)
        run("ip", "-n", self.names["far"], "route", "add", "10.1.0.0/24", "via", NEAR)

    def load(self, side, *tables):
        """Gives a firewall its nftables rules; what the kernel lacks for them is a failure that names it."""
        command = [*self.enter(side), "nft", "-f", "-"]
        done = subprocess.run(command, input="\n".join(tables), capture_output=True, text=True, check=False)
        if done.returncode != 0 and "helper" in done.stderr:
            raise AssertionError(f"this kernel has no module {HELPER}, or nft cannot assign it: {done.stderr}")
        assert done.returncode == 0, done.stderr

    def overhear(self):
        """Takes down everything that passes between the firewalls from now on."""
        with self.inside("near"):
            return Wire("wide")


class Wire:
    """All packets of an interface, both ways, one after the other."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
        self.socket.bind((interface, ETH_P_ALL))
        self.socket.settimeout(0.2)
        self.taken = bytearray()
        self.ended = False
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        """Runs until `finish`, and then until nothing comes any more."""
        while True:
            try:
                self.taken += self.socket.recv(70_000)
            except TimeoutError:
                if self.ended:
                    return

    def finish(self):
        """All that was taken down."""
        self.ended = True
        self.thread.join(10)
        self.socket.close()
        return bytes(self.taken)


# Rules of firewalls


def hides_clients():
    """NAT: clients have the address of their firewall."""
    return "table ip nat { chain post { type nat hook postrouting priority srcnat; oifname wide masquerade; }; }"


def forwards(ports):
    """NAT: these ports of the firewall are the server's."""
    rule = f"iifname wide tcp dport {{ {ports} }} dnat to {SERVER};"
    return f"table ip nat {{ chain pre {{ type nat hook prerouting priority dstnat; {rule} }}; }}"


def admits(*rules):
    """A filter: refuses all but what `rules` accept, and what belongs to that."""
    lines = ["ct state established,related accept;", *(f"{rule} accept;" for rule in rules), "reject with tcp reset;"]
    lines[-1] = f"meta l4proto tcp {lines[-1]}"
    chain = f"chain forward {{ type filter hook forward priority filter; policy drop; {' '.join(lines)} }}"
    return f"table inet filter {{ {chain}; }}"


def reads_ftp():
    """The kernel's FTP helper reads control connections, opens ports for their data and changes addresses."""
    chain = "chain pre { type filter hook prerouting priority filter; tcp dport 21 ct helper set \"ftp\"; }"
    return f'table ip reader {{ ct helper ftp {{ type "ftp" protocol tcp; }}; {chain}; }}'
