"""Many FTPS sessions at once in one process. usage: load.py HOST PORT USER PASSWORD CA FOLDER FIRST COUNT SIZE

Logs all of them in, writes `ready`, waits for a line, then every session uploads a file and downloads it again.
Writes `done N` with the number of sessions whose bytes came back as they went.
"""

import hashlib
import io
import os
import ssl
import sys
import threading

from clients.ftplib import Explicit


def session(host, port, user, password, context):
    """A session ready for protected transfers."""
    ftp = Explicit(context=context)
    ftp.connect(host, port, timeout=120)
    ftp.login(user, password)
    ftp.prot_p()
    return ftp


def there_and_back(ftp, name, size):
    """Uploads noise, downloads it, and compares."""
    content = os.urandom(size)
    back = hashlib.md5()
    ftp.storbinary(f"STOR {name}", io.BytesIO(content), 65536)
    ftp.retrbinary(f"RETR {name}", back.update, 65536)
    ftp.quit()
    return back.digest() == hashlib.md5(content).digest()


def main():
    """One thread for each session."""
    host, port, user, password, ca, folder, first, count, size = sys.argv[1:]
    context = ssl.create_default_context(cafile=ca)
    sessions = [session(host, int(port), user, password, context) for _ in range(int(count))]
    print("ready", flush=True)
    sys.stdin.readline()
    good = []

    def work(number, ftp):
        good.append(there_and_back(ftp, f"{folder}/{number}", int(size)))

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(sessions, int(first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"done {good.count(True)}", flush=True)


if __name__ == "__main__":
    main()
