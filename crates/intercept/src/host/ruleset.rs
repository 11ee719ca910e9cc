//! The text of the nftables table. `docs/host.md` explains every line of it.

use std::fmt::Write;
use std::net::IpAddr;

use super::announced::{Announced, Way};
use super::plan::{Plan, PlanRule};
use super::ranges;
use super::settings::HostSettings;

/// A script that puts the table in the place of any earlier one, in one transaction.
pub fn replace(settings: &HostSettings, plan: &Plan, announced: &Announced) -> String {
    format!("{}{}", remove(settings), table(settings, plan, announced))
}

/// A script that removes the table and leaves nothing to complain about where there is none.
pub(super) fn remove(settings: &HostSettings) -> String {
    let table = &settings.table;
    format!("table inet {table}\ndelete table inet {table}\n")
}

/// The table alone, as people read it.
pub fn table(settings: &HostSettings, plan: &Plan, announced: &Announced) -> String {
    let mut text = format!("table inet {} {{\n", settings.table);
    text += &sets(announced);
    text += &prerouting(settings, plan);
    for (name, port) in [
        ("caught_inbound", settings.inbound_port()),
        ("caught_data", settings.data_port()),
        ("caught_outbound", settings.outbound_port()),
    ] {
        text += &caught(name, port);
    }
    text += &output(settings, plan);
    text += &postrouting(settings);
    text + "}\n"
}

fn sets(announced: &Announced) -> String {
    let mut text =
        "  # Announced data connections whose ports no range covers: destination address and port.\n"
            .to_owned();
    for way in Way::ALL {
        for v6 in [false, true] {
            let kind = if v6 { "ipv6_addr" } else { "ipv4_addr" };
            let elements = announced.elements(way, v6).join(", ");
            let elements = if elements.is_empty() {
                elements
            } else {
                format!(" elements = {{ {elements} }};")
            };
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "  set {} {{ type {kind} . inet_service; flags timeout; size 65536;{elements} }}",
                way.set(v6)
            );
        }
    }
    text
}

fn prerouting(settings: &HostSettings, plan: &Plan) -> String {
    let marks = settings.marks;
    let (mask, inner, diverted) = (marks.mask(), marks.inner(), marks.diverted());
    let rest = !mask;
    let ports = format!("{}-{}", settings.inbound_port(), settings.outbound_port());
    let mut text = format!(
        "  chain prerouting {{
    type filter hook prerouting priority mangle; policy accept;
    meta l4proto != tcp accept
    # The agent speaking to a local program in a peer's name, and the answers. Such packets are on lo only; a new
    # connection must have the mark itself.
    iif \"lo\" meta mark & {mask:#x} == {inner:#x} ct mark set ct mark & {rest:#x} | {inner:#x} accept
    iif \"lo\" ct mark & {mask:#x} == {inner:#x} tcp flags & (syn | ack) != syn accept
    # The agent's listeners are for caught connections; those keep the port that they are for.
    ip daddr 127.0.0.1 tcp dport {ports} counter drop
    ip6 daddr ::1 tcp dport {ports} counter drop
    # What the output chain has diverted.
    iif \"lo\" meta mark & {mask:#x} == {diverted:#x} goto caught_outbound
    # Answers to connections that this host has opened.
    ct direction reply accept
    # Rules of the policy for connections that peers open.
"
    );
    for rule in plan.rules.iter().filter(|rule| rule.inbound) {
        for condition in conditions(rule, true) {
            let name = printable(&rule.name);
            let _ = writeln!(
                text,
                "    {condition} fib daddr type local goto caught_inbound comment \"{name}\""
            );
        }
    }
    if !plan.passive.is_empty() {
        let ports = ranges::ports(&plan.passive);
        let _ = writeln!(
            text,
            "    # Ports of data connections that daemons announce (PASSIVEDATAPORTS).\n    tcp dport {ports} fib daddr type local goto caught_data"
        );
    }
    for v6 in [false, true] {
        let ip = if v6 { "ip6" } else { "ip" };
        let set = Way::Inbound.set(v6);
        let _ = writeln!(text, "    {ip} daddr . tcp dport @{set} goto caught_data");
    }
    text + "  }\n"
}

/// `tproxy` with nobody listening only ends its rule, so a `drop` stands behind.
fn caught(name: &str, port: u16) -> String {
    format!(
        "  # To the agent; dropped where it is not there.
  chain {name} {{
    meta nfproto ipv4 meta l4proto tcp tproxy ip to 127.0.0.1:{port} accept
    meta nfproto ipv6 meta l4proto tcp tproxy ip6 to [::1]:{port} accept
    counter drop
  }}
"
    )
}

fn output(settings: &HostSettings, plan: &Plan) -> String {
    let marks = settings.marks;
    let (mask, inner, outer, diverted) = (marks.mask(), marks.inner(), marks.outer(), marks.diverted());
    let rest = !mask;
    let mark = format!("meta mark set meta mark & {rest:#x} | {diverted:#x} accept");
    let divert = format!("ct mark set ct mark & {rest:#x} | {diverted:#x} {mark}");
    let mut text = format!(
        "  chain output {{
    type route hook output priority mangle; policy accept;
    meta l4proto != tcp accept
    # A local program answering the agent: the peer's address is elsewhere, the answer stays here.
    ct mark & {mask:#x} == {inner:#x} meta mark set meta mark & {rest:#x} | {inner:#x} accept
    # The agent's own connections.
    meta mark & {mask:#x} {{ {inner:#x}, {outer:#x} }} accept
    # Answers of local programs to connections that peers have opened.
    ct direction reply accept
    # A connection that the agent carries stays with it when its rule goes: the next bytes of it are for nobody else.
    ct mark & {mask:#x} == {diverted:#x} {mark}
    # Rules of the policy for connections that local programs open: back over lo, to the agent.
"
    );
    for rule in plan.rules.iter().filter(|rule| rule.outbound) {
        for condition in conditions(rule, false) {
            let name = printable(&rule.name);
            let _ = writeln!(text, "    {condition} {divert} comment \"{name}\"");
        }
    }
    if !plan.active.is_empty() {
        let active: Vec<(u16, u16)> = plan.active.iter().map(|port| (*port, *port)).collect();
        let _ = writeln!(
            text,
            "    # Data connections that daemons make, from the port below their control port.\n    tcp sport {} {divert}",
            ranges::ports(&active)
        );
    }
    for v6 in [false, true] {
        let ip = if v6 { "ip6" } else { "ip" };
        let set = Way::Outbound.set(v6);
        let _ = writeln!(text, "    {ip} daddr . tcp dport @{set} {divert}");
    }
    text + "  }\n"
}

/// What has to stay on this host does not leave it where the routing rules are gone or a program insists on an interface.
fn postrouting(settings: &HostSettings) -> String {
    let marks = settings.marks;
    let (mask, inner, diverted) = (marks.mask(), marks.inner(), marks.diverted());
    format!(
        "  # Nothing that has to stay on this host leaves it, whatever becomes of the routing rules.
  chain postrouting {{
    type filter hook postrouting priority mangle; policy accept;
    oif != \"lo\" meta l4proto tcp meta mark & {mask:#x} {{ {inner:#x}, {diverted:#x} }} counter drop
  }}
"
    )
}

/// The conditions of a rule, one text for each address family that it can hold for.
fn conditions(rule: &PlanRule, inbound: bool) -> Vec<String> {
    let (source, destination) = if inbound {
        (
            (&rule.remote_addrs, &rule.remote_ports),
            (&rule.local_addrs, &rule.local_ports),
        )
    } else {
        (
            (&rule.local_addrs, &rule.local_ports),
            (&rule.remote_addrs, &rule.remote_ports),
        )
    };
    let mut ports = String::new();
    for (word, list) in [("sport", source.1), ("dport", destination.1)] {
        if !list.is_empty() {
            let _ = write!(ports, " tcp {word} {}", ranges::ports(list));
        }
    }
    if source.0.is_empty() && destination.0.is_empty() {
        return vec![format!("meta l4proto tcp{ports}")];
    }
    [false, true]
        .into_iter()
        .filter_map(|v6| {
            let ip = if v6 { "ip6" } else { "ip" };
            let mut text = format!("meta nfproto ipv{} meta l4proto tcp", if v6 { 6 } else { 4 });
            for (word, list) in [("saddr", source.0), ("daddr", destination.0)] {
                if list.is_empty() {
                    continue;
                }
                let family: Vec<(IpAddr, IpAddr)> = list
                    .iter()
                    .copied()
                    .filter(|(low, _)| low.is_ipv6() == v6)
                    .collect();
                if family.is_empty() {
                    return None;
                }
                let _ = write!(text, " {ip} {word} {}", ranges::addresses(&family));
            }
            Some(text + &ports)
        })
        .collect()
}

/// Names of rules may have any characters; the text is read by `nft`.
fn printable(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "_.-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::settings::Marks;

    fn settings() -> HostSettings {
        HostSettings {
            namespace: None,
            table: "ttls".to_owned(),
            marks: Marks { first: 0x71, byte: 0 },
            routing_table: 171,
            rule_preference: 32_000,
            listen_port: 15_021,
        }
    }

    fn rule(name: &str) -> PlanRule {
        PlanRule {
            name: name.to_owned(),
            inbound: true,
            outbound: false,
            local_addrs: Vec::new(),
            remote_addrs: Vec::new(),
            local_ports: vec![(21, 21), (990, 990)],
            remote_ports: Vec::new(),
        }
    }

    #[test]
    fn a_rule_without_addresses_is_one_for_both_families() {
        assert_eq!(
            conditions(&rule("ftp"), true),
            ["meta l4proto tcp tcp dport { 21, 990 }"]
        );
    }

    #[test]
    fn a_rule_is_written_for_the_families_that_both_its_ends_can_have() {
        let net = |low: &str, high: &str| (low.parse().unwrap(), high.parse().unwrap());
        let mut both = rule("ftp");
        both.local_addrs = vec![net("192.0.2.1", "192.0.2.1"), net("2001:db8::1", "2001:db8::1")];
        both.remote_addrs = vec![net("10.0.0.0", "10.255.255.255")];
        assert_eq!(
            conditions(&both, true),
            [
                "meta nfproto ipv4 meta l4proto tcp ip saddr { 10.0.0.0-10.255.255.255 } ip daddr { 192.0.2.1 } tcp \
                 dport { 21, 990 }"
            ]
        );
        both.local_addrs.remove(0);
        assert!(conditions(&both, true).is_empty());
    }

    #[test]
    fn ends_change_places_for_outbound_connections() {
        let mut out = rule("ftp");
        out.local_ports.clear();
        out.remote_ports = vec![(21, 21)];
        assert_eq!(conditions(&out, false), ["meta l4proto tcp tcp dport { 21 }"]);
        assert_eq!(conditions(&out, true), ["meta l4proto tcp tcp sport { 21 }"]);
    }

    #[test]
    fn every_tproxy_has_a_drop_behind_it() {
        let plan = Plan {
            rules: vec![rule("ftp")],
            passive: vec![(42_100, 42_110)],
            active: vec![20],
        };
        let text = table(&settings(), &plan, &Announced::default());
        for chain in text.split("  chain ").filter(|chain| chain.contains("tproxy")) {
            let chain = chain.split('}').next().unwrap_or_default().trim_end();
            assert!(chain.ends_with("counter drop"), "{chain}");
        }
        assert_eq!(text.matches("goto caught_inbound").count(), 1);
        assert_eq!(text.matches("goto caught_data").count(), 3);
    }

    #[test]
    fn whatever_diverts_a_connection_diverts_all_of_it() {
        let mut outbound = rule("ftp");
        outbound.outbound = true;
        let plan = Plan {
            rules: vec![outbound],
            passive: Vec::new(),
            active: vec![20],
        };
        let text = table(&settings(), &plan, &Announced::default());
        let output = text.split("  chain ").find(|chain| chain.starts_with("output"));
        let lines: Vec<&str> = output.unwrap_or_default().lines().collect();
        let stays = "    ct mark & 0xff == 0x73 meta mark set meta mark & 0xffffff00 | 0x73 accept";
        let at = lines
            .iter()
            .position(|line| *line == stays)
            .expect("it stays diverted");
        let diverting = lines
            .iter()
            .skip(at + 1)
            .filter(|line| line.contains("| 0x73 accept"));
        let remembered = diverting
            .clone()
            .filter(|line| line.contains("ct mark set ct mark & 0xffffff00 | 0x73 "));
        assert_eq!((diverting.count(), remembered.count()), (4, 4), "{text}");
    }

    #[test]
    fn a_rules_name_cannot_leave_its_comment() {
        assert_eq!(printable("a\"; drop\n}b"), "a___drop__b");
    }
}
