"""The FTP clients of the matrix behind one interface."""

from clients.curl import Curl
from clients.ftplib import Ftplib
from clients.lftp import Lftp
from clients.libcurl import Libcurl
from clients.openssl import Openssl

CLIENTS = {kind.name: kind for kind in (Curl, Libcurl, Lftp, Ftplib, Openssl)}
