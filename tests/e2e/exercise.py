"""What each client does with each daemon: every kind of transfer, compared byte by byte."""

import hashlib
import os
import shutil
import uuid
from pathlib import Path

#: Bytes of the file that most transfers move: more than a TLS record, more than a socket buffer.
ORDINARY = 300_007
REST_AT = 123_457


class Mismatch(AssertionError):
    """A file is not what was sent."""


def digest(path):
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def same(actual, expected, what):
    """Fails where two files differ."""
    if digest(actual) != digest(expected):
        raise Mismatch(f"{what}: {actual.stat().st_size} bytes arrived of {expected.stat().st_size}, or other ones")


def new_folder(daemon):
    """A fresh folder in the daemon's tree that its user may write to."""
    name = f"t{uuid.uuid4().hex[:12]}"
    path = daemon.root / name
    path.mkdir()
    os.chown(path, daemon.account.uid, daemon.account.gid)
    daemon.folders.append(path)
    return name, path


def written(path, content):
    """A file with this content."""
    path = Path(path)
    path.write_bytes(content)
    return path


def exercise(client, daemon, can, big=None):
    """Every operation once. `can(operation)` says which the pair is able to do; `big` is a large file to move too."""
    folder, disk = new_folder(daemon)
    work = client.work
    source = written(work / "ordinary.bin", os.urandom(ORDINARY))
    back = work / "back.bin"

    client.login()

    client.put(source, f"{folder}/ordinary.bin")
    same(disk / "ordinary.bin", source, "STOR")

    client.get(f"{folder}/ordinary.bin", back)
    same(back, source, "RETR")

    client.get(f"{folder}/ordinary.bin", back, rest=REST_AT)
    same(back, written(work / "tail.bin", source.read_bytes()[REST_AT:]), "REST and RETR")

    if can("APPE"):
        more = written(work / "more.bin", os.urandom(5_003))
        client.put(more, f"{folder}/ordinary.bin", append=True)
        same(disk / "ordinary.bin", written(work / "both.bin", source.read_bytes() + more.read_bytes()), "APPE")

    empty = written(work / "empty.bin", b"")
    client.put(empty, f"{folder}/empty.bin")
    same(disk / "empty.bin", empty, "STOR of 0 bytes")
    client.get(f"{folder}/empty.bin", back)
    same(back, empty, "RETR of 0 bytes")

    text = "".join(f"line {number} of a text\n" for number in range(2_000)).encode()
    client.put(written(work / "text.txt", text), f"{folder}/text.txt", ascii=True)
    assert (disk / "text.txt").read_bytes().replace(b"\r\n", b"\n") == text, "STOR in ASCII"
    written(disk / "text.txt", text)
    client.get(f"{folder}/text.txt", back, ascii=True)
    assert back.read_bytes().replace(b"\r\n", b"\n") == text, "RETR in ASCII"

    expected = {"ordinary.bin", "empty.bin", "text.txt"}
    listing = client.listing(folder)
    assert all(name in listing for name in expected), f"LIST: {listing!r}"
    if can("NLST"):
        assert client.names(folder) == expected, "NLST"
    if can("MLSD"):
        assert expected <= client.facts(folder), "MLSD"

    if big is not None:
        client.put(big, f"{folder}/big.bin")
        same(disk / "big.bin", big, "STOR of the big file")
        client.get(f"{folder}/big.bin", back)
        same(back, big, "RETR of the big file")

    client.close()
    shutil.rmtree(disk)
