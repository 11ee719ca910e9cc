"""FTP servers with TLS of their own: what partners run, and what wrapped clients deliver to."""

from partners.proftpd import TlsProFTPD
from partners.pureftpd import TlsPureFTPd
from partners.pyftpdlib import TlsPyftpdlib
from partners.vsftpd import TlsVsftpd

PARTNERS = {kind.name: kind for kind in (TlsVsftpd, TlsProFTPD, TlsPureFTPd, TlsPyftpdlib)}
