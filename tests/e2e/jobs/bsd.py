"""The two descendants of BSD ftp, with a script on standard input. Their exit status says nothing."""

from jobs.base import Job


#: Names in one line: inetutils-ftp 2.4 has room for twenty words, and behind them crashes in mget against any server,
#: without ttls too. In lines of at most 18 names it fetches 200 files on one control connection.
LOT = 10


def lots(names):
    """The names in lines that the programs can take."""
    return [names[at : at + LOT] for at in range(0, len(names), LOT)]


class Bsd(Job):
    """What both have in common."""

    def words(self, errand):
        """The command line without its end."""
        raise NotImplementedError

    def commands(self, errand):
        lines = [
            f"user {errand.user} {errand.password}",
            "binary",
            f"cd {errand.folder}",
            f"lcd {errand.up}",
            f"put {errand.single}",
            *(f"mput {' '.join(names)}" for names in lots(errand.many)),
            "ls",
            f"lcd {errand.down}",
            f"get {errand.single}",
            # Names as they are: not every server takes patterns in NLST.
            "glob",
            *(f"mget {' '.join(names)}" for names in lots(errand.many)),
            "bye",
        ]
        return [([*self.words(errand), errand.host, errand.port], "\n".join(lines) + "\n")]


class Inetutils(Bsd):
    """inetutils-ftp 2.4."""

    name = "inetutils-ftp"

    def words(self, errand):
        return ["inetutils-ftp", "-n", "-i", "-v", *(["-p"] if errand.passive else ["-A"])]


class Tnftp(Bsd):
    """tnftp 20210827."""

    name = "tnftp"

    def words(self, errand):
        return ["tnftp", "-n", "-i", "-v", "-p" if errand.passive else "-A"]

    def commands(self, errand):
        ((command, text),) = super().commands(errand)
        # Each toggles: EPSV and EPRT on IPv4 are tried first as they come.
        old = "epsv4\n" if errand.data in ("PASV", "PORT") else ""
        return [(command, text.replace("binary\n", f"binary\n{old}", 1))]
