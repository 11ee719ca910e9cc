"""wget: it fetches only."""

from jobs.base import Job


class Wget(Job):
    """wget 1.21."""

    name = "wget"
    uploads = False

    def commands(self, errand):
        common = ["wget", "-nv", "--tries=1", "--timeout=60", f"--user={errand.user}", f"--password={errand.password}"]
        common += ["-P", errand.down, "--no-remove-listing", *([] if errand.passive else ["--no-passive-ftp"])]
        return [([*common, f"ftp://{errand.authority}/{errand.folder}/*"], "")]
