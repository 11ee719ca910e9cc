//! Actions, key rings, suites and signatures.

use crate::table::{Row, Table, Values, row};
use Values::{Block, Like, Name, Number, OnOff, Text, Words};

pub(crate) const TABLES: &[&Table] = &[
    &Table {
        statement: "TTLSGroupAction",
        rows: &[GROUP, SHARED],
        required: &["TTLSEnabled"],
        alternatives: &[],
    },
    &Table {
        statement: "TTLSEnvironmentAction",
        rows: &[ENVIRONMENT, BLOCKS, SHARED],
        required: &["TTLSKeyringParms or TTLSKeyringParmsRef", "HandshakeRole"],
        alternatives: &[],
    },
    &Table {
        statement: "TTLSConnectionAction",
        rows: &[CONNECTION, BLOCKS, SHARED],
        required: &[],
        alternatives: &[],
    },
    &Table {
        statement: "TTLSKeyringParms",
        rows: &[&[
            row("Keyring", Text(1023), "-"),
            row("KeyringPw", Text(128), "-"),
            row("KeyringStashFile", Text(1023), "-"),
        ]],
        required: &["Keyring"],
        alternatives: &[],
    },
    &Table {
        statement: "TTLSCipherParms",
        rows: &[CIPHERS],
        required: &[],
        alternatives: &[],
    },
    &Table {
        statement: "TTLSSignatureParms",
        rows: &[SIGNATURES],
        required: &[],
        alternatives: &[],
    },
];

const GROUP: &[Row] = &[
    row("TTLSEnabled", OnOff, "-"),
    row(
        "FIPS140",
        Words(&["Off", "On", "Level1", "Level2", "Level3"]),
        "Off",
    ),
    row("TTLSGroupAdvancedParms", Block, "-"),
    row("TTLSGroupAdvancedParmsRef", Name, "-"),
    row("GroupUserInstance", Number(0, 65535), "0"),
];

const SHARED: &[Row] = &[
    row("Trace", Number(0, 255), "2"),
    row("CtraceClearText", OnOff, "Off"),
];

const ENVIRONMENT: &[Row] = &[
    row("TTLSKeyringParms", Block, "-"),
    row("TTLSKeyringParmsRef", Name, "-"),
    row(
        "SuiteBProfile",
        Words(&["Off", "128", "128Min", "192", "192Min", "All"]),
        "Off",
    ),
    row("TTLSEnvironmentAdvancedParms", Block, "-"),
    row("TTLSEnvironmentAdvancedParmsRef", Name, "-"),
    row("TTLSGskAdvancedParms", Block, "-"),
    row("TTLSGskAdvancedParmsRef", Name, "-"),
    row("EnvironmentUserInstance", Number(0, 65535), "0"),
];

const CONNECTION: &[Row] = &[
    row("TTLSConnectionAdvancedParms", Block, "-"),
    row("TTLSConnectionAdvancedParmsRef", Name, "-"),
    row("ConnectionUserInstance", Number(0, 65535), "0"),
];

const BLOCKS: &[Row] = &[
    row(
        "HandshakeRole",
        Words(&["Client", "Server", "ServerWithClientAuth"]),
        "-",
    ),
    row("TTLSCipherParms", Block, "-"),
    row("TTLSCipherParmsRef", Name, "-"),
    row("TTLSSignatureParms", Block, "-"),
    row("TTLSSignatureParmsRef", Name, "-"),
];

const CIPHERS: &[Row] = &[
    row(
        "V2CipherSuites",
        Like(
            &["123467", "7", "TLS_DES_192_EDE3_CBC_WITH_MD5", "1234671234"],
            &["5", "8", "12x", "12346712346", "TLS_AES_128_GCM_SHA256"],
        ),
        "-",
    )
    .many(),
    row(
        "V3CipherSuites",
        Like(
            &[
                "2F35",
                "0A",
                "TLS_RSA_WITH_AES_128_CBC_SHA",
                "TLS_AES_256_GCM_SHA384",
            ],
            &[
                "2F3",
                "C02F1",
                "07",
                "2F,35",
                "TLS_RSA_WITH_AES_512_CBC_SHA",
                "C02F",
            ],
        ),
        "-",
    )
    .many(),
    row(
        "V3CipherSuites4Char",
        Like(
            &[
                "C02FC030",
                "1301",
                "002F",
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            ],
            &["C02FC0", "2F35", "FFFF", "0x1301"],
        ),
        "-",
    )
    .many(),
];

const SIGNATURES: &[Row] = &[
    row(
        "ClientECurves",
        Like(&["Any", "0023", "0023002400250029", "secp384r1"], CURVES),
        "-",
    )
    .many(),
    row("ClientKeyShareGroups", GROUPS, "-").many(),
    row("ServerKexECurves", GROUPS, "-").many(),
    row("ServerKeyShareGroups", GROUPS, "-").many(),
    row("SignaturePairs", PAIRS, "-").many(),
    row("SignaturePairsCert", PAIRS, "-").many(),
];

const CURVES: &[&str] = &["002", "00230", "0022", "secp512r1", "0017"];
const GROUPS: Values = Like(
    &["0023", "00290030", "x25519", "X448"],
    &["Any", "002", "0022", "secp512r1"],
);
const PAIRS: Values = Like(
    &[
        "0601060305010503",
        "0804",
        "TLS_SIGALG_SHA256_WITH_RSA",
        "TLS_SIGALG_SHA512_WITH_RSASSA_PSS",
    ],
    &["06010", "9999", "Any", "SHA256_WITH_RSA"],
);
