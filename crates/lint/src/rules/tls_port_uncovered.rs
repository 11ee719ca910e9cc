//! `tls-port-uncovered`.

use std::collections::HashSet;

use ttls_policy::{Direction, HandshakeRole, Policy};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// TLSPORT names a port that no rule for FTP covers: no inbound one of a server, no outbound one of a client.
    ///
    /// TLSPORT is where TLS runs from the first byte (implicit FTPS). The connection must first match a rule whose
    /// actions have these FTP parameters.
    ///
    /// ## Why it matters
    ///
    /// Clients of implicit FTPS are refused, or reach another rule that knows nothing of FTP. A program that connects to
    /// the port of an implicit partner gets no TLS.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSRule ftp
    /// {
    ///   LocalPortRange 21
    ///   ...
    /// TTLSFtpParms ftp
    /// {
    ///   TLSPORT 990
    /// ```
    ///
    /// ## Instead
    ///
    /// Add a rule with LocalPortRange 990 (RemotePortRange, for clients) and the same actions, or write `TLSPORT 0`. The default of 990 needs no rule.
    TLS_PORT_UNCOVERED = Warning "TTLS313" "tls-port-uncovered" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(policy) = model.policy() else {
        return;
    };
    let mut seen = HashSet::new();
    for set in policy.action_sets() {
        let port = set.ftp.as_ref().and_then(|ftp| ftp.value.tls_port);
        let (Some(port), Some(coded)) = (port, model.coded(set, "TLSPORT")) else {
            continue;
        };
        // Rules share actions: each port is looked at once.
        let role = set.role.value;
        if seen.insert((port, coded.at, role)) && !is_covered(policy, port, role) {
            let (direction, range) = match role {
                HandshakeRole::Client => ("outbound", "RemotePortRange"),
                HandshakeRole::Server | HandshakeRole::ServerWithClientAuth => ("inbound", "LocalPortRange"),
            };
            let message = format!("no {direction} rule for FTP covers TLSPORT {port}");
            let help =
                format!("add a TTLSRule with {range} {port} and the same actions, or write `TLSPORT 0`");
            findings.push(coded.at, message, help, Vec::new());
        }
    }
}

/// The port is the server's: ours where we are the server, the partner's where we are the client.
fn is_covered(policy: &Policy, port: u16, role: HandshakeRole) -> bool {
    policy.rules().any(|rule| {
        let ftp = rule.actions().and_then(|set| set.ftp.as_ref());
        let (direction, ports) = match role {
            HandshakeRole::Client => (Direction::Outbound, rule.remote_ports()),
            HandshakeRole::Server | HandshakeRole::ServerWithClientAuth => {
                (Direction::Inbound, rule.local_ports())
            }
        };
        rule.direction().covers(direction)
            && ftp.is_some_and(|ftp| ftp.value.tls_port == Some(port))
            && (ports.is_empty() || ports.iter().any(|range| range.contains(port)))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, rule_named, silent};

    const NAME: &str = "tls-port-uncovered";

    fn ftp(line: &str) -> String {
        let action = format!(
            "HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{{\nApplicationControlled On\nSecondaryMap On\n}}\n\
             TTLSFtpParms\n{{\n{line}\n}}"
        );
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &action)
    }

    #[test]
    fn a_port_without_a_rule_is_reported() {
        fires(NAME, &ftp("TLSPORT 990"), "TLSPORT 990", "TLSPORT 990");
    }

    #[test]
    fn the_port_of_a_partner_is_a_remote_one_of_an_outbound_rule() {
        let client = |text: String| {
            text.replace("HandshakeRole Server", "HandshakeRole Client")
                .replace(
                    "LocalPortRange 21\nDirection Inbound",
                    "RemoteAddr 192.0.2.1\nRemotePortRange 21\nDirection Outbound",
                )
        };
        let policy = client(ftp("TLSPORT 990"));
        fires(NAME, &policy, "TLSPORT 990", "TLSPORT 990");
        let inbound = rule_named("implicit", "LocalPortRange 990\nDirection Inbound");
        fires(NAME, &(policy.clone() + &inbound), "TLSPORT 990", "TLSPORT 990");
        let outbound = "RemoteAddr 192.0.2.1\nRemotePortRange 990\nDirection Outbound";
        silent(NAME, &(policy + &rule_named("implicit", outbound)));
    }

    #[test]
    fn a_port_with_a_rule_the_default_and_zero_are_not() {
        let rule = rule_named("implicit", "LocalPortRange 990\nDirection Inbound");
        silent(NAME, &(ftp("TLSPORT 990") + &rule));
        silent(NAME, &ftp("TLSPORT 0"));
        silent(NAME, &ftp("SECURE_FTP REQUIRED"));
    }
}
