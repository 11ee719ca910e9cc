//! The statements of the agent's own files: pagent.conf and the image files that it names.

use super::{Choice, Kind, Param, Place, Statement, Verdict};

/// Statements on one line. Their parameters are operands, in this order; those that are not required may be left out.
pub(super) static LINES: &[&Statement] = &[
    &TCP_IMAGE,
    &PEP_INSTANCE,
    &TTLS_CONFIG,
    &COMMON_TTLS_CONFIG,
    &LOG_LEVEL,
    &CODEPAGE,
];

/// Statements with blocks that belong to something else.
pub(super) static BLOCKS: &[&Statement] = &[
    &block(
        "PolicyServer",
        CENTRAL,
        "Where a policy client gets policies from.",
    ),
    &block(
        "ServerConnection",
        CENTRAL,
        "How a policy client reaches its server.",
    ),
    &block(
        "ClientConnection",
        CENTRAL,
        "Where a policy server accepts clients.",
    ),
    &block(
        "DynamicConfigPolicyLoad",
        CENTRAL,
        "Which policies a policy server gives to a client.",
    ),
    &block(
        "AutoMonitorApps",
        ELSEWHERE,
        "Programs that the agent starts and watches.",
    ),
    &block("AutoMonitorParms", ELSEWHERE, "How the agent watches programs."),
    &block(
        "ServicesConnection",
        ELSEWHERE,
        "Where the agent serves other programs.",
    ),
];

const CENTRAL: Verdict = Verdict::NoEffect(
    "policies are not distributed by a server here: copy the policy file to this machine and name it with TTLSConfig",
);
const ELSEWHERE: Verdict = Verdict::NoEffect("it does not concern AT-TLS");
const UTF_8: &str = "files are read as UTF-8; convert them with `iconv -f IBM-1047 -t UTF-8`";

const FLUSH: Param = Param::new(
    "FLUSH",
    Kind::Choice(&[Choice::yes("FLUSH"), Choice::yes("NOFLUSH")]),
    "NOFLUSH: what a new policy no longer has is kept.",
)
.default("FLUSH");
const PURGE: Param = Param::new(
    "PURGE",
    Kind::Choice(&[Choice::yes("PURGE"), Choice::yes("NOPURGE")]),
    "When the agent ends, for each TTLSIntercept without AtStop: PURGE takes its rules off the host, NOPURGE leaves them, and what they cover is closed. Gateways and programs of `ttls run` end with the agent either way.",
)
.default("NOPURGE");
const IMAGE: &[Param] = &[
    Param::new("name", Kind::Text(255), "Name of the TCP/IP stack.").required(),
    Param::new(
        "file",
        Kind::Text(1023),
        "The image file; without it this file is.",
    ),
    FLUSH,
    PURGE,
    Param::new(
        "seconds",
        Kind::Number(1, 2_147_483_647),
        "How often the files are looked at.",
    )
    .default("1800"),
];

static TCP_IMAGE: Statement = line(
    "TcpImage",
    &[IMAGE],
    "A TCP/IP stack, and the file that is for it.",
);
static PEP_INSTANCE: Statement = line("PEPInstance", &[IMAGE], "Another word for TcpImage.");
static TTLS_CONFIG: Statement = line(
    "TTLSConfig",
    &[&[
        Param::new(
            "file",
            Kind::Text(1023),
            "The policy file; without it the common one only.",
        ),
        FLUSH,
        PURGE,
    ]],
    "In an image file: turns AT-TLS on and names the policy of the stack.",
);
static COMMON_TTLS_CONFIG: Statement = line(
    "CommonTTLSConfig",
    &[&[Param::new("file", Kind::Text(1023), "The policy file.").required()]],
    "A policy for all stacks, read before the stack's own; of equal names the stack's own count.",
);
static LOG_LEVEL: Statement = line(
    "LogLevel",
    &[&[Param::new(
        "sum",
        Kind::Number(0, 511),
        "SYSERR 1, OBJERR 2, PROTERR 4, WARNING 8, EVENT 16, ACTION 32, INFO 64, ACNTING 128, TRACE 256.",
    )
    .required()
    .default("31")]],
    "What the agent logs.",
);
static CODEPAGE: Statement = Statement {
    place: Place::AgentLine(Verdict::NoEffect(UTF_8)),
    ..line(
        "Codepage",
        &[&[Param::new("name", Kind::Text(255), "Name of the code page.").required()]],
        "Code page of the files.",
    )
};

const fn line(keyword: &'static str, params: &'static [&'static [Param]], doc: &'static str) -> Statement {
    Statement {
        keyword,
        place: Place::AgentLine(Verdict::Effective),
        scope: None,
        params,
        extension: false,
        doc,
    }
}

const fn block(keyword: &'static str, verdict: Verdict, doc: &'static str) -> Statement {
    Statement {
        keyword,
        place: Place::AgentBlock(verdict),
        scope: None,
        params: &[],
        extension: false,
        doc,
    }
}
