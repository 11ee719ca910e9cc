//! `TTLSGateway`.

use super::{Server, policy, says};

fn with_gateways(gateways: &str) -> String {
    Server {
        after: gateways,
        ..Server::default()
    }
    .text()
}

#[test]
fn a_gateway_has_all_that_it_was_given() {
    let policy = policy(&with_gateways(
        "TTLSGateway g\n{\nListen [2001:db8::1]:443\nTarget 127.0.0.1:8443\nPublicAddr 203.0.113.1\nUnmatched clear\n}\nTTLSGateway h\n{\nListen 0.0.0.0:443\nTarget [::1]:8443\n}\n",
    ));
    let [g, h] = policy.gateways() else {
        panic!("two gateways")
    };
    assert_eq!(
        (g.name.as_str(), g.listen.to_string().as_str()),
        ("g", "[2001:db8::1]:443")
    );
    assert_eq!(g.target.to_string(), "127.0.0.1:8443");
    assert_eq!(
        g.public_addr.map(|a| a.to_string()).as_deref(),
        Some("203.0.113.1")
    );
    assert!(g.unmatched_clear);
    assert_eq!(h.public_addr, None);
    assert!(!h.unmatched_clear);
}

#[test]
fn two_gateways_cannot_listen_on_one_socket() {
    let text = with_gateways(
        "TTLSGateway g\n{\nListen 0.0.0.0:443\nTarget 127.0.0.1:1\n}\nTTLSGateway h\n{\nListen 0.0.0.0:443\nTarget 127.0.0.1:2\n}\n",
    );
    says(&text, &["30:8 error duplicate-listen"]);
}

#[test]
fn a_gateway_that_no_rule_covers_is_warned_about_unless_it_lets_pass() {
    let gateway = |rest: &str| {
        with_gateways(&format!(
            "TTLSGateway g\n{{\nListen 0.0.0.0:21\nTarget 127.0.0.1:1\n{rest}}}\n"
        ))
    };
    says(&gateway(""), &["25:8 warning uncovered-gateway"]);
    says(
        &gateway("Unmatched Refuse\n"),
        &["25:8 warning uncovered-gateway"],
    );
    says(&gateway("Unmatched Clear\n"), &[]);
    says(
        &gateway("").replace("LocalPortRange 443", "LocalPortRange 21"),
        &[],
    );
    says(
        &gateway("").replace("LocalPortRange 443", "LocalPortRange 21\nLocalAddr 192.0.2.1"),
        &[],
    );
    says(
        &gateway("").replace("LocalPortRange 443", "LocalPortRange 21\nLocalAddr 2001:db8::1"),
        &["26:8 warning uncovered-gateway"],
    );
    says(
        &gateway("").replace(
            "LocalPortRange 443\nDirection Inbound",
            "LocalPortRange 21\nDirection Outbound",
        ),
        &["25:8 warning uncovered-gateway"],
    );
}

#[test]
fn sockets_need_an_address_and_a_port() {
    for socket in [
        "21",
        "0.0.0.0",
        "0.0.0.0:0",
        "host:21",
        "2001:db8::1:21",
        "[::]",
        "0.0.0.0:70000",
    ] {
        let text = with_gateways(&format!(
            "TTLSGateway g\n{{\nListen {socket}\nTarget 127.0.0.1:1\n}}\n"
        ));
        says(&text, &["25:8 error invalid-address"]);
    }
}

#[test]
fn a_gateway_needs_both_ends() {
    says(
        &with_gateways("TTLSGateway g\n{\n}\n"),
        &["23:1 error missing-parameter", "23:1 error missing-parameter"],
    );
}
