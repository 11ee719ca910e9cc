"""FTPS sessions one after another in many threads. usage: reload_clients.py HOST PORT USER PASSWORD CA FOLDER FIRST COUNT

Each thread logs in, uploads a file, downloads it, compares and logs out, again and again until a line or the end comes on
standard input. Then one JSON object is written: the number of sessions, and what went wrong.
"""

import hashlib
import io
import json
import os
import ssl
import sys
import threading

from clients.ftplib import Explicit

SIZE = 40_000


def session(host, port, user, password, context, path):
    """One session with a transfer each way."""
    ftp = Explicit(context=context)
    ftp.connect(host, port, timeout=60)
    ftp.login(user, password)
    ftp.prot_p()
    content, back = os.urandom(SIZE), hashlib.md5()
    ftp.storbinary(f"STOR {path}", io.BytesIO(content))
    ftp.retrbinary(f"RETR {path}", back.update)
    if back.digest() != hashlib.md5(content).digest():
        raise ValueError("other bytes came back")
    ftp.quit()


def main():
    """One thread for each client."""
    host, port, user, password, ca, folder, first, count = sys.argv[1:]
    context = ssl.create_default_context(cafile=ca)
    done, failed, enough = [], [], threading.Event()

    def work(number):
        while not enough.is_set():
            try:
                session(host, int(port), user, password, context, f"{folder}/{number}")
                done.append(number)
            except Exception as error:  # whatever it is, it is a finding
                failed.append(f"{number}: {error!r}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(int(first), int(first) + int(count))]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    enough.set()
    for thread in threads:
        thread.join()
    print(json.dumps({"sessions": len(done), "clients": len(set(done)), "failed": failed}), flush=True)


if __name__ == "__main__":
    main()
