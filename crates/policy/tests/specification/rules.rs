//! Rules, addresses, ports and times.

use crate::table::{Row, Table, Values, row};
use Values::{Block, Like, Name, Number, Words};

pub(crate) const TABLES: &[&Table] = &[
    &RULE,
    &Table {
        statement: "IpAddr",
        rows: &[&[row("Addr", ADDRESS, "-")]],
        required: &["Addr"],
        alternatives: &[],
    },
    &Table {
        statement: "IpAddrSet",
        rows: &[&[row("Prefix", PREFIX, "-"), row("Range", RANGE, "-")]],
        required: &["Prefix or Range"],
        alternatives: &[&["Prefix", "Range"]],
    },
    &Table {
        statement: "IpAddrGroup",
        rows: &[&[
            row("IpAddr", Block, "-").many(),
            row("IpAddrRef", Name, "-").many(),
            row("IpAddrSet", Block, "-").many(),
            row("IpAddrSetRef", Name, "-").many(),
        ]],
        required: &["IpAddr or IpAddrRef or IpAddrSet or IpAddrSetRef"],
        alternatives: &[],
    },
    &Table {
        statement: "PortRange",
        rows: &[&[row("Port", PORTS, "-")]],
        required: &["Port"],
        alternatives: &[],
    },
    &Table {
        statement: "PortGroup",
        rows: &[&[
            row("PortRange", Block, "-").many(),
            row("PortRangeRef", Name, "-").many(),
        ]],
        required: &["PortRange or PortRangeRef"],
        alternatives: &[],
    },
    &TIME,
];

const RULE: Table = Table {
    statement: "TTLSRule",
    rows: &[CONDITIONS, ACTIONS],
    required: &["Direction", "TTLSGroupActionRef"],
    alternatives: &[
        &[
            "LocalAddr",
            "LocalAddrRef",
            "LocalAddrSetRef",
            "LocalAddrGroupRef",
        ],
        &[
            "RemoteAddr",
            "RemoteAddrRef",
            "RemoteAddrSetRef",
            "RemoteAddrGroupRef",
        ],
        &["LocalPortRange", "LocalPortRangeRef", "LocalPortGroupRef"],
        &["RemotePortRange", "RemotePortRangeRef", "RemotePortGroupRef"],
    ],
};

const CONDITIONS: &[Row] = &[
    row("LocalAddr", ADDRESSES, "All"),
    row("LocalAddrRef", Name, "-"),
    row("LocalAddrSetRef", Name, "-"),
    row("LocalAddrGroupRef", Name, "-"),
    row("RemoteAddr", ADDRESSES, "All"),
    row("RemoteAddrRef", Name, "-"),
    row("RemoteAddrSetRef", Name, "-"),
    row("RemoteAddrGroupRef", Name, "-"),
    row("LocalPortRange", PORTS, "0"),
    row("LocalPortRangeRef", Name, "-"),
    row("LocalPortGroupRef", Name, "-"),
    row("RemotePortRange", PORTS, "0"),
    row("RemotePortRangeRef", Name, "-"),
    row("RemotePortGroupRef", Name, "-"),
    row("Jobname", PATTERN, "-"),
    row("Userid", PATTERN, "-"),
];

const ACTIONS: &[Row] = &[
    row("Direction", Words(&["Inbound", "Outbound", "Both"]), "-"),
    row("Priority", Number(1, 2_000_000_000), "1"),
    row("IpTimeCondition", Block, "-").many(),
    row("IpTimeConditionRef", Name, "-").many(),
    row("TTLSGroupActionRef", Name, "-"),
    row("TTLSEnvironmentActionRef", Name, "-"),
    row("TTLSConnectionActionRef", Name, "-"),
];

const TIME: Table = Table {
    statement: "IpTimeCondition",
    rows: &[&[
        row(
            "ConditionTimeRange",
            Like(
                &["20260101000000:20261231235959"],
                &[
                    "20261231235959:20260101000000",
                    "20260101:20261231",
                    "20260230000000:20261231235959",
                ],
            ),
            "-",
        ),
        row(
            "MonthOfYearMask",
            Like(&["111111111111", "000000000001"], &["1111111", "111111111112"]),
            "111111111111",
        ),
        row(
            "DayOfMonthMask",
            Like(
                &[
                    "1000000000000000000000000000000",
                    "00000000000000000000000000000001000000000000000000000000000000",
                ],
                &["1111111", "11111111111111111111111111111111"],
            ),
            "1111111111111111111111111111111",
        ),
        row(
            "DayOfWeekMask",
            Like(&["0111110"], &["111111", "11111111"]),
            "1111111",
        ),
        row(
            "TimeOfDayRange",
            Like(
                &["08:00-17:30", "22:00-06:00", "00:00-24:00"],
                &["8-17", "08:60-09:00", "08:00-24:01"],
            ),
            "00:00-24:00",
        ),
        row("TimeZone", Words(&["Local", "UTC"]), "Local"),
    ]],
    required: &[],
    alternatives: &[],
};

const ADDRESS: Values = Like(
    &["192.0.2.1", "0.0.0.0", "2001:db8::1"],
    &[
        "6793",
        "::ffff:192.0.2.1",
        "::192.0.2.1",
        "192.0.2.0/24",
        "192.0.2.256",
        "ftp.example.com",
    ],
);
const PREFIX: Values = Like(
    &[
        "192.0.2.0/24",
        "0.0.0.0/0",
        "10.0.0.1/32",
        "2001:db8::/32",
        "2001:db8::1/128",
    ],
    &[
        "192.0.2.0/33",
        "2001:db8::/129",
        "192.0.2.0/",
        "192.0.2.0",
        "::ffff:192.0.2.0/120",
    ],
);
const RANGE: Values = Like(
    &[
        "192.0.2.1-192.0.2.9",
        "2001:db8::1-2001:db8::9",
        "192.0.2.1-192.0.2.1",
    ],
    &[
        "192.0.2.9-192.0.2.1",
        "192.0.2.1-2001:db8::1",
        "192.0.2.1:192.0.2.9",
        "192.0.2.1 192.0.2.9",
    ],
);
const ADDRESSES: Values = Like(
    &[
        "All",
        "ALL",
        "192.0.2.1",
        "2001:db8::1",
        "192.0.2.0/24",
        "2001:db8::/32",
        "192.0.2.1-192.0.2.9",
    ],
    &[
        "Any",
        "6793",
        "192.0.2.9-192.0.2.1",
        "192.0.2.0/33",
        "::ffff:192.0.2.1",
        "::192.0.2.1",
    ],
);
const PORTS: Values = Like(
    &[
        "0",
        "1",
        "65535",
        "21",
        "5000-5100",
        "5000:5100",
        "5000 5100",
        "7-7",
    ],
    &["65536", "5100-5000", "5000-5100:5200", "-21", "ftp", "0-10"],
);
const PATTERN: Values = Like(&["FTPD1", "ftp*", "*"], &["F*D", "FTP?", "**"]);
