//! `TTLSGroupAdvancedParms`, `TTLSEnvironmentAdvancedParms`, `TTLSConnectionAdvancedParms`.

use super::Scope::{Connection, Environment};
use super::{Choice, Kind, ON_OFF, Param, Place, Scope, Statement};

pub(super) static GROUP_ADVANCED: Statement = Statement {
    keyword: "TTLSGroupAdvancedParms",
    place: Place::FileOrInline,
    scope: Some(Scope::Group),
    params: &[GROUP, SHARED],
    extension: false,
    doc: "Further parameters of a group action.",
};

pub(super) static ENVIRONMENT_ADVANCED: Statement = Statement {
    keyword: "TTLSEnvironmentAdvancedParms",
    place: Place::FileOrInline,
    scope: Some(Environment),
    params: &[PROTOCOLS, CONNECTION_LIFE, CERTIFICATES, HELLO, LIMITS, SHARED],
    extension: false,
    doc: "Further parameters of an environment action.",
};

pub(super) static CONNECTION_ADVANCED: Statement = Statement {
    keyword: "TTLSConnectionAdvancedParms",
    place: Place::FileOrInline,
    scope: Some(Connection),
    params: &[PROTOCOLS, CONNECTION_LIFE, CERTIFICATES, HELLO, LIMITS, SHARED],
    extension: false,
    doc: "Further parameters of a connection action; what is not coded comes from the environment.",
};

const BOTH: &[Scope] = &[Environment, Connection];

const TOO_OLD: &str = "this engine has TLSv1.2 and TLSv1.3 only; write Off (or leave it out) and TLSv1.2 On";
const NO_RENEGOTIATION: &str = "this engine never renegotiates";
const NO_DH: &str = "this engine has no finite-field Diffie-Hellman and no DSA";
const NO_FRAGMENT: &str = "this engine does not offer the maximum fragment length extension; write Off";
const NO_HMAC: &str = "this engine has no truncated HMAC; write Off";
const NO_SAF: &str = "certificates cannot be mapped to users yet; write ClientAuthType Required";

const OLD_PROTOCOL: Kind = Kind::Choice(&[Choice::no("On", TOO_OLD), Choice::yes("Off")]);
const RENEGOTIATION: Kind = Kind::Choice(&[
    Choice::yes("Default"),
    Choice::yes("Disabled"),
    Choice::idle("All", NO_RENEGOTIATION),
    Choice::idle("Abbreviated", NO_RENEGOTIATION),
]);
const INDICATOR: Kind = Kind::Choice(&[
    Choice::yes("Optional"),
    Choice::idle("Client", NO_RENEGOTIATION),
    Choice::idle("Server", NO_RENEGOTIATION),
    Choice::idle("Both", NO_RENEGOTIATION),
]);
const CLIENT_AUTH: Kind = Kind::Choice(&[
    Choice::yes("PassThru"),
    Choice::yes("Full"),
    Choice::yes("Required"),
    Choice::no("SAFCheck", NO_SAF),
]);
const VALIDATION: Kind = Kind::Choice(&[
    Choice::yes("Any"),
    Choice::idle("RFC2459", "certificates are always validated as RFC 5280 says"),
    Choice::idle("RFC3280", "certificates are always validated as RFC 5280 says"),
    Choice::yes("RFC5280"),
]);
const TRUNCATED_HMAC: Kind = Kind::Choice(&[
    Choice::yes("Off"),
    Choice::idle("Optional", NO_HMAC),
    Choice::no("Required", NO_HMAC),
]);
const FRAGMENT: Kind = Kind::Choice(&[
    Choice::yes("Off"),
    Choice::idle("Optional", NO_FRAGMENT),
    Choice::no("Required", NO_FRAGMENT),
]);
const FRAGMENT_LENGTH: Kind = Kind::Choice(&[
    Choice::idle("512", NO_FRAGMENT),
    Choice::idle("1024", NO_FRAGMENT),
    Choice::idle("2048", NO_FRAGMENT),
    Choice::idle("4096", NO_FRAGMENT),
]);
const OFF_OPTIONAL_REQUIRED: Kind = Kind::Choice(&[
    Choice::yes("Off"),
    Choice::yes("Optional"),
    Choice::yes("Required"),
]);
const NO_ACKNOWLEDGEMENT: &str = "the name is sent; whether the server acknowledges it cannot be seen with this engine, so it is taken as Optional";
const CLIENT_SNI: Kind = Kind::Choice(&[
    Choice::yes("Off"),
    Choice::yes("Optional"),
    Choice::idle("Required", NO_ACKNOWLEDGEMENT),
]);
const CLIENT_SNI_MATCH: Kind = Kind::Choice(&[
    Choice::yes("Optional"),
    Choice::idle("Required", NO_ACKNOWLEDGEMENT),
]);
const OPTIONAL_REQUIRED: Kind = Kind::Choice(&[Choice::yes("Optional"), Choice::yes("Required")]);
const EMS: Kind = Kind::Choice(&[
    Choice::yes("On"),
    Choice::idle("Off", "the extended master secret is always offered and accepted"),
    Choice::yes("Required"),
]);
const CERT_VERSION: Kind = Kind::Choice(&[Choice::yes("Any"), Choice::yes("3")]);
const CLIENT_EDH: Kind = Kind::Choice(&[Choice::yes("Legacy"), Choice::yes("2048")]);
const SERVER_EDH: Kind = Kind::Choice(&[Choice::yes("Legacy"), Choice::yes("2048"), Choice::yes("Match")]);

const SHARED: &[Param] = &[Param::new(
    "SecondaryMap",
    ON_OFF,
    "Further connections of the same session take over this policy.",
)
.default("Off")];

const GROUP: &[Param] = &[
    Param::new(
        "Envfile",
        Kind::Text(1023),
        "File with environment variables of the group's process.",
    )
    .no_effect("there is no process per group"),
    Param::new(
        "SyslogFacility",
        Kind::Choice(&[Choice::yes("Daemon"), Choice::yes("Auth")]),
        "Facility of the messages.",
    )
    .default("Daemon"),
];

const PROTOCOLS: &[Param] = &[
    Param::new("SSLv2", OLD_PROTOCOL, "Protocol switch.")
        .default("Off")
        .only(BOTH),
    Param::new("SSLv3", OLD_PROTOCOL, "Protocol switch.")
        .default("Off")
        .only(BOTH),
    Param::new("TLSv1", OLD_PROTOCOL, "Protocol switch.")
        .default("Off")
        .only(BOTH),
    Param::new("TLSv1.1", OLD_PROTOCOL, "Protocol switch.")
        .default("Off")
        .only(BOTH),
    Param::new("TLSv1.2", ON_OFF, "Protocol switch.")
        .default("On")
        .only(BOTH),
    Param::new("TLSv1.3", ON_OFF, "Protocol switch.")
        .default("On")
        .only(BOTH),
    Param::new(
        "MiddleBoxCompatMode",
        ON_OFF,
        "TLS 1.3 looks like TLS 1.2 to middle boxes.",
    )
    .default("Off")
    .environment_first()
    .no_effect("compatibility mode is always on"),
];

const CONNECTION_LIFE: &[Param] = &[
    Param::new(
        "ApplicationControlled",
        ON_OFF,
        "On: the connection starts in clear and its controller starts TLS.",
    )
    .default("Off")
    .only(BOTH),
    Param::new(
        "HandshakeTimeout",
        Kind::Number(0, 600),
        "Seconds to wait for the partner's first record; 0 is no limit.",
    )
    .default("10")
    .only(BOTH),
    Param::new(
        "ResetCipherTimer",
        Kind::Number(0, 1440),
        "Minutes after which the next write renews the keys (TLS 1.3 only: this engine never renegotiates); 0 is never.",
    )
    .default("0")
    .only(BOTH),
    Param::new("Renegotiation", RENEGOTIATION, "Which renegotiation is allowed.")
        .default("Default")
        .environment_first(),
    Param::new(
        "RenegotiationIndicator",
        INDICATOR,
        "Who must show RFC 5746 support.",
    )
    .default("Optional")
    .environment_first(),
    Param::new(
        "RenegotiationCertCheck",
        ON_OFF,
        "The certificate may not change on renegotiation.",
    )
    .default("Off")
    .environment_first()
    .no_effect(NO_RENEGOTIATION),
];

const CERTIFICATES: &[Param] = &[
    Param::new(
        "CertificateLabel",
        Kind::Text(127),
        "Our certificate; without it the ring's default.",
    )
    .only(BOTH),
    Param::new(
        "ServerCertificateLabel",
        Kind::Text(1023),
        "Our certificates as a server, separated by commas.",
    )
    .list()
    .only(BOTH),
    Param::new(
        "ClientAuthType",
        CLIENT_AUTH,
        "What a server does with client certificates.",
    )
    .default("Required")
    .environment_first(),
    Param::new(
        "CertValidationMode",
        VALIDATION,
        "Rules of certificate validation.",
    )
    .default("Any")
    .environment_first(),
    Param::new(
        "HostReferenceIdDNS",
        Kind::Host,
        "Name that the server's certificate must have.",
    )
    .only(BOTH),
    Param::new(
        "HostReferenceIdCN",
        Kind::Text(255),
        "Common name that the server's certificate must have.",
    )
    .only(BOTH),
    Param::new(
        "HostRefWildcardValidation",
        ON_OFF,
        "Certificates may name the host with a wildcard.",
    )
    .default("Off")
    .only(BOTH),
];

const HELLO: &[Param] = &[
    Param::new("TruncatedHMAC", TRUNCATED_HMAC, "RFC 6066 truncated HMAC.")
        .default("Off")
        .only(BOTH),
    Param::new(
        "ClientMaxSSLFragment",
        FRAGMENT,
        "RFC 6066 maximum fragment length as a client.",
    )
    .default("Off")
    .only(BOTH),
    Param::new(
        "ClientMaxSSLFragmentLength",
        FRAGMENT_LENGTH,
        "The length that a client asks for.",
    )
    .only(BOTH),
    Param::new(
        "ServerMaxSSLFragment",
        FRAGMENT,
        "RFC 6066 maximum fragment length as a server.",
    )
    .default("Off")
    .only(BOTH),
    Param::new(
        "ClientHandshakeSNI",
        CLIENT_SNI,
        "Server name indication as a client.",
    )
    .default("Off")
    .only(BOTH),
    Param::new(
        "ClientHandshakeSNIMatch",
        CLIENT_SNI_MATCH,
        "Must the server acknowledge the name.",
    )
    .default("Optional")
    .only(BOTH),
    Param::new("ClientHandshakeSNIList", Kind::Host, "Names that a client sends.")
        .list()
        .only(BOTH),
    Param::new(
        "ServerHandshakeSNI",
        OFF_OPTIONAL_REQUIRED,
        "Server name indication as a server.",
    )
    .default("Off")
    .only(BOTH),
    Param::new(
        "ServerHandshakeSNIMatch",
        OPTIONAL_REQUIRED,
        "Required: a name that is not listed fails.",
    )
    .default("Optional")
    .only(BOTH),
    Param::new(
        "ServerHandshakeSNIList",
        Kind::HostLabel,
        "Host name and the certificate for it.",
    )
    .list()
    .only(BOTH),
];

const LIMITS: &[Param] = &[
    Param::new("3DesKeyCheck", ON_OFF, "The three DES keys must differ.")
        .default("Off")
        .environment_first()
        .no_effect("this engine has no triple DES"),
    Param::new(
        "ClientEDHGroupSize",
        CLIENT_EDH,
        "Smallest DH group that a client takes.",
    )
    .default("Legacy")
    .environment_first()
    .no_effect(NO_DH),
    Param::new("ServerEDHGroupSize", SERVER_EDH, "DH group that a server uses.")
        .default("Legacy")
        .environment_first()
        .no_effect(NO_DH),
    Param::new(
        "PeerMinCertVersion",
        CERT_VERSION,
        "X.509 version that a peer's certificate must have.",
    )
    .default("Any")
    .environment_first()
    .no_effect("certificates of peers must be version 3 always"),
    Param::new(
        "PeerMinDHKeySize",
        Kind::Number(0, 2048),
        "Smallest DH key of a peer, in bits.",
    )
    .default("1024")
    .environment_first()
    .no_effect(NO_DH),
    Param::new(
        "PeerMinDsaKeySize",
        Kind::Number(0, 2048),
        "Smallest DSA key of a peer, in bits.",
    )
    .default("1024")
    .environment_first()
    .no_effect(NO_DH),
    Param::new(
        "PeerMinECCKeySize",
        Kind::Number(0, 521),
        "Smallest elliptic curve key in a peer's chain, in bits.",
    )
    .default("192")
    .environment_first(),
    Param::new(
        "PeerMinRsaKeySize",
        Kind::Number(0, 4096),
        "Smallest RSA key in a peer's chain, in bits; below 2048 this engine takes none in any case.",
    )
    .default("1024")
    .environment_first(),
    Param::new("ServerScsv", ON_OFF, "A server honours TLS_FALLBACK_SCSV.")
        .default("Off")
        .environment_first()
        .no_effect("with TLSv1.2 and TLSv1.3 only there is nothing to fall back to"),
    Param::new("ClientExtendedMasterSecret", EMS, "RFC 7627 as a client.")
        .default("On")
        .environment_first(),
    Param::new("ServerExtendedMasterSecret", EMS, "RFC 7627 as a server.")
        .default("On")
        .environment_first(),
];
