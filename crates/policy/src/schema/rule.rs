//! `TTLSRule`.

use super::{Choice, Kind, Param, Place, Statement};

pub(super) static RULE: Statement = Statement {
    keyword: "TTLSRule",
    place: Place::File,
    scope: None,
    params: &[PARAMS],
    extension: false,
    doc: "Says which connections get which actions.",
};

const DIRECTIONS: Kind = Kind::Choice(&[
    Choice::yes("Inbound"),
    Choice::yes("Outbound"),
    Choice::yes("Both"),
]);

const PARAMS: &[Param] = &[
    Param::new(
        "LocalAddr",
        Kind::AddressSpec,
        "Address of the application's end.",
    )
    .default("All")
    .one_of("local address")
    .condition(),
    Param::new(
        "LocalAddrRef",
        Kind::Ref("IpAddr"),
        "Address of the application's end.",
    )
    .one_of("local address")
    .condition(),
    Param::new(
        "LocalAddrSetRef",
        Kind::Ref("IpAddrSet"),
        "Addresses of the application's end.",
    )
    .one_of("local address")
    .condition(),
    Param::new(
        "LocalAddrGroupRef",
        Kind::Ref("IpAddrGroup"),
        "Addresses of the application's end.",
    )
    .one_of("local address")
    .condition(),
    Param::new("RemoteAddr", Kind::AddressSpec, "Address of the peer.")
        .default("All")
        .one_of("remote address")
        .condition(),
    Param::new("RemoteAddrRef", Kind::Ref("IpAddr"), "Address of the peer.")
        .one_of("remote address")
        .condition(),
    Param::new(
        "RemoteAddrSetRef",
        Kind::Ref("IpAddrSet"),
        "Addresses of the peer.",
    )
    .one_of("remote address")
    .condition(),
    Param::new(
        "RemoteAddrGroupRef",
        Kind::Ref("IpAddrGroup"),
        "Addresses of the peer.",
    )
    .one_of("remote address")
    .condition(),
    Param::new(
        "LocalPortRange",
        Kind::Ports,
        "Port or ports of the application's end; 0 is any.",
    )
    .default("0")
    .one_of("local port")
    .condition(),
    Param::new(
        "LocalPortRangeRef",
        Kind::Ref("PortRange"),
        "Port or ports of the application's end.",
    )
    .one_of("local port")
    .condition(),
    Param::new(
        "LocalPortGroupRef",
        Kind::Ref("PortGroup"),
        "Ports of the application's end.",
    )
    .one_of("local port")
    .condition(),
    Param::new(
        "RemotePortRange",
        Kind::Ports,
        "Port or ports of the peer; 0 is any.",
    )
    .default("0")
    .one_of("remote port")
    .condition(),
    Param::new(
        "RemotePortRangeRef",
        Kind::Ref("PortRange"),
        "Port or ports of the peer.",
    )
    .one_of("remote port")
    .condition(),
    Param::new("RemotePortGroupRef", Kind::Ref("PortGroup"), "Ports of the peer.")
        .one_of("remote port")
        .condition(),
    Param::new("Jobname", Kind::Pattern, "Job name of the application's process.").condition(),
    Param::new(
        "Userid",
        Kind::Pattern,
        "User that the application's process runs under.",
    )
    .condition(),
    Param::new(
        "Direction",
        DIRECTIONS,
        "Who opened the connection: the peer, the application, or either.",
    )
    .required(),
    Param::new(
        "Priority",
        Kind::Number(1, 2_000_000_000),
        "Larger comes first; equal ones by name.",
    )
    .default("1"),
    Param::new(
        "IpTimeCondition",
        Kind::Block("IpTimeCondition"),
        "When the rule is active; of several one must hold.",
    )
    .slot("time")
    .list(),
    Param::new(
        "IpTimeConditionRef",
        Kind::Ref("IpTimeCondition"),
        "When the rule is active; of several one must hold.",
    )
    .slot("time")
    .list(),
    Param::new(
        "TTLSGroupActionRef",
        Kind::Ref("TTLSGroupAction"),
        "Turns TLS on or off.",
    )
    .required(),
    Param::new(
        "TTLSEnvironmentActionRef",
        Kind::Ref("TTLSEnvironmentAction"),
        "Role, key ring and everything else.",
    ),
    Param::new(
        "TTLSConnectionActionRef",
        Kind::Ref("TTLSConnectionAction"),
        "Overrides for this rule.",
    ),
];
