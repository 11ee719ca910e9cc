//! Whatever a policy can set, `ttls show` tells.

use std::fmt::Write;

use tempfile::TempDir;
use ttls_policy::schema::{self, Kind, Param, Scope, Statement, Verdict};

use crate::program::{stderr, stdout, ttls};

/// What this engine does whether it is coded or not: nothing to tell.
const ALWAYS: [(&str, &str); 3] = [
    ("EXTENSIONS", "AUTH_TLS is implied"),
    ("CertValidationMode", "RFC5280 is what Any means here"),
    ("Renegotiation", "there is none, Disabled or not"),
];

#[test]
fn every_effective_parameter_changes_what_is_shown() {
    let folder = TempDir::new().expect("a folder");
    let plain: Vec<String> = Role::ALL
        .iter()
        .map(|role| shown(&folder, &role.policy("", "")))
        .collect();
    let mut silent = String::new();
    let mut asked = 0;
    for statement in schema::statements()
        .iter()
        .filter(|statement| is_asked(statement))
    {
        for param in statement.params() {
            let Some(value) = sample(param) else {
                continue;
            };
            asked += 1;
            let line = format!("{} {value}\n", param.keyword);
            let changes = Role::ALL.iter().zip(&plain).any(|(role, plain)| {
                let with = shown(&folder, &role.policy(statement.keyword, &line));
                !with.is_empty() && with != *plain
            });
            if !changes && !ALWAYS.iter().any(|(keyword, _)| *keyword == param.keyword) {
                let _ = writeln!(silent, "{} {line}", statement.keyword);
            }
        }
    }
    assert!(asked > 90, "{asked}");
    assert_eq!(silent, "");
}

/// Objects that rules refer to are seen by `ttls match` tests; connection actions have what environments have.
fn is_asked(statement: &Statement) -> bool {
    statement.scope != Some(Scope::Connection)
        && !["IpAddr", "IpAddrSet", "IpAddrGroup", "PortRange", "PortGroup"].contains(&statement.keyword)
}

/// A value that is not the default and has an effect.
fn sample(param: &Param) -> Option<String> {
    if param.verdict != Verdict::Effective {
        return None;
    }
    let other = |word: &&str| {
        param
            .default
            .is_none_or(|default| !word.eq_ignore_ascii_case(default))
    };
    // Where the policies below have the other value.
    if ["TTLSEnabled", "ClientHandshakeSNI"].contains(&param.keyword) {
        return Some("Off".to_string());
    }
    let value = match param.kind {
        Kind::Ref(_) | Kind::Block(_) => return None,
        Kind::Choice(choices) => choices
            .iter()
            .filter(|choice| choice.verdict == Verdict::Effective)
            .map(|choice| choice.word)
            .rfind(other)?,
        Kind::Number(low, _) => return Some((low + 3).to_string()),
        Kind::Text(_) | Kind::Host | Kind::Pattern if param.keyword == "FtpDataFile" => "ftp.data",
        Kind::Text(_) if param.keyword == "EXTENSIONS" => "AUTH_TLS",
        Kind::Text(_) | Kind::Host | Kind::Pattern => "other",
        Kind::HostLabel => "other.example/label",
        Kind::AddressSpec | Kind::Address => "192.0.2.77",
        Kind::Prefix => "192.0.2.0/24",
        Kind::AddressRange => "192.0.2.1-192.0.2.2",
        Kind::Ports => "7777",
        Kind::PortPair(..) => "(50000,50001)",
        Kind::Socket => "192.0.2.78:7778",
        Kind::Suites(4) => "C030",
        Kind::Suites(_) => "TLS_AES_128_GCM_SHA256",
        Kind::Curves(_) => "0024",
        Kind::Signatures | Kind::Signature => "0804",
        Kind::Url(_) => "http://other.example/",
        Kind::Mask(lengths) => return Some("01".repeat(32)[..*lengths.first()?].to_string()),
        Kind::DateRange => "20260101000000:20261231235959",
        Kind::TimeOfDayRange => "08:00-17:30",
    };
    Some(value.to_string())
}

/// What is shown of a policy; nothing where it has errors.
fn shown(folder: &TempDir, policy: &str) -> String {
    std::fs::write(folder.path().join("p.ttls"), policy).expect("writable");
    std::fs::write(folder.path().join("ftp.data"), "SECURE_FTP ALLOWED\n").expect("writable");
    let output = ttls(folder.path(), &["show", "--json", "p.ttls"]);
    assert!(
        output.status.success() || stderr(&output).contains("the policy has errors"),
        "{}",
        stderr(&output)
    );
    stdout(&output)
}

/// Policies in which parameters have something to act on.
enum Role {
    Server,
    Client,
    /// A server of something else than FTP, with nothing set.
    Plain,
}

impl Role {
    const ALL: [Self; 3] = [Self::Server, Self::Client, Self::Plain];

    /// With a further line in the block of this statement.
    fn policy(&self, statement: &str, line: &str) -> String {
        let at = |keyword: &str| if keyword == statement { line } else { "" };
        let (role, direction, port, names) = match self {
            Self::Server => (
                "ServerWithClientAuth",
                "Inbound",
                "LocalPortRange 21",
                "ServerHandshakeSNI Optional\nServerHandshakeSNIList a.example/a\n",
            ),
            Self::Plain => ("Server", "Inbound", "LocalPortRange 21", ""),
            Self::Client => (
                "Client",
                "Outbound",
                "RemotePortRange 21",
                "ClientHandshakeSNI Optional\nClientHandshakeSNIList a.example\n",
            ),
        };
        // Where a parameter of the rule excludes the one that is there, the rule has that one only.
        let port = if at("TTLSRule").starts_with(port.split(' ').next().unwrap_or_default()) {
            ""
        } else {
            port
        };
        let blocks: String = [
            "TTLSEnvironmentAdvancedParms",
            "TTLSCipherParms",
            "TTLSSignatureParms",
            "TTLSGskAdvancedParms",
            "TTLSFtpParms",
        ]
        .iter()
        .filter(|block| !matches!(self, Self::Plain) || **block == statement)
        .map(|block| {
            let fixed = match *block {
                "TTLSEnvironmentAdvancedParms" if matches!(self, Self::Plain) => String::new(),
                "TTLSEnvironmentAdvancedParms" => {
                    format!("ApplicationControlled On\nSecondaryMap On\n{names}")
                }
                _ => String::new(),
            };
            // A block changes nothing by being there.
            format!("{block}\n{{\n{}{}}}\n", overridden(&fixed, at(block)), at(block))
        })
        .collect();
        format!(
            "TTLSRule r\n{{\n{port}\nDirection {direction}\nTTLSGroupActionRef g\nTTLSEnvironmentActionRef e\n\
             IpTimeCondition\n{{\n{}{}}}\n{}}}\n\
             TTLSGroupAction g\n{{\nTTLSEnabled On\n{}TTLSGroupAdvancedParms\n{{\n{}}}\n}}\n\
             TTLSEnvironmentAction e\n{{\nHandshakeRole {role}\n{}TTLSKeyringParms\n{{\nKeyring ring\n{}}}\n{blocks}}}\n\
             TTLSGateway w\n{{\nListen 127.0.0.1:2121\nTarget 127.0.0.1:2122\n{}}}\nTTLSIntercept i\n{{\n{}}}\n",
            overridden("DayOfWeekMask 0111110", at("IpTimeCondition")),
            at("IpTimeCondition"),
            at("TTLSRule"),
            at("TTLSGroupAction"),
            at("TTLSGroupAdvancedParms"),
            at("TTLSEnvironmentAction"),
            at("TTLSKeyringParms"),
            at("TTLSGateway"),
            at("TTLSIntercept"),
        )
    }
}

/// The fixed lines without those that the line codes itself.
fn overridden(fixed: &str, line: &str) -> String {
    let keyword = line.split(' ').next().unwrap_or_default();
    fixed
        .lines()
        .filter(|fixed| fixed.split(' ').next() != Some(keyword))
        .map(|fixed| format!("{fixed}\n"))
        .collect()
}
