"""The README's first command: a plain daemon, wrapped, checked, without any preparation."""

import os
import shutil
import signal
import subprocess

import pytest

from processes import Process, alive, descendants, wait_until
from ttls import binary


@pytest.fixture
def demo(work):
    """A copy that anybody may run."""
    return shutil.copy(binary().with_name("ttls-demo"), work / "ttls-demo")


def ordinary(account, home):
    """Words that run what follows as the ordinary user."""
    user = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--inh-caps=-all", "--"]
    return [*user, "env", "-i", f"PATH={os.environ['PATH']}", f"HOME={home}"]


@pytest.mark.parametrize("who", ["root", "an ordinary user"])
def test_it_checks_itself(demo, work, account, who):
    user = [] if who == "root" else ordinary(account, account.home)
    done = subprocess.run([*user, demo, "--check"], capture_output=True, text=True, timeout=60, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    checks = [line.split()[:2] for line in done.stdout.splitlines() if line.strip().startswith("ok ")]
    for what in ("login", "list", "upload", "download"):
        assert ["ok", what] in checks
    assert "TLSv1.3" in done.stdout


def test_it_stays_up_and_its_advice_works(demo, work):
    log = work / "said"
    program = Process("ttls-demo", [demo], log)
    wait_until(lambda: "Ctrl-C" in program.text(), "the end of the self-check", 60)
    below = descendants(program.pid)
    lines = [line.strip() for line in program.text().splitlines() if line.strip().startswith(("curl ", "lftp "))]
    assert {line.split()[0] for line in lines} == {"curl", "lftp"}
    for line in lines:
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, cwd=work)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    program.popen.send_signal(signal.SIGINT)
    assert program.popen.wait(60) == 0
    assert not alive(below)
