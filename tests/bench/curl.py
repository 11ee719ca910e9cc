"""A transfer by curl, the client that users know; the server's side is measured as with the load generator."""

import subprocess
import time

#: TLS 1.3 with AES-128-GCM and nothing else, the server's certificate as it is.
SECURE = ("--ssl-reqd", "--insecure", "--tlsv1.3", "--tls13-ciphers", "TLS_AES_128_GCM_SHA256")


def transfer(way, file, size, server):
    """RETR of `file`, or STOR of it as it lies in the daemon's folder to FILE.0; the report that the generator makes.

    The seconds are curl's from its start to its end, so that they have its log-in.
    """
    url = f"ftp://127.0.0.1:{server.port}/"
    command = ["curl", "--silent", "--show-error", "--user", f"{server.daemon.user}:{server.daemon.password}", *SECURE]
    if way == "retr":
        command += ["--output", "/dev/null", url + file]
    else:
        command += ["--upload-file", str(server.daemon.root / file), f"{url}{file}.0"]
    before = server.meter.seconds()
    words = "%{time_total} %{size_download} %{size_upload}"
    done = subprocess.run([*command, "--write-out", words], capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise RuntimeError(f"curl: {done.stderr.strip()}")
    # Sessions end a moment after their clients.
    time.sleep(0.2)
    seconds, *sizes = done.stdout.split()
    if max(map(int, sizes)) != size:
        raise RuntimeError(f"curl moved {' and '.join(sizes)} bytes, wanted {size}")
    return {"bytes": size, "seconds": float(seconds), "processor": server.meter.seconds() - before}
