//! What is said about a connection is what happens to it.

use std::net::SocketAddr;

use proptest::prelude::*;
use ttls_lint::{settings, tried};
use ttls_policy::{Connection, Direction, Policy, SourceText, compile};

const ACTIONS: &str = "\
TTLSGroupAction g
{
Trace 6
TTLSEnabled On
}
TTLSEnvironmentAction e
{
HandshakeRole Server
TTLSKeyringParms
{
Keyring ring
}
}
TTLSConnectionAction c
{
TTLSConnectionAdvancedParms
{
TLSv1.3 Off
}
}
";

fn policy(rules: &[String]) -> Policy {
    let mut text = ACTIONS.to_string();
    for (number, lines) in rules.iter().enumerate() {
        text.push_str(&format!(
            "TTLSRule r{number:03}\n{{\n{lines}TTLSGroupActionRef g\nTTLSEnvironmentActionRef e\nTTLSConnectionActionRef c\n}}\n"
        ));
    }
    let source = SourceText {
        name: "p".to_string(),
        text,
    };
    let compilation = compile(&[source], &mut |_| Err(std::io::ErrorKind::NotFound.into()));
    compilation
        .policy
        .unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics))
}

fn one_of(words: &[&'static str]) -> impl Strategy<Value = &'static str> + use<> {
    prop::sample::select(words.to_vec())
}

/// A rule with few different values, so that rules and connections meet.
fn rule() -> impl Strategy<Value = String> {
    (
        one_of(&[
            "",
            "LocalAddr 10.0.0.0/30\n",
            "LocalAddr 10.0.0.1-10.0.0.2\n",
            "LocalAddr 2001:db8::/126\n",
        ]),
        one_of(&[
            "",
            "RemoteAddr 10.0.0.2\n",
            "RemoteAddr 10.0.0.0/8\n",
            "RemoteAddr All\n",
        ]),
        one_of(&[
            "LocalPortRange 0\n",
            "LocalPortRange 21\n",
            "LocalPortRange 20-22\n",
        ]),
        one_of(&["", "RemotePortRange 21-22\n"]),
        one_of(&["", "Userid ann\n", "Userid A*\n"]),
        one_of(&["Direction Inbound\n", "Direction Outbound\n", "Direction Both\n"]),
        one_of(&["", "Priority 2\n", "Priority 3\n"]),
    )
        .prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].concat())
}

fn end() -> impl Strategy<Value = SocketAddr> {
    let addresses = [
        "10.0.0.1",
        "10.0.0.3",
        "10.0.0.2",
        "11.0.0.1",
        "[2001:db8::2]",
        "[::ffff:10.0.0.2]",
    ];
    (prop::sample::select(addresses.to_vec()), 19_u16..24)
        .prop_map(|(address, port)| format!("{address}:{port}").parse().expect("an address"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_rule_that_was_tried_is_the_one_that_is_found(
        rules in prop::collection::vec(rule(), 1..12),
        inbound in any::<bool>(),
        local in end(),
        remote in end(),
        user in one_of(&["", "ANN", "anna", "bob"]),
    ) {
        let policy = policy(&rules);
        let connection = Connection {
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            local,
            remote,
            user: Some(user).filter(|user| !user.is_empty()),
            job: None,
        };
        let tried = tried(&policy, &connection, &jiff::Zoned::default());
        let matching = tried.last().filter(|last| last.matches()).map(|last| last.rule.name());
        prop_assert_eq!(matching, policy.rule_for(&connection, None).map(ttls_policy::Rule::name));
        prop_assert!(tried.iter().rev().skip(1).all(|earlier| !earlier.matches()));
    }

    #[test]
    fn a_rule_that_is_called_shadowed_gets_no_connection(
        rules in prop::collection::vec(rule(), 2..12),
        connections in prop::collection::vec((any::<bool>(), end(), end()), 50),
    ) {
        let mut text = ACTIONS.to_string();
        for (number, lines) in rules.iter().enumerate() {
            text.push_str(&format!("TTLSRule r{number}\n{{\n{lines}TTLSGroupActionRef g\nTTLSEnvironmentActionRef e\n}}\n"));
        }
        let source = SourceText { name: "p".to_string(), text };
        let report = ttls_lint::lint(source.clone(), &mut |_| Err(std::io::ErrorKind::NotFound.into()));
        let policy = compile(&[source], &mut |_| Err(std::io::ErrorKind::NotFound.into())).policy.expect("correct");
        for (inbound, local, remote) in connections {
            for user in [None, Some("ann"), Some("anna")] {
                let direction = if inbound { Direction::Inbound } else { Direction::Outbound };
                let connection = Connection { direction, local, remote, user, job: None };
                let Some(rule) = policy.rule_for(&connection, None) else { continue };
                let said = format!("TTLSRule {} never", rule.name());
                prop_assert!(!report.diagnostics.iter().any(|d| d.message.starts_with(&said)), "{said}");
            }
        }
    }
}

#[test]
fn every_setting_says_where_it_was_coded() {
    let policy = policy(&["LocalPortRange 21\nDirection Inbound\n".to_string()]);
    let set = policy.action_sets().next().expect("one");
    let settings = settings(set);
    let origin = |keyword: &str| {
        let setting = settings.iter().find(|setting| setting.keyword == keyword);
        setting.map(|setting| (setting.value.as_str(), setting.origin.as_str()))
    };
    assert_eq!(
        origin("HandshakeRole"),
        Some(("Server", "TTLSEnvironmentAction e"))
    );
    assert_eq!(origin("Trace"), Some(("6", "TTLSGroupAction g")));
    assert_eq!(origin("TLSv1.3"), Some(("Off", "TTLSConnectionAction c")));
    assert_eq!(origin("SecondaryMap"), Some(("Off", "default")));
    assert_eq!(origin("ClientAuthType"), None);
}
