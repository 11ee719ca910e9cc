//! The advanced parameters of the three actions.

use crate::table::{Row, Table, Values, row};
use Values::{Like, Number, OnOff, Text, Words};

pub(crate) const TABLES: &[&Table] = &[
    &Table {
        statement: "TTLSGroupAdvancedParms",
        rows: &[&[
            row("Envfile", Text(1023), "-"),
            row("SecondaryMap", OnOff, "Off"),
            row("SyslogFacility", Words(&["Daemon", "Auth"]), "Daemon"),
        ]],
        required: &[],
        alternatives: &[],
    },
    &Table {
        statement: "TTLSEnvironmentAdvancedParms",
        rows: &[PROTOCOLS, LIFE, CERTIFICATES, HELLO, LIMITS],
        required: &[],
        alternatives: &[],
    },
    &Table {
        statement: "TTLSConnectionAdvancedParms",
        rows: &[PROTOCOLS, LIFE, CERTIFICATES, HELLO, LIMITS],
        required: &[],
        alternatives: &[],
    },
];

/// The defaults of this engine: z/OS has TLSv1 and TLSv1.1 On, TLSv1.2 and TLSv1.3 Off.
const PROTOCOLS: &[Row] = &[
    row("SSLv2", OnOff, "Off"),
    row("SSLv3", OnOff, "Off"),
    row("TLSv1", OnOff, "Off"),
    row("TLSv1.1", OnOff, "Off"),
    row("TLSv1.2", OnOff, "On"),
    row("TLSv1.3", OnOff, "On"),
    row("MiddleBoxCompatMode", OnOff, "Off"),
];

const LIFE: &[Row] = &[
    row("ApplicationControlled", OnOff, "Off"),
    row("HandshakeTimeout", Number(0, 600), "10"),
    row("ResetCipherTimer", Number(0, 1440), "0"),
    row(
        "Renegotiation",
        Words(&["Default", "Disabled", "All", "Abbreviated"]),
        "Default",
    ),
    row(
        "RenegotiationIndicator",
        Words(&["Optional", "Client", "Server", "Both"]),
        "Optional",
    ),
    row("RenegotiationCertCheck", OnOff, "Off"),
    row("SecondaryMap", OnOff, "Off"),
];

const CERTIFICATES: &[Row] = &[
    row("CertificateLabel", Text(127), "-"),
    row("ServerCertificateLabel", Text(1023), "-").many(),
    row(
        "ClientAuthType",
        Words(&["PassThru", "Full", "Required", "SAFCheck"]),
        "Required",
    ),
    row(
        "CertValidationMode",
        Words(&["Any", "RFC2459", "RFC3280", "RFC5280"]),
        "Any",
    ),
    row("HostReferenceIdDNS", HOST, "-"),
    row("HostReferenceIdCN", Text(255), "-"),
    row("HostRefWildcardValidation", OnOff, "Off"),
];

const HELLO: &[Row] = &[
    row("TruncatedHMAC", EXTENSION, "Off"),
    row("ClientMaxSSLFragment", EXTENSION, "Off"),
    row(
        "ClientMaxSSLFragmentLength",
        Words(&["512", "1024", "2048", "4096"]),
        "-",
    ),
    row("ServerMaxSSLFragment", EXTENSION, "Off"),
    row("ClientHandshakeSNI", EXTENSION, "Off"),
    row(
        "ClientHandshakeSNIMatch",
        Words(&["Optional", "Required"]),
        "Optional",
    ),
    row("ClientHandshakeSNIList", HOST, "-").many(),
    row("ServerHandshakeSNI", EXTENSION, "Off"),
    row(
        "ServerHandshakeSNIMatch",
        Words(&["Optional", "Required"]),
        "Optional",
    ),
    row(
        "ServerHandshakeSNIList",
        Like(
            &["ftp.example.com/FTP server", "*.example.com/any"],
            &["ftp.example.com", "/label", "ftp.example.com/"],
        ),
        "-",
    )
    .many(),
];

const LIMITS: &[Row] = &[
    row("3DesKeyCheck", OnOff, "Off"),
    row("ClientEDHGroupSize", Words(&["Legacy", "2048"]), "Legacy"),
    row(
        "ServerEDHGroupSize",
        Words(&["Legacy", "2048", "Match"]),
        "Legacy",
    ),
    row("PeerMinCertVersion", Words(&["Any", "3"]), "Any"),
    row("PeerMinDHKeySize", Number(0, 2048), "1024"),
    row("PeerMinDsaKeySize", Number(0, 2048), "1024"),
    row("PeerMinECCKeySize", Number(0, 521), "192"),
    row("PeerMinRsaKeySize", Number(0, 4096), "1024"),
    row("ServerScsv", OnOff, "Off"),
    row("ClientExtendedMasterSecret", MASTER_SECRET, "On"),
    row("ServerExtendedMasterSecret", MASTER_SECRET, "On"),
];

const EXTENSION: Values = Words(&["Off", "Optional", "Required"]);
const MASTER_SECRET: Values = Words(&["On", "Off", "Required"]);
const HOST: Values = Like(
    &["ftp.example.com", "host", "192.0.2.1"],
    &["ftp..example.com", "ftp/example", "a@b"],
);
