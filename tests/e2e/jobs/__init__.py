"""Plain FTP programs of the client matrix, each as Debian ships it."""

from jobs.bsd import Inetutils, Tnftp
from jobs.curl import Curl
from jobs.ftplib import Ftplib
from jobs.lftp import Lftp
from jobs.ncftp import Ncftp
from jobs.wget import Wget

JOBS = {kind.name: kind for kind in (Inetutils, Tnftp, Ncftp, Curl, Wget, Lftp, Ftplib)}
