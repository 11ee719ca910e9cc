"""lftp with its own TLS switched off."""

from jobs.base import Job


class Lftp(Job):
    """lftp 4.9.2."""

    name = "lftp"

    def commands(self, errand):
        settings = {
            "ftp:ssl-allow": "no",
            "ftp:passive-mode": "on" if errand.passive else "off",
            "ftp:prefer-epsv": "yes" if errand.data == "EPSV" else "no",
            "net:max-retries": "1",
            "net:timeout": "60",
            "cmd:fail-exit": "yes",
        }
        lines = [f"set {name} {value}" for name, value in settings.items()]
        lines += [
            f"open -u {errand.user},{errand.password} ftp://{errand.authority}",
            f"cd {errand.folder}",
            f"lcd {errand.up}",
            f"put {errand.single}",
            *([f"mput {' '.join(errand.many)}"] if errand.many else []),
            "cls -l",
            f"lcd {errand.down}",
            f"get {errand.single}",
            *(["mget many*"] if errand.many else []),
            "bye",
        ]
        return [(["lftp", "--norc", "-f", "/dev/stdin"], "\n".join(lines) + "\n")]
