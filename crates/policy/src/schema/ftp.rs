//! `TTLSFtpParms` (extension) and FTP.DATA files.

use super::{Choice, Kind, Param, Place, Statement};

/// `TTLSFtpParms`.
pub(crate) static FTP_PARMS: Statement = Statement {
    keyword: "TTLSFtpParms",
    place: Place::FileOrInline,
    scope: None,
    params: &[PARAMS, &[FTP_DATA_FILE]],
    extension: true,
    doc: "Makes the built-in FTP controller start and stop TLS, as z/OS FTP would.",
};

/// The statements of FTP.DATA files that have a meaning here; all others are ignored with a note.
pub(crate) static FTP_DATA: Statement = Statement {
    keyword: "FTP.DATA",
    place: Place::FtpData,
    scope: None,
    params: &[PARAMS, ELSEWHERE],
    extension: true,
    doc: "An FTP.DATA file of z/OS FTP.",
};

const NO_USERS: &str = "certificates cannot be mapped to users yet; write SECURE_LOGIN REQUIRED";
const NO_NOTIFY: &str = "it is not valid with AT-TLS; write TLSRFCLEVEL RFC4217";

const SECURE_FTP: Kind = Kind::Choice(&[Choice::yes("ALLOWED"), Choice::yes("REQUIRED")]);
const SECURE_LOGIN: Kind = Kind::Choice(&[
    Choice::yes("NO_CLIENT_AUTH"),
    Choice::yes("REQUIRED"),
    Choice::no("VERIFY_USER", NO_USERS),
]);
const CTRLCONN: Kind = Kind::Choice(&[Choice::yes("CLEAR"), Choice::yes("SAFE"), Choice::yes("PRIVATE")]);
const DATACONN: Kind = Kind::Choice(&[
    Choice::yes("CLEAR"),
    Choice::yes("NEVER"),
    Choice::yes("SAFE"),
    Choice::yes("PRIVATE"),
]);
const REUSE: Kind = Kind::Choice(&[
    Choice::yes("NONE"),
    Choice::yes("ALLOWED"),
    Choice::yes("REQUIRED"),
]);
const MECHANISM: Kind = Kind::Choice(&[
    Choice::yes("TLS"),
    Choice::yes("SSL"),
    Choice::no(
        "GSSAPI",
        "this engine has no Kerberos; write SECURE_MECHANISM TLS",
    ),
]);
const TRUE_FALSE: Kind = Kind::Choice(&[Choice::yes("TRUE"), Choice::yes("FALSE")]);
const HOSTNAME: Kind = Kind::Choice(&[Choice::yes("OPTIONAL"), Choice::yes("REQUIRED")]);
const IMPLICIT: Kind = Kind::Choice(&[Choice::yes("TRUE"), Choice::yes("FALSE"), Choice::yes("AUTO")]);
const LEVEL: Kind = Kind::Choice(&[
    Choice::yes("DRAFT"),
    Choice::yes("RFC4217"),
    Choice::no("CCCNONOTIFY", NO_NOTIFY),
]);
const REDIRECT: Kind = Kind::Choice(&[Choice::yes("UNRESTRICTED"), Choice::yes("NOREDIRECT")]);
const PORT_COMMAND: Kind = Kind::Choice(&[Choice::yes("ACCEPT"), Choice::yes("REJECT")]);
const LOW_PORTS: Kind = Kind::Choice(&[Choice::yes("UNRESTRICTED"), Choice::yes("NOLOWPORTS")]);
const EXTENSIONS: Kind = Kind::Choice(&[
    Choice::yes("AUTH_TLS"),
    Choice::no(
        "AUTH_GSSAPI",
        "this engine has no Kerberos; write EXTENSIONS AUTH_TLS",
    ),
]);

const FTP_DATA_FILE: Param = Param::new(
    "FtpDataFile",
    Kind::Text(1023),
    "FTP.DATA file with the same parameters; those coded here win.",
)
.extension();

const PARAMS: &[Param] = &[
    Param::new(
        "EXTENSIONS",
        EXTENSIONS,
        "AUTH_TLS: clients may use AUTH. Always so with TTLSFtpParms.",
    )
    .list()
    .extension(),
    Param::new("SECURE_FTP", SECURE_FTP, "May or must clients use AUTH.")
        .default("REQUIRED")
        .extension(),
    Param::new("SECURE_LOGIN", SECURE_LOGIN, "Must clients have a certificate.")
        .default("NO_CLIENT_AUTH")
        .extension(),
    Param::new("SECURE_CTRLCONN", CTRLCONN, "CLEAR allows CCC after login.")
        .default("PRIVATE")
        .extension(),
    Param::new(
        "SECURE_DATACONN",
        DATACONN,
        "Which protection data connections must have.",
    )
    .default("PRIVATE")
    .extension(),
    Param::new(
        "SECURE_SESSION_REUSE",
        REUSE,
        "Do data connections resume the session of their control connection.",
    )
    .default("ALLOWED")
    .extension(),
    Param::new(
        "SECURE_HOSTNAME",
        HOSTNAME,
        "REQUIRED: a client finds the server's name or address in its certificate.",
    )
    .default("OPTIONAL")
    .extension(),
    Param::new(
        "TLSPORT",
        Kind::Number(0, 65535),
        "Port on which TLS is implicit; 0 is none.",
    )
    .default("990")
    .extension(),
    Param::new(
        "SECUREIMPLICITZOS",
        IMPLICIT,
        "TRUE: greeting in clear on TLSPORT; AUTO: whichever the client shows.",
    )
    .default("AUTO")
    .extension(),
    Param::new("TLSRFCLEVEL", LEVEL, "DRAFT: no CCC.")
        .default("RFC4217")
        .extension(),
    Param::new(
        "PASSIVEDATAPORTS",
        Kind::PortPair(1024, 65535),
        "Ports of passive data connections.",
    )
    .extension(),
    Param::new(
        "PASSIVEDATACONN",
        REDIRECT,
        "NOREDIRECT: only from the client's address.",
    )
    .default("NOREDIRECT")
    .extension(),
    Param::new(
        "SECURE_MECHANISM",
        MECHANISM,
        "What a client sends: AUTH TLS; SSL: AUTH SSL too where the server refuses that.",
    )
    .default("TLS")
    .extension(),
    Param::new(
        "SENDHOST",
        Kind::Host,
        "The name that a client sends with HOST ahead of AUTH.",
    )
    .extension(),
    Param::new(
        "CCCAFTERLOGIN",
        TRUE_FALSE,
        "TRUE: a client sends CCC after login, for firewalls that read along.",
    )
    .default("FALSE")
    .extension(),
    Param::new("EPSV4", TRUE_FALSE, "TRUE: a client uses EPSV instead of PASV.")
        .default("FALSE")
        .extension(),
    Param::new(
        "PASSIVEIGNOREADDR",
        TRUE_FALSE,
        "TRUE: a client connects to the server's own address whatever 227 says.",
    )
    .default("TRUE")
    .extension(),
    Param::new(
        "FWFRIENDLY",
        TRUE_FALSE,
        "TRUE: a client's PORT and EPRT become PASV or EPSV.",
    )
    .default("FALSE")
    .extension(),
    Param::new("PORTCOMMAND", PORT_COMMAND, "REJECT refuses PORT and EPRT.")
        .default("ACCEPT")
        .extension(),
    Param::new(
        "PORTCOMMANDPORT",
        LOW_PORTS,
        "NOLOWPORTS refuses ports below 1024.",
    )
    .default("NOLOWPORTS")
    .extension(),
    Param::new(
        "PORTCOMMANDIPADDR",
        REDIRECT,
        "NOREDIRECT: only to the client's address.",
    )
    .default("NOREDIRECT")
    .extension(),
];

/// Statements of FTP.DATA whose meaning is in the policy with AT-TLS, and where.
const ELSEWHERE: &[Param] = &[
    Param::new("KEYRING", Kind::Text(1023), "Key ring.").no_effect("write Keyring in TTLSKeyringParms"),
    Param::new("CIPHERSUITE", Kind::Text(1023), "A cipher suite.")
        .list()
        .no_effect("write V3CipherSuites in TTLSCipherParms"),
    Param::new("TLSTIMEOUT", Kind::Text(1023), "Life of sessions.")
        .no_effect("write GSK_V3_SESSION_TIMEOUT in TTLSGskAdvancedParms"),
    Param::new("SSLV3", Kind::Text(1023), "Allows SSLv3.").no_effect("this engine has no SSLv3"),
    Param::new("TLSMECHANISM", Kind::Text(1023), "Who does TLS.")
        .no_effect("TLS is always done by the policy here"),
];
