"""The FTP daemons of the matrix, each as Debian or PyPI ships it, none of them doing TLS."""

from daemons.inetutils import Inetutils
from daemons.proftpd import ProFTPD
from daemons.pureftpd import PureFTPd
from daemons.pyftpdlib import Pyftpdlib
from daemons.stubborn import Stubborn
from daemons.vsftpd import Vsftpd

DAEMONS = {kind.name: kind for kind in (Vsftpd, ProFTPD, PureFTPd, Inetutils, Pyftpdlib)}

#: Not real, for faults only.
FAULTY = {Stubborn.name: Stubborn}
