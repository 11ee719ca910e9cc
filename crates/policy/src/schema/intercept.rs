//! `TTLSIntercept` (extension).

use super::{Choice, Kind, Param, Place, Statement};

pub(super) static INTERCEPT: Statement = Statement {
    keyword: "TTLSIntercept",
    place: Place::File,
    scope: None,
    params: &[&[
        Param::new("Mode", MODE, "How connections are caught.")
            .default("Host")
            .extension(),
        Param::new(
            "Namespace",
            Kind::Text(1023),
            "File of the network namespace to work in, such as /run/netns/NAME.",
        )
        .one_of("namespace")
        .extension(),
        Param::new(
            "NamespacePid",
            Kind::Number(1, 4_194_304),
            "Process whose network namespace to work in.",
        )
        .one_of("namespace")
        .extension(),
        Param::new("Table", Kind::Host, "Name of the nftables table (family inet).")
            .default("ttls")
            .extension(),
        Param::new(
            "Mark",
            Kind::Number(1, 253),
            "First of three packet marks within MarkByte.",
        )
        .default("113")
        .extension(),
        Param::new(
            "MarkByte",
            Kind::Number(0, 3),
            "Byte of the packet mark that is used, 0 is the lowest.",
        )
        .default("0")
        .extension(),
        Param::new(
            "RoutingTable",
            Kind::Number(1, 2_147_483_647),
            "Number of the routing table for packets that stay on this host.",
        )
        .default("171")
        .extension(),
        Param::new(
            "RulePreference",
            Kind::Number(1, 32_765),
            "Preference of the routing rules.",
        )
        .default("32000")
        .extension(),
        Param::new(
            "ListenPort",
            Kind::Number(1, 65_533),
            "First of three ports that the agent takes on loopback.",
        )
        .default("15021")
        .extension(),
        Param::new(
            "Unmatched",
            UNMATCHED,
            "What becomes of caught inbound connections that no rule covers.",
        )
        .default("Refuse")
        .extension(),
        Param::new(
            "AtStop",
            AT_STOP,
            "What becomes of the rules when the agent is stopped; not coded: Keep where the agent's own files say NOPURGE, else Remove.",
        )
        .extension(),
    ]],
    extension: true,
    doc: "Catches connections of programs that already run on this host, as the rules say.",
};

const MODE: Kind = Kind::Choice(&[Choice::yes("Host")]);
const UNMATCHED: Kind = Kind::Choice(&[Choice::yes("Refuse"), Choice::yes("Clear")]);
const AT_STOP: Kind = Kind::Choice(&[Choice::yes("Remove"), Choice::yes("Keep")]);
