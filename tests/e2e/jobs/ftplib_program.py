"""The job of ftplib: its plan comes as JSON on standard input."""

import ftplib
import json
import sys
from pathlib import Path


class Client(ftplib.FTP):
    """What ftplib decides by address family alone, decided by the plan."""

    data = "EPSV"

    def makepasv(self):
        if self.data == "PASV":
            return ftplib.parse227(self.sendcmd("PASV"))
        return ftplib.parse229(self.sendcmd("EPSV"), self.sock.getpeername())

    def sendport(self, host, port):
        return super().sendport(host, port) if self.data == "PORT" else self.sendeprt(host, port)


def main():
    plan = json.load(sys.stdin)
    client = Client(timeout=60)
    client.data = plan["data"]
    client.trust_server_pasv_ipv4_address = True
    client.connect(plan["host"], plan["port"])
    client.login(plan["user"], plan["password"])
    client.set_pasv(plan["data"] in ("PASV", "EPSV"))
    client.cwd(plan["folder"])
    for name in plan["names"]:
        with open(Path(plan["up"]) / name, "rb") as source:
            client.storbinary(f"STOR {name}", source)
    client.dir()
    for name in plan["names"]:
        with open(Path(plan["down"]) / name, "wb") as sink:
            client.retrbinary(f"RETR {name}", sink.write)
    client.quit()


main()
