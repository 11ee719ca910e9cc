"""Policies of the tests, written in the AT-TLS language as an administrator would."""

from dataclasses import dataclass, field

ENVIRONMENT = "ftp_server"
RULES = {"explicit": "ftp_explicit", "implicit": "ftp_implicit"}
RING = "e2e"


@dataclass
class Policy:
    """A policy for one FTP daemon on an explicit and an implicit port."""

    explicit: int
    implicit: int
    #: (listen, target) pairs in the language's spelling.
    gateways: list = field(default_factory=list)
    #: PublicAddr of every gateway.
    public: str | None = None
    #: Parameters of a TTLSIntercept statement; None is no such statement.
    intercept: dict | None = None
    #: More statements.
    more: str = ""
    #: Statements of TTLSFtpParms beside TLSPORT.
    ftp: dict = field(default_factory=dict)
    #: Statements of TTLSEnvironmentAdvancedParms beside the usual.
    advanced: dict = field(default_factory=dict)

    def text(self):
        """The policy file."""
        blocks = [
            block(
                "TTLSGateway",
                f"gateway_{number}",
                {"Listen": listen, "Target": target} | ({"PublicAddr": self.public} if self.public else {}),
            )
            for number, (listen, target) in enumerate(self.gateways)
        ]
        blocks += [
            block(
                "TTLSRule",
                RULES[start],
                {
                    "LocalPortRange": port,
                    "Direction": "Inbound",
                    "TTLSGroupActionRef": "ftp_group",
                    "TTLSEnvironmentActionRef": ENVIRONMENT,
                },
            )
            for start, port in (("explicit", self.explicit), ("implicit", self.implicit))
        ]
        blocks += [
            block("TTLSGroupAction", "ftp_group", {"TTLSEnabled": "On"}),
            block(
                "TTLSEnvironmentAction",
                ENVIRONMENT,
                {
                    "HandshakeRole": "Server",
                    "TTLSKeyringParmsRef": "ftp_ring",
                    "TTLSEnvironmentAdvancedParmsRef": "ftp_advanced",
                    "TTLSFtpParmsRef": "ftp_parms",
                },
            ),
            block("TTLSKeyringParms", "ftp_ring", {"Keyring": RING}),
            block(
                "TTLSEnvironmentAdvancedParms",
                "ftp_advanced",
                {"ApplicationControlled": "On", "SecondaryMap": "On", "TLSv1.2": "On", "TLSv1.3": "On", **self.advanced},
            ),
            block("TTLSFtpParms", "ftp_parms", {"TLSPORT": self.implicit, **self.ftp}),
        ]
        if self.intercept is not None:
            blocks.append(block("TTLSIntercept", "host", self.intercept))
        return "\n".join([*blocks, self.more])


def block(keyword, name, parameters):
    """One named statement; braces stand alone on their lines."""
    lines = [f"  {key:<32} {value}" for key, value in parameters.items()]
    return "\n".join([f"{keyword:<34} {name}", "{", *lines, "}", ""])
