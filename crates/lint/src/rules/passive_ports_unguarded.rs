//! `passive-ports-unguarded`.

use ttls_policy::{Direction, HandshakeRole, Rule};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// An FTP server on the host itself has no PASSIVEDATAPORTS: its data ports are guarded only once they are announced.
    ///
    /// With TTLSIntercept the daemon runs on the host, and so do its passive data ports. Those that PASSIVEDATAPORTS names
    /// are always caught. Without it each port is caught from the moment that it is announced.
    ///
    /// ## Why it matters
    ///
    /// Whoever guesses a port that the daemon listens on and that was not announced speaks to it in clear, past TLS.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSIntercept host
    /// {
    /// }
    /// TTLSFtpParms ftp
    /// {
    ///   SECURE_DATACONN PRIVATE
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// Give the daemon a range of passive ports (vsftpd pasv_min_port and pasv_max_port, ProFTPD PassivePorts) and write the
    /// same one here: `PASSIVEDATAPORTS (50000,50100)`.
    PASSIVE_PORTS_UNGUARDED = Warning "TTLS328" "passive-ports-unguarded" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(policy) = model.policy() else {
        return;
    };
    let Some(intercept) = policy.intercepts().first() else {
        return;
    };
    let host = model.get("TTLSIntercept", &intercept.name);
    for rule in policy.rules().filter(|rule| is_ftp_server(rule)) {
        let Some(set) = rule.actions() else {
            continue;
        };
        let parms = model
            .coded(set, "TTLSFtpParms")
            .or_else(|| model.coded(set, "TTLSFtpParmsRef"));
        // Where a block is used by reference it is the block that lacks it.
        let place = parms.map(|coded| model.follow(coded).map_or(coded.keyword, |block| block.keyword));
        let Some(place) = place else {
            continue;
        };
        let message = "FTP data ports of this host are not guarded before they are announced: there is no PASSIVEDATAPORTS";
        let help = "write `PASSIVEDATAPORTS (low,high)` with the passive ports of the daemon";
        let secondary = host.map(|host| (host.keyword, "connections are caught on the host".to_string()));
        findings.push(place, message, help, secondary.into_iter().collect());
    }
}

fn is_ftp_server(rule: &Rule) -> bool {
    let unguarded = |set: &std::sync::Arc<ttls_policy::ActionSet>| {
        set.role.value != HandshakeRole::Client
            && set
                .ftp
                .as_ref()
                .is_some_and(|ftp| ftp.value.passive_data_ports.is_none())
    };
    rule.direction().covers(Direction::Inbound) && rule.actions().is_some_and(unguarded)
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "passive-ports-unguarded";
    const HOST: &str = "TTLSIntercept host\n{\n}\n";

    fn ftp(role: &str, direction: &str, lines: &str) -> String {
        let action = format!(
            "HandshakeRole {role}\nTTLSEnvironmentAdvancedParms\n{{\nApplicationControlled On\nSecondaryMap On\n}}\n\
             TTLSFtpParms\n{{\n{lines}}}"
        );
        policy(&format!("LocalPortRange 21\nDirection {direction}")).replace("HandshakeRole Server", &action)
    }

    #[test]
    fn a_server_on_the_host_without_a_range_is_reported() {
        let text = ftp("Server", "Inbound", "SECURE_FTP REQUIRED\n") + HOST;
        fires(NAME, &text, "there is no PASSIVEDATAPORTS", "TTLSFtpParms");
    }

    #[test]
    fn a_range_another_interceptor_and_a_client_are_not() {
        silent(
            NAME,
            &(ftp("Server", "Inbound", "PASSIVEDATAPORTS (50000,50100)\n") + HOST),
        );
        silent(NAME, &ftp("Server", "Inbound", ""));
        silent(NAME, &(ftp("Client", "Outbound", "") + HOST));
        silent(NAME, &(policy("LocalPortRange 21\nDirection Inbound") + HOST));
    }
}
