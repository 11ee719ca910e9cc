"""What a job must have done: compared byte by byte."""

import os
import shutil

from exercise import new_folder, same
from jobs.base import Errand

#: Bytes of the file that goes alone: more than a TLS record, more than a socket buffer.
SINGLE = 300_007


class Delivery:
    """A job's files, and what became of them."""

    def __init__(self, job, server, work, many):
        self.job, self.server = job, server
        self.folder, self.disk = new_folder(server)
        self.up, self.down = work / "up", work / "down"
        for folder in (self.up, self.down):
            folder.mkdir()
        self.names = tuple(f"many{number:03}.bin" for number in range(many))
        (self.up / "single.bin").write_bytes(os.urandom(SINGLE))
        for number, name in enumerate(self.names):
            # One is empty, the others of all sizes around those of packets and records.
            (self.up / name).write_bytes(os.urandom(number * 331 % 20_011))
        if not job.uploads:
            for name in ("single.bin", *self.names):
                (self.disk / name).write_bytes((self.up / name).read_bytes())

    def errand(self, host, port, data):
        """What the job is told."""
        return Errand(
            host, port, self.server.user, self.server.password, data, self.folder, self.up, self.down, "single.bin", self.names
        )

    def check(self, said):
        """Everything arrived both ways, and the listing names it."""
        for name in ("single.bin", *self.names):
            for place in (self.disk, self.down):
                assert (place / name).exists(), f"{name} is not in {place}\n{said[-3000:]}"
                same(place / name, self.up / name, f"{name} in {place}")
        listing = said + "".join(path.read_text() for path in self.down.glob(".listing"))
        assert "single.bin" in listing, f"LIST\n{said[-3000:]}"

    def remove(self):
        """Leaves no trace on the server."""
        shutil.rmtree(self.disk)
