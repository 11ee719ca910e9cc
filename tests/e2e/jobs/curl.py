"""curl without any TLS option; one control connection for all that one process does."""

from jobs.base import Job

DATA = {
    "PASV": ["--ftp-pasv", "--disable-epsv"],
    "EPSV": ["--ftp-pasv"],
    "PORT": ["--ftp-port", "-", "--disable-eprt"],
    "EPRT": ["--ftp-port", "-"],
}


class Curl(Job):
    """curl 7.88."""

    name = "curl"

    def commands(self, errand):
        common = ["curl", "-q", "-sS", "-g", "--connect-timeout", "60", "--max-time", "240"]
        common += ["-u", f"{errand.user}:{errand.password}", *DATA[errand.data]]
        url = f"ftp://{errand.authority}/{errand.folder}/"
        names = (errand.single, *errand.many)
        put = [word for name in names for word in ("-T", errand.up / name, url)]
        get = [word for name in names for word in ("-o", errand.down / name, url + name)]
        return [([*common, *put], ""), ([*common, url], ""), ([*common, *get], "")]
