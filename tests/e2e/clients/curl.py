"""curl 7.88: one process and one control connection per operation."""

from clients.base import Client, base_names, fact_names

DATA = {
    "PASV": ["--ftp-pasv", "--disable-epsv"],
    "EPSV": ["--ftp-pasv"],
    "PORT": ["--ftp-port", "-", "--disable-eprt"],
    "EPRT": ["--ftp-port", "-"],
}


class Curl(Client):
    """Tries AUTH SSL before AUTH TLS, connects data before the transfer command."""

    name = "curl"

    def arguments(self):
        """Everything that is the same for each operation."""
        target = self.target
        words = ["curl", "-q", "-sS", "-v", "-g", "--connect-timeout", "60", "--max-time", str(self.patience - 10)]
        words += ["-u", f"{target.user}:{target.password}", *DATA[target.data]]
        if target.tls is not None:
            words += ["--ssl-reqd", "--cacert", target.ca, "--tls-max", target.tls]
            words += ["--tlsv1.2" if target.tls == "1.2" else "--tlsv1.3"]
        return words

    def url(self, path):
        """The URL of a path."""
        return f"{'ftps' if self.target.implicit else 'ftp'}://{self.target.authority}/{path}"

    def call(self, *words):
        """One run of curl; returns what it printed."""
        return self.run([*self.arguments(), *words])

    def login(self):
        self.call("-I", self.url(""))

    def listing(self, folder):
        return self.call(self.url(f"{folder}/")).decode()

    def names(self, folder):
        return base_names(self.call("-l", self.url(f"{folder}/")).decode())

    def facts(self, folder):
        return fact_names(self.call("-X", "MLSD", self.url(f"{folder}/")).decode())

    def get(self, name, path, rest=0, ascii=False):
        path.unlink(missing_ok=True)
        words = ["-C", rest] if rest else []
        words += ["--use-ascii"] if ascii else []
        # Into a pipe, so that `-C` asks for the tail and writes nothing else.
        path.write_bytes(self.call(*words, self.url(name)))

    def put(self, path, name, append=False, ascii=False):
        words = ["--append"] if append else []
        words += ["--use-ascii"] if ascii else []
        self.call(*words, "-T", path, self.url(name))
