"""ncftp 3.2.5: one process per kind of errand; IPv4 only."""

from jobs.base import Job


class Ncftp(Job):
    """ncftpput, ncftpls, ncftpget."""

    name = "ncftp"

    def commands(self, errand):
        login = ["-u", errand.user, "-p", errand.password, "-P", errand.port, "-F" if errand.passive else "-E"]
        files = [errand.up / name for name in (errand.single, *errand.many)]
        # Names as they are: not every server takes patterns in NLST.
        remote = [f"{errand.folder}/{name}" for name in (errand.single, *errand.many)]
        return [
            (["ncftpput", *login, "-t", "60", errand.host, errand.folder, *files], ""),
            (["ncftpls", "-l", *login, f"ftp://{errand.host}:{errand.port}/{errand.folder}/"], ""),
            (["ncftpget", *login, "-t", "60", errand.host, errand.down, *remote], ""),
        ]
