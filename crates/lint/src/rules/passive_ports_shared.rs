//! `passive-ports-shared`.

use std::collections::HashSet;

use ttls_policy::{ActionSet, Direction, Policy, Span};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A port for passive FTP data connections also serves something else.
    ///
    /// PASSIVEDATAPORTS has a port that an inbound rule or a gateway is for.
    ///
    /// ## Why it matters
    ///
    /// A transfer that gets this port fails, or somebody who connects to the other service lands in an FTP session's
    /// data connection. It happens once in a while only and is hard to find.
    ///
    /// ## Example
    ///
    /// ```text
    /// PASSIVEDATAPORTS (8000,9000)
    ///
    /// TTLSRule web
    /// {
    ///   LocalPortRange 8443
    /// ```
    ///
    /// ## Instead
    ///
    /// Choose a range that nothing else uses, such as (50000,50100). Data connections need no rules of their own.
    PASSIVE_PORTS_SHARED = Warning "TTLS312" "passive-ports-shared" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(policy) = model.policy() else {
        return;
    };
    let others: Vec<((u16, u16), String, Span)> = others(model, policy).collect();
    let mut seen = HashSet::new();
    for set in policy.action_sets() {
        let range = set.ftp.as_ref().and_then(|ftp| ftp.value.passive_data_ports);
        let (Some((low, high)), Some(at)) = (range, place(model, set)) else {
            continue;
        };
        // Rules share actions: each range is looked at once.
        if !seen.insert((low, high, at)) {
            continue;
        }
        let sharing = others.iter().filter(|(port, ..)| port.0 <= high && low <= port.1);
        for (port, whose, there) in sharing {
            let shared = port.0.max(low);
            let message =
                format!("port {shared} of PASSIVEDATAPORTS ({low},{high}) is also a port of {whose}");
            let help = "choose a range that nothing else uses";
            findings.push(at, message, help, vec![(*there, "the other use".to_string())]);
        }
    }
}

/// Where the range is coded: in the policy, or in the FTP.DATA file that is named there.
fn place(model: &Model<'_>, set: &ActionSet) -> Option<Span> {
    model
        .coded(set, "PASSIVEDATAPORTS")
        .or_else(|| model.coded(set, "FtpDataFile"))
        .map(|coded| coded.at)
}

/// Ports that rules and gateways name, whose they are, and where.
fn others<'m>(
    model: &'m Model<'_>,
    policy: &'m Policy,
) -> impl Iterator<Item = ((u16, u16), String, Span)> + 'm {
    let rules = policy
        .rules()
        .filter(|rule| rule.direction().covers(Direction::Inbound))
        .filter_map(|rule| Some((rule, model.place(rule)?)))
        .flat_map(|(rule, at)| {
            let whose = format!("TTLSRule {}", rule.name());
            let ports = rule.local_ports().iter();
            ports.map(move |range| ((range.low, range.high), whose.clone(), at))
        });
    let gateways = policy.gateways().iter().filter_map(|gateway| {
        let at = model.get("TTLSGateway", &gateway.name)?.keyword;
        let port = gateway.listen.port();
        Some(((port, port), format!("TTLSGateway {}", gateway.name), at))
    });
    rules.chain(gateways)
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, rule_named, silent};

    const NAME: &str = "passive-ports-shared";

    fn ftp(line: &str) -> String {
        let action = format!(
            "HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{{\nApplicationControlled On\nSecondaryMap On\n}}\n\
             TTLSFtpParms\n{{\n{line}\n}}"
        );
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &action)
    }

    #[test]
    fn a_rule_for_a_port_of_the_range_is_reported() {
        let text = ftp("PASSIVEDATAPORTS (8000,9000)")
            + &rule_named("web", "LocalPortRange 8443\nDirection Inbound");
        fires(
            NAME,
            &text,
            "port 8443 of PASSIVEDATAPORTS (8000,9000) is also a port of TTLSRule web",
            "PASSIVEDATAPORTS (8000,9000)",
        );
    }

    #[test]
    fn a_gateway_on_a_port_of_the_range_is_reported() {
        let gateway = "TTLSGateway gw\n{\nListen 127.0.0.1:8021\nTarget 127.0.0.1:21\nUnmatched Clear\n}\n";
        let text = ftp("PASSIVEDATAPORTS (8000,9000)") + gateway;
        fires(NAME, &text, "TTLSGateway gw", "PASSIVEDATAPORTS (8000,9000)");
    }

    #[test]
    fn a_range_of_its_own_and_outbound_rules_are_not_reported() {
        let out = rule_named(
            "out",
            "LocalPortRange 50050\nRemoteAddr 10.0.0.1\nDirection Outbound",
        );
        silent(NAME, &(ftp("PASSIVEDATAPORTS (50000,50100)") + &out));
    }
}
