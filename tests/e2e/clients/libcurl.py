"""libcurl 7.61 with OpenSSL 1.1.1, as PyPI's pycurl 7.45.3 ships it: one handle, one control connection for everything.

Not newer: from 7.87 to 7.88 libcurl forgets TLS on active data connections, and 8.x (seen with 8.11 to 8.23, against
pure-ftpd's own TLS too) now and then gives an active data connection up, without an error, when its handshake takes a
moment.
"""

import io

import pycurl

from clients.base import Client, ClientError, base_names, fact_names

VERSIONS = {
    "1.2": pycurl.SSLVERSION_TLSv1_2 | pycurl.SSLVERSION_MAX_TLSv1_2,
    "1.3": pycurl.SSLVERSION_TLSv1_3 | pycurl.SSLVERSION_MAX_TLSv1_3,
}


class Libcurl(Client):
    """Old and still at work in many places; does the active transfers that curl 7.88 cannot do."""

    name = "libcurl"

    def __init__(self, target, work):
        super().__init__(target, work)
        self.handle = pycurl.Curl()

    def call(self, path, source=None, sink=None, **options):
        """One transfer; returns what was received where there is no `sink`."""
        target, received = self.target, io.BytesIO()
        handle = self.handle
        handle.reset()
        settings = {
            pycurl.URL: f"{'ftps' if target.implicit else 'ftp'}://{target.authority}/{path}",
            pycurl.USERPWD: f"{target.user}:{target.password}",
            pycurl.CONNECTTIMEOUT: 15,
            pycurl.TIMEOUT: self.patience,
            pycurl.NOSIGNAL: 1,
            pycurl.WRITEDATA: sink or received,
            pycurl.FTP_USE_EPSV: int(target.data == "EPSV"),
            pycurl.FTP_USE_EPRT: int(target.data == "EPRT"),
        }
        if not target.passive:
            settings[pycurl.FTPPORT] = "-"
        if target.tls is not None:
            settings |= {
                pycurl.USE_SSL: pycurl.USESSL_ALL,
                pycurl.CAINFO: str(target.ca),
                pycurl.SSLVERSION: VERSIONS[target.tls],
            }
        if source is not None:
            settings |= {pycurl.UPLOAD: 1, pycurl.READDATA: source}
        for option, value in settings.items():
            handle.setopt(option, value)
        for option, value in options.items():
            handle.setopt(getattr(pycurl, option), value)
        try:
            handle.perform()
        except pycurl.error as problem:
            raise ClientError(f"libcurl {problem.args}: {path}") from problem
        return received.getvalue()

    def login(self):
        self.call("", NOBODY=1)

    def listing(self, folder):
        return self.call(f"{folder}/").decode()

    def names(self, folder):
        return base_names(self.call(f"{folder}/", DIRLISTONLY=1).decode())

    def facts(self, folder):
        return fact_names(self.call(f"{folder}/", CUSTOMREQUEST="MLSD").decode())

    def get(self, name, path, rest=0, ascii=False):
        with open(path, "wb") as sink:
            self.call(name, sink=sink, RESUME_FROM_LARGE=rest, TRANSFERTEXT=int(ascii))

    def put(self, path, name, append=False, ascii=False):
        with open(path, "rb") as source:
            self.call(name, source=source, APPEND=int(append), TRANSFERTEXT=int(ascii))

    def close(self):
        self.handle.close()
        self.handle = pycurl.Curl()
