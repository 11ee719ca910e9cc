"""Python's ftplib.FTP."""

import json
from pathlib import Path

from jobs.base import Job

PROGRAM = Path(__file__).parent / "ftplib_program.py"


class Ftplib(Job):
    """The system's Python."""

    name = "ftplib"

    def commands(self, errand):
        plan = {
            "host": errand.host,
            "port": errand.port,
            "user": errand.user,
            "password": errand.password,
            "data": errand.data,
            "folder": errand.folder,
            "up": str(errand.up),
            "down": str(errand.down),
            "names": [errand.single, *errand.many],
        }
        return [(["/usr/bin/python3", "-I", PROGRAM], json.dumps(plan))]
