//! `IpAddr`, `IpAddrSet`, `IpAddrGroup`, `PortRange`, `PortGroup`.

use super::{Kind, Param, Place, Statement};

pub(super) static IP_ADDR: Statement = statement(
    "IpAddr",
    &[&[Param::new("Addr", Kind::Address, "The address.").required()]],
    "One address.",
);

pub(super) static IP_ADDR_SET: Statement = statement(
    "IpAddrSet",
    &[&[
        Param::new("Prefix", Kind::Prefix, "The prefix.")
            .one_of("prefix or range")
            .required(),
        Param::new("Range", Kind::AddressRange, "First and last address.")
            .one_of("prefix or range")
            .required(),
    ]],
    "Addresses as a prefix or a range.",
);

pub(super) static IP_ADDR_GROUP: Statement = statement(
    "IpAddrGroup",
    &[&[
        Param::new("IpAddr", Kind::Block("IpAddr"), "A member.")
            .slot("member")
            .list()
            .required(),
        Param::new("IpAddrRef", Kind::Ref("IpAddr"), "A member.")
            .slot("member")
            .list()
            .required(),
        Param::new("IpAddrSet", Kind::Block("IpAddrSet"), "A member.")
            .slot("member")
            .list()
            .required(),
        Param::new("IpAddrSetRef", Kind::Ref("IpAddrSet"), "A member.")
            .slot("member")
            .list()
            .required(),
    ]],
    "Any of several addresses and sets.",
);

pub(super) static PORT_RANGE: Statement = statement(
    "PortRange",
    &[&[Param::new("Port", Kind::Ports, "Port or ports; 0 is any.").required()]],
    "One port or a range of ports.",
);

pub(super) static PORT_GROUP: Statement = statement(
    "PortGroup",
    &[&[
        Param::new("PortRange", Kind::Block("PortRange"), "A member.")
            .slot("member")
            .list()
            .required(),
        Param::new("PortRangeRef", Kind::Ref("PortRange"), "A member.")
            .slot("member")
            .list()
            .required(),
    ]],
    "Any of several ports and ranges.",
);

const fn statement(
    keyword: &'static str,
    params: &'static [&'static [Param]],
    doc: &'static str,
) -> Statement {
    Statement {
        keyword,
        place: Place::FileOrInline,
        scope: None,
        params,
        extension: false,
        doc,
    }
}
