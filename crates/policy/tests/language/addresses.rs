//! Addresses and ports.

use super::{Server, policy, says};

#[test]
fn good_addresses_are_taken() {
    for value in [
        "All",
        "all",
        "192.0.2.1",
        "192.0.2.0/24",
        "0.0.0.0/0",
        "192.0.2.1-192.0.2.9",
        "2001:db8::1",
        "2001:db8::/32",
        "2001:db8::1-2001:db8::ffff",
        "::1",
        "::/0",
        "192.0.2.1/32",
        "::1/128",
    ] {
        says(
            &Server {
                rule: &format!("LocalAddr {value}\n"),
                ..Server::default()
            }
            .text(),
            &[],
        );
    }
}

#[test]
fn bad_addresses_are_errors() {
    for value in [
        "6793",
        "21",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.01",
        "host.example",
        "::ffff:192.0.2.1",
        "::192.0.2.1",
        "::",
        "::/96",
        "::/120",
        "::ffff:0:0/96",
        "192.0.2.0/33",
        "2001:db8::/129",
        "192.0.2.0/",
        "192.0.2.9-192.0.2.1",
        "192.0.2.1-2001:db8::1",
        "192.0.2.1:192.0.2.9",
        "192.0.2.1-",
        "-",
        "/",
        "192.0.2.0/x",
        "fe80::1%eth0",
    ] {
        let text = Server {
            rule: &format!("LocalAddr {value}\n"),
            ..Server::default()
        }
        .text();
        says(&text, &["7:11 error invalid-address"]);
    }
}

#[test]
fn port_ranges_have_four_forms() {
    for (value, low, high) in [
        ("21", 21, 21),
        ("5000-5100", 5000, 5100),
        ("5000:5100", 5000, 5100),
        ("5000 5100", 5000, 5100),
        ("1-65535", 1, 65535),
        ("21-21", 21, 21),
    ] {
        let text = Server::default()
            .text()
            .replace("PortRange 443", &format!("PortRange {value}"));
        says(&text, &[]);
        let policy = policy(&text);
        let ports = policy.rules().next().expect("a rule").local_ports();
        assert_eq!((ports[0].low, ports[0].high), (low, high), "{value}");
    }
}

#[test]
fn port_zero_is_any_port() {
    let text = Server::default().text().replace("PortRange 443", "PortRange 0");
    says(&text, &[]);
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
fn bad_port_ranges_are_errors() {
    for (value, name) in [
        ("65536", "invalid-value"),
        ("ftp", "invalid-value"),
        ("-5", "invalid-range"),
        ("5-", "invalid-range"),
        ("9-5", "invalid-range"),
        ("9 5", "invalid-range"),
        ("0-5", "invalid-range"),
        ("1-2-3", "invalid-range"),
        ("1-2:3", "invalid-range"),
        ("-", "invalid-range"),
        ("1-x", "invalid-value"),
    ] {
        let text = Server::default()
            .text()
            .replace("PortRange 443", &format!("PortRange {value}"));
        says(&text, &[&format!("3:16 error {name}")]);
    }
}

#[test]
fn a_word_behind_a_port_is_trailing_text() {
    let text = Server::default()
        .text()
        .replace("PortRange 443", "PortRange 443 https");
    says(&text, &["3:20 warning trailing-text"]);
}

#[test]
fn a_prefix_covers_its_network() {
    let text = Server {
        rule: "LocalAddr 192.0.2.0/25\n",
        ..Server::default()
    }
    .text();
    let policy = policy(&text);
    let range = policy.rules().next().expect("a rule").local_addrs()[0];
    assert_eq!(
        (range.low.to_string(), range.high.to_string()),
        ("192.0.2.0".into(), "192.0.2.127".into())
    );
}

#[test]
fn a_prefix_with_host_bits_is_warned_about() {
    let text = Server {
        rule: "LocalAddr 192.0.2.7/24\n",
        ..Server::default()
    }
    .text();
    says(&text, &["7:11 warning prefix-host-bits"]);
}
