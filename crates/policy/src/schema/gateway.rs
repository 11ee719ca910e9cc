//! `TTLSGateway` (extension).

use super::{Choice, Kind, Param, Place, Statement};

pub(super) static GATEWAY: Statement = Statement {
    keyword: "TTLSGateway",
    place: Place::File,
    scope: None,
    params: &[&[
        Param::new(
            "Listen",
            Kind::Socket,
            "Address and port where the agent accepts.",
        )
        .required()
        .extension(),
        Param::new(
            "Target",
            Kind::Socket,
            "Address and port where the application listens.",
        )
        .required()
        .extension(),
        Param::new(
            "Direction",
            DIRECTION,
            "Who is local: the server that is the Target, or the client that connects.",
        )
        .default("Inbound")
        .extension(),
        Param::new("PublicAddr", Kind::Address, "Address to announce in FTP replies.").extension(),
        Param::new(
            "Unmatched",
            UNMATCHED,
            "What becomes of connections that no rule covers.",
        )
        .default("Refuse")
        .extension(),
    ]],
    extension: true,
    doc: "Accepts connections for an application that listens elsewhere, or of a client whose server is elsewhere.",
};

const DIRECTION: Kind = Kind::Choice(&[Choice::yes("Inbound"), Choice::yes("Outbound")]);
const UNMATCHED: Kind = Kind::Choice(&[Choice::yes("Refuse"), Choice::yes("Clear")]);
