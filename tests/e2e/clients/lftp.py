"""lftp 4.9: one process per operation, GnuTLS."""

from clients.base import Client, base_names

SETTINGS = """
set cmd:fail-exit yes
set cmd:interactive no
set net:max-retries 1
set net:timeout 60
set net:reconnect-interval-base 1
set xfer:clobber yes
set xfer:log no
set dns:cache-enable no
set ftp:auto-passive-mode no
"""


class Lftp(Client):
    """Copies the session of the control connection to the data connections."""

    name = "lftp"

    def settings(self):
        """The settings of this target, as commands."""
        target = self.target
        yes = {True: "yes", False: "no"}
        lines = [
            SETTINGS.strip(),
            f"set ftp:passive-mode {yes[target.passive]}",
            f"set ftp:prefer-epsv {yes[target.data == 'EPSV']}",
        ]
        if target.tls is None:
            lines += ["set ftp:ssl-allow no"]
        else:
            lines += [
                "set ftp:ssl-force yes",
                "set ftp:ssl-protect-data yes",
                "set ftp:ssl-protect-list yes",
                f"set ssl:ca-file {target.ca}",
                "set ssl:verify-certificate yes",
                f"set ssl:priority NORMAL:-VERS-ALL:+VERS-TLS{target.tls}",
            ]
        scheme = "ftps" if target.implicit else "ftp"
        return [*lines, f"open -u {target.user},{target.password} {scheme}://{target.authority}"]

    def call(self, *commands, settings=()):
        """One run of lftp; returns what it printed."""
        script = "\n".join([*settings, *self.settings(), *commands, "bye"])
        home = {"HOME": str(self.work), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        return self.run(["lftp", "--norc", "-c", script], env=home, cwd=self.work).decode(errors="surrogateescape")

    def login(self):
        self.call("quote NOOP")

    def listing(self, folder):
        return self.call(f"ls {folder}")

    def names(self, folder):
        return base_names(self.call(f"nlist {folder}"))

    def facts(self, folder):
        text = self.call(f"cls -1 {folder}/", settings=["set ftp:use-mlsd yes"])
        return base_names(text)

    def get(self, name, path, rest=0, ascii=False):
        path.unlink(missing_ok=True)
        if rest:
            # `get -c` asks for what lies behind the bytes that are there.
            path.write_bytes(b"\0" * rest)
        self.call(f"get {'-c ' if rest else ''}{'-a ' if ascii else ''}{name} -o {path}")
        if rest:
            path.write_bytes(path.read_bytes()[rest:])

    def put(self, path, name, append=False, ascii=False):
        self.call(f"put {'-a ' if ascii else ''}{path} -o {name}")
