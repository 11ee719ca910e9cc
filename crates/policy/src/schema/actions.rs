//! `TTLSGroupAction`, `TTLSEnvironmentAction`, `TTLSConnectionAction`.

use super::Scope::{Connection, Environment};
use super::{Choice, Kind, ON_OFF, Param, Place, Scope, Statement};

pub(super) static GROUP: Statement = Statement {
    keyword: "TTLSGroupAction",
    place: Place::File,
    scope: Some(Scope::Group),
    params: &[GROUP_PARAMS, SHARED],
    extension: false,
    doc: "Turns TLS on or off for the rules that name it.",
};

pub(super) static ENVIRONMENT: Statement = Statement {
    keyword: "TTLSEnvironmentAction",
    place: Place::File,
    scope: Some(Environment),
    params: &[ENVIRONMENT_PARAMS, ROLE_REQUIRED, BLOCKS, SHARED],
    extension: false,
    doc: "Role, key ring and parameters of a TLS environment.",
};

pub(super) static CONNECTION: Statement = Statement {
    keyword: "TTLSConnectionAction",
    place: Place::File,
    scope: Some(Connection),
    params: &[CONNECTION_PARAMS, ROLE_OPTIONAL, BLOCKS, SHARED],
    extension: false,
    doc: "Overrides of the environment action for the rules that name it.",
};

const NO_FIPS: &str = "this engine's crypto provider is not FIPS validated; write FIPS140 Off";
const NO_SUITE_B: &str =
    "Suite B profiles are not implemented; write SuiteBProfile Off and list the suites in TTLSCipherParms";

const FIPS: Kind = Kind::Choice(&[
    Choice::yes("Off"),
    Choice::no("On", NO_FIPS),
    Choice::no("Level1", NO_FIPS),
    Choice::no("Level2", NO_FIPS),
    Choice::no("Level3", NO_FIPS),
]);
const SUITE_B: Kind = Kind::Choice(&[
    Choice::yes("Off"),
    Choice::no("128", NO_SUITE_B),
    Choice::no("128Min", NO_SUITE_B),
    Choice::no("192", NO_SUITE_B),
    Choice::no("192Min", NO_SUITE_B),
    Choice::no("All", NO_SUITE_B),
]);
const ROLES: Kind = Kind::Choice(&[
    Choice::yes("Client"),
    Choice::yes("Server"),
    Choice::yes("ServerWithClientAuth"),
]);
const INSTANCE: Kind = Kind::Number(0, 65535);

const ROLE: Param = Param::new("HandshakeRole", ROLES, "Which side of the TLS handshake is ours.");

const ROLE_REQUIRED: &[Param] = &[ROLE.only(&[Environment]).required()];
const ROLE_OPTIONAL: &[Param] = &[ROLE.only(&[Connection])];

const SHARED: &[Param] = &[
    Param::new("Trace", Kind::Number(0, 255), "What is logged: a sum of bits.").default("2"),
    Param::new(
        "CtraceClearText",
        ON_OFF,
        "Whether a data trace may show what was encrypted.",
    )
    .default("Off"),
];

const GROUP_PARAMS: &[Param] = &[
    Param::new(
        "TTLSEnabled",
        ON_OFF,
        "Off: connections of the rule stay in clear.",
    )
    .required(),
    Param::new("FIPS140", FIPS, "Restricts the engine to FIPS 140.").default("Off"),
    Param::new(
        "TTLSGroupAdvancedParms",
        Kind::Block("TTLSGroupAdvancedParms"),
        "Further parameters.",
    )
    .slot("TTLSGroupAdvancedParms"),
    Param::new(
        "TTLSGroupAdvancedParmsRef",
        Kind::Ref("TTLSGroupAdvancedParms"),
        "Further parameters.",
    )
    .slot("TTLSGroupAdvancedParms"),
    Param::new(
        "GroupUserInstance",
        INSTANCE,
        "A change makes new environments for the rules of the group: their rings are read again.",
    )
    .default("0"),
];

const ENVIRONMENT_PARAMS: &[Param] = &[
    Param::new(
        "TTLSKeyringParms",
        Kind::Block("TTLSKeyringParms"),
        "The key ring.",
    )
    .slot("TTLSKeyringParms")
    .required(),
    Param::new(
        "TTLSKeyringParmsRef",
        Kind::Ref("TTLSKeyringParms"),
        "The key ring.",
    )
    .slot("TTLSKeyringParms")
    .required(),
    Param::new(
        "SuiteBProfile",
        SUITE_B,
        "Restricts TLS 1.2 to a Suite B profile.",
    )
    .default("Off"),
    Param::new(
        "TTLSEnvironmentAdvancedParms",
        Kind::Block("TTLSEnvironmentAdvancedParms"),
        "Further parameters.",
    )
    .slot("TTLSEnvironmentAdvancedParms"),
    Param::new(
        "TTLSEnvironmentAdvancedParmsRef",
        Kind::Ref("TTLSEnvironmentAdvancedParms"),
        "Further parameters.",
    )
    .slot("TTLSEnvironmentAdvancedParms"),
    Param::new(
        "TTLSGskAdvancedParms",
        Kind::Block("TTLSGskAdvancedParms"),
        "Session caches and revocation.",
    )
    .slot("TTLSGskAdvancedParms"),
    Param::new(
        "TTLSGskAdvancedParmsRef",
        Kind::Ref("TTLSGskAdvancedParms"),
        "Session caches and revocation.",
    )
    .slot("TTLSGskAdvancedParms"),
    Param::new(
        "EnvironmentUserInstance",
        INSTANCE,
        "A change makes a new environment: the ring is read again.",
    )
    .default("0"),
];

const CONNECTION_PARAMS: &[Param] = &[
    Param::new(
        "TTLSConnectionAdvancedParms",
        Kind::Block("TTLSConnectionAdvancedParms"),
        "Further parameters.",
    )
    .slot("TTLSConnectionAdvancedParms"),
    Param::new(
        "TTLSConnectionAdvancedParmsRef",
        Kind::Ref("TTLSConnectionAdvancedParms"),
        "Further parameters.",
    )
    .slot("TTLSConnectionAdvancedParms"),
    Param::new(
        "ConnectionUserInstance",
        INSTANCE,
        "A change refreshes the action; new connections have what it says in any case.",
    )
    .default("0"),
];

/// Blocks that environments and connections take.
const BLOCKS: &[Param] = &[
    Param::new(
        "TTLSCipherParms",
        Kind::Block("TTLSCipherParms"),
        "Cipher suites in order of preference.",
    )
    .slot("TTLSCipherParms"),
    Param::new(
        "TTLSCipherParmsRef",
        Kind::Ref("TTLSCipherParms"),
        "Cipher suites in order of preference.",
    )
    .slot("TTLSCipherParms"),
    Param::new(
        "TTLSSignatureParms",
        Kind::Block("TTLSSignatureParms"),
        "Curves, groups and signatures.",
    )
    .slot("TTLSSignatureParms"),
    Param::new(
        "TTLSSignatureParmsRef",
        Kind::Ref("TTLSSignatureParms"),
        "Curves, groups and signatures.",
    )
    .slot("TTLSSignatureParms"),
    Param::new(
        "TTLSFtpParms",
        Kind::Block("TTLSFtpParms"),
        "Makes the FTP controller control the connection.",
    )
    .slot("TTLSFtpParms")
    .extension(),
    Param::new(
        "TTLSFtpParmsRef",
        Kind::Ref("TTLSFtpParms"),
        "Makes the FTP controller control the connection.",
    )
    .slot("TTLSFtpParms")
    .extension(),
];
