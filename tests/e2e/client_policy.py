"""Policies for wrapped clients, written in the AT-TLS language as an administrator would."""

from dataclasses import dataclass, field

from policy import block

ENVIRONMENT = "ftp_client"


@dataclass
class ClientPolicy:
    """A policy for FTP clients of one partner on an explicit and an implicit port."""

    explicit: int
    implicit: int
    ring: str = "partner"
    #: (listen, target) pairs of gateways.
    gateways: list = field(default_factory=list)
    #: It has a TTLSIntercept statement.
    intercept: bool = False
    #: Statements of TTLSFtpParms beside TLSPORT.
    ftp: dict = field(default_factory=dict)
    #: Statements of TTLSEnvironmentAdvancedParms beside the usual.
    advanced: dict = field(default_factory=dict)
    #: 1.2 or 1.3: the only version.
    tls: str | None = None

    def text(self):
        """The policy file."""
        versions = {"TLSv1.2": "On", "TLSv1.3": "On"}
        if self.tls is not None:
            versions = {f"TLSv{version}": "On" if version == self.tls else "Off" for version in ("1.2", "1.3")}
        blocks = [
            block("TTLSGateway", f"gateway_{number}", {"Listen": listen, "Target": target, "Direction": "Outbound"})
            for number, (listen, target) in enumerate(self.gateways)
        ]
        blocks += [
            block(
                "TTLSRule",
                name,
                {
                    "RemotePortRange": port,
                    "Direction": "Outbound",
                    "TTLSGroupActionRef": "on",
                    "TTLSEnvironmentActionRef": ENVIRONMENT,
                },
            )
            for name, port in (("explicit", self.explicit), ("implicit", self.implicit))
        ]
        blocks += [
            block("TTLSGroupAction", "on", {"TTLSEnabled": "On"}),
            block(
                "TTLSEnvironmentAction",
                ENVIRONMENT,
                {
                    "HandshakeRole": "Client",
                    "TTLSKeyringParmsRef": "ring",
                    "TTLSEnvironmentAdvancedParmsRef": "advanced",
                    "TTLSFtpParmsRef": "ftp",
                },
            ),
            block("TTLSKeyringParms", "ring", {"Keyring": self.ring}),
            block(
                "TTLSEnvironmentAdvancedParms",
                "advanced",
                {"ApplicationControlled": "On", "SecondaryMap": "On", **versions, **self.advanced},
            ),
            block("TTLSFtpParms", "ftp", {"TLSPORT": self.implicit, "SECURE_HOSTNAME": "REQUIRED", **self.ftp}),
            *([block("TTLSIntercept", "host", {})] if self.intercept else []),
        ]
        return "\n".join(blocks)
