//! Order of rules, and what they match.

use std::net::SocketAddr;

use super::{Server, noon, policy, says, tls_rule};
use ttls_policy::{ClearReason, Connection, Decision, Direction, Policy, RefuseReason};

fn rules(rules: &[(&str, &str)]) -> Policy {
    let mut text = String::from(
        "TTLSGroupAction on\n{\nTTLSEnabled On\n}\nTTLSGroupAction off\n{\nTTLSEnabled Off\n}\nTTLSEnvironmentAction e\n{\nHandshakeRole Server\nTTLSKeyringParms\n{\nKeyring r\n}\n}\n\
         IpAddrGroup hosts\n{\nIpAddr\n{\nAddr 192.0.2.10\n}\nIpAddrSet\n{\nPrefix 198.51.100.0/24\n}\nIpAddrRef six\nIpAddrSetRef span\n}\n\
         IpAddr six\n{\nAddr 2001:db8::6\n}\nIpAddrSet span\n{\nRange 203.0.113.5-203.0.113.9\n}\n\
         PortGroup ports\n{\nPortRange\n{\nPort 21\n}\nPortRangeRef high\n}\nPortRange high\n{\nPort 5000 5010\n}\n",
    );
    for (name, lines) in rules {
        let group = if lines.contains("GroupActionRef") {
            ""
        } else {
            "TTLSGroupActionRef on\n"
        };
        let direction = if lines.contains("Direction") {
            ""
        } else {
            "Direction Inbound\n"
        };
        text += &format!("TTLSRule {name}\n{{\n{lines}\n{group}{direction}TTLSEnvironmentActionRef e\n}}\n");
    }
    policy(&text)
}

fn asked(direction: Direction, local: &str, remote: &str) -> Connection<'static> {
    let socket = |text: &str| text.parse::<SocketAddr>().expect("a socket address");
    Connection {
        direction,
        local: socket(local),
        remote: socket(remote),
        user: None,
        job: None,
    }
}

fn inbound(local: &str, remote: &str) -> Connection<'static> {
    asked(Direction::Inbound, local, remote)
}

#[test]
fn larger_priorities_come_first_and_equal_ones_by_name() {
    let policy = rules(&[
        ("b", "LocalPortRange 21"),
        ("a", "LocalPortRange 21"),
        ("B", "LocalPortRange 21"),
        ("last", "LocalPortRange 21\nPriority 1"),
        ("z", "LocalPortRange 21\nPriority 2000000000"),
        ("10", "LocalPortRange 21\nPriority 10"),
        ("9", "LocalPortRange 21\nPriority 9"),
    ]);
    let names: Vec<&str> = policy.rules().map(ttls_policy::Rule::name).collect();
    assert_eq!(names, ["z", "10", "9", "B", "a", "b", "last"]);
    assert_eq!(
        tls_rule(&policy.lookup(&inbound("192.0.2.1:21", "192.0.2.2:4000"), &noon())),
        Some("z")
    );
}

#[test]
fn the_first_rule_wins_also_when_it_is_off() {
    let policy = rules(&[
        ("web", "LocalPortRange 21"),
        (
            "except",
            "LocalPortRange 21\nRemoteAddr 192.0.2.2\nPriority 5\nTTLSGroupActionRef off",
        ),
    ]);
    let decision = policy.lookup(&inbound("192.0.2.1:21", "192.0.2.2:4000"), &noon());
    let Decision::Clear(ClearReason::NotEnabled { rule, group }) = decision else {
        panic!("{decision:?}");
    };
    assert_eq!(
        (rule.as_str(), group.name.as_str(), group.trace),
        ("except", "off", 2)
    );
    assert_eq!(
        tls_rule(&policy.lookup(&inbound("192.0.2.1:21", "192.0.2.3:4000"), &noon())),
        Some("web")
    );
    let refused = Decision::Refuse(RefuseReason::NoRule);
    assert_eq!(
        policy.lookup(&inbound("192.0.2.1:22", "192.0.2.3:4000"), &noon()),
        refused
    );
}

#[test]
fn all_conditions_must_hold_and_one_alternative_of_each() {
    let policy = rules(&[(
        "r",
        "LocalAddrGroupRef hosts\nLocalPortGroupRef ports\nRemotePortRange 1024-65535",
    )]);
    let holds =
        |local: &str, remote: &str| tls_rule(&policy.lookup(&inbound(local, remote), &noon())).is_some();
    for address in [
        "192.0.2.10",
        "198.51.100.77",
        "203.0.113.5",
        "203.0.113.9",
        "[2001:db8::6]",
    ] {
        let remote = if address.starts_with('[') {
            "[2001:db8::1]:4000"
        } else {
            "192.0.2.1:4000"
        };
        assert!(holds(&format!("{address}:21"), remote), "{address}");
        assert!(holds(&format!("{address}:5010"), remote), "{address}");
        assert!(!holds(&format!("{address}:22"), remote), "{address}");
    }
    for address in [
        "192.0.2.11",
        "198.51.101.0",
        "203.0.113.4",
        "203.0.113.10",
        "[2001:db8::7]",
    ] {
        assert!(!holds(&format!("{address}:21"), "192.0.2.1:4000"), "{address}");
    }
    assert!(!holds("192.0.2.10:21", "192.0.2.1:1023"));
}

#[test]
fn directions_are_told_apart() {
    let policy = rules(&[
        ("in", "LocalPortRange 21\nDirection Inbound"),
        ("out", "LocalPortRange 22\nDirection Outbound"),
        ("both", "LocalPortRange 23\nDirection Both"),
    ]);
    let hit = |direction, port: u16| {
        tls_rule(&policy.lookup(
            &asked(direction, &format!("192.0.2.1:{port}"), "192.0.2.2:1"),
            &noon(),
        ))
        .is_some()
    };
    let ports = |direction| [21, 22, 23].map(|port| hit(direction, port));
    assert_eq!(ports(Direction::Inbound), [true, false, true]);
    assert_eq!(ports(Direction::Outbound), [false, true, true]);
    assert_eq!(policy.inbound_ports(), [21, 23]);
}

#[test]
fn ipv4_in_ipv6_clothes_is_ipv4() {
    let policy = rules(&[("r", "RemoteAddr 192.0.2.0/24")]);
    let decision = policy.lookup(
        &inbound("[::ffff:198.51.100.1]:21", "[::ffff:192.0.2.9]:4000"),
        &noon(),
    );
    assert_eq!(tls_rule(&decision), Some("r"));
}

#[test]
fn names_of_users_and_jobs_match_in_any_case_and_with_a_star_at_the_end() {
    let policy = rules(&[("user", "Userid FTPD"), ("job", "Jobname vsftp*\nPriority 2")]);
    let lookup = |user, job| {
        let decision = policy.lookup(
            &Connection {
                user,
                job,
                ..inbound("192.0.2.1:21", "192.0.2.2:1")
            },
            &noon(),
        );
        tls_rule(&decision).map(str::to_string)
    };
    assert_eq!(lookup(Some("ftpd"), None).as_deref(), Some("user"));
    assert_eq!(lookup(Some("ftpd2"), None), None);
    assert_eq!(lookup(None, Some("VSFTPD.service")).as_deref(), Some("job"));
    assert_eq!(lookup(Some("ftpd"), Some("vsft")).as_deref(), Some("user"));
    assert_eq!(lookup(None, None), None);
}

#[test]
fn a_connection_whose_owner_is_not_known_and_may_be_to_get_tls_is_told_apart() {
    let policy = rules(&[
        ("user", "LocalPortRange 21\nUserid ann"),
        ("job", "LocalPortRange 22\nJobname batch*\nUserid ann"),
        ("out", "LocalPortRange 21\nDirection Outbound\nJobname batch*"),
        ("first", "LocalPortRange 23\nPriority 9"),
        ("never", "LocalPortRange 23\nUserid ann"),
    ]);
    let undecided = |port: u16, user, job| {
        let connection = Connection {
            user,
            job,
            ..inbound(&format!("[::ffff:192.0.2.1]:{port}"), "192.0.2.2:1")
        };
        policy
            .undecided(&connection, &noon())
            .map(|rule| rule.name().to_owned())
    };
    assert_eq!(undecided(21, None, None).as_deref(), Some("user"));
    assert_eq!(undecided(21, Some("bob"), None), None, "known, and another one's");
    assert_eq!(undecided(22, Some("ann"), None).as_deref(), Some("job"));
    assert_eq!(undecided(22, Some("bob"), None), None, "whatever the job");
    assert_eq!(undecided(22, None, Some("cron")), None, "whoever the user");
    assert_eq!(undecided(23, None, None), None, "a rule before it holds");
    assert_eq!(undecided(24, None, None), None, "no rule is near");
}

#[test]
fn a_user_that_is_not_known_matches_no_pattern() {
    let policy = rules(&[("r", "Userid *")]);
    let connection = inbound("192.0.2.1:21", "192.0.2.2:1");
    assert_eq!(tls_rule(&policy.lookup(&connection, &noon())), None);
    assert_eq!(
        tls_rule(&policy.lookup(
            &Connection {
                user: Some("x"),
                ..connection
            },
            &noon()
        )),
        Some("r")
    );
}

#[test]
fn wildcards_stand_at_the_end_only() {
    for pattern in ["*a", "a*b", "a?", "a**"] {
        says(
            &Server {
                rule: &format!("Userid {pattern}\n"),
                ..Server::default()
            }
            .text(),
            &["7:8 error invalid-value"],
        );
    }
}

#[test]
fn published_ports_are_those_that_enabled_inbound_rules_name() {
    let policy = rules(&[
        ("a", "LocalPortRange 990"),
        ("b", "LocalPortRange 21"),
        ("c", "LocalPortRange 21\nRemoteAddr 192.0.2.1"),
        ("d", "LocalPortRange 5000-5003"),
        ("e", "LocalPortRange 6000-7000"),
        ("f", "LocalPortRange 22\nTTLSGroupActionRef off"),
        ("g", "LocalPortRange 23\nDirection Outbound"),
        ("h", "LocalAddr 192.0.2.1"),
    ]);
    assert_eq!(policy.inbound_ports(), [21, 990, 5000, 5001, 5002, 5003]);
}

#[test]
fn a_group_with_a_member_that_is_any_is_any() {
    let text = Server {
        after: "PortGroup g\n{\nPortRange\n{\nPort 21\n}\nPortRange\n{\nPort 0\n}\n}\n",
        ..Server::default()
    }
    .text()
    .replace("LocalPortRange 443", "LocalPortGroupRef g");
    assert!(
        policy(&text)
            .rules()
            .next()
            .expect("a rule")
            .local_ports()
            .is_empty()
    );
}

#[test]
fn a_policy_without_rules_is_warned_about() {
    says("", &["1:1 warning no-rules"]);
    says("# nothing\n", &["1:1 warning no-rules"]);
}
