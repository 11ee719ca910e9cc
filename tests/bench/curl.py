"""A transfer by curl, the client that users know."""

from workload import metered

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
        command += ["--upload-file", server.daemon.root / file, f"{url}{file}.0"]
    text, processor = metered([*command, "--write-out", "%{time_total} %{size_download} %{size_upload}"], server)
    seconds, *sizes = text.split()
    if max(map(int, sizes)) != size:
        raise RuntimeError(f"curl moved {' and '.join(sizes)} bytes, wanted {size}")
    return {"bytes": size, "seconds": float(seconds), "processor": processor}
