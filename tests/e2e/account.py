"""The ordinary user that system-account daemons log in and that `ttls run` is tried as."""

import fcntl
import os
import pwd
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from passwords import hashed

NAME = "ttlse2e"
HOME = Path("/var/lib/ttls-e2e")
PAM_SERVICE = "ttls-e2e"
SECRET = Path("/var/lib/ttls-e2e.password")


@dataclass(frozen=True)
class Account:
    """A system user with a password."""

    name: str
    password: str
    uid: int
    gid: int
    home: Path


def account():
    """The account, made when missing; its random password is kept beside its home, readable by root only."""
    with os.fdopen(os.open(SECRET, os.O_RDWR | os.O_CREAT, 0o600), "r+") as secret:
        fcntl.flock(secret, fcntl.LOCK_EX)
        password = secret.read()
        try:
            pwd.getpwnam(NAME)
        except KeyError:
            subprocess.run(["useradd", "-M", "-d", HOME, "-s", "/bin/bash", NAME], check=True)
            password = ""
        user = pwd.getpwnam(NAME)
        if not password:
            password = secrets.token_hex(12)
            subprocess.run(["chpasswd", "-e"], input=f"{NAME}:{hashed(password)}\n", text=True, check=True)
            secret.seek(0)
            secret.write(password)
        HOME.mkdir(exist_ok=True)
        os.chown(HOME, user.pw_uid, user.pw_gid)
        service = Path("/etc/pam.d") / PAM_SERVICE
        if not service.exists():
            service.write_text("auth required pam_unix.so\naccount required pam_unix.so\n")
    return Account(NAME, password, user.pw_uid, user.pw_gid, HOME)
