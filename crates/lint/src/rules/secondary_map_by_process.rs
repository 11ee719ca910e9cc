//! `secondary-map-by-process`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// On z/OS a secondary map belongs to a process, not to a session.
    ///
    /// Here data connections are bound to the control connection that announced them. On z/OS they are found by process and
    /// pair of addresses: a server that handles many sessions in one process mixes them up.
    ///
    /// ## Why it matters
    ///
    /// Two sessions of one partner may get each other's policy and user there.
    ///
    /// ## Example
    ///
    /// ```text
    /// SecondaryMap On          # for a server with one process for all sessions
    /// ```
    ///
    /// ## Instead
    ///
    /// On z/OS, use SecondaryMap for servers that have one process for each session, as the FTP server of z/OS.
    SECONDARY_MAP_BY_PROCESS = Note "TTLS343" "secondary-map-by-process" when Portable by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for rule in model.of("TTLSRule").filter(|rule| model.is_enabled(rule)) {
        let inbound = rule.param("Direction").and_then(ttls_policy::CodedParam::word) != Some("Outbound");
        if let (Some(coded), true) = (model.effective(rule, "SecondaryMap"), inbound)
            && coded.word() == Some("On")
        {
            let message = "SecondaryMap On: z/OS tells sessions of one process and partner not apart";
            findings.push(
                coded.at,
                message,
                "use it there with one process for each session",
                Vec::new(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires_with, found, policy, portable, silent_with};

    const NAME: &str = "secondary-map-by-process";

    fn with(word: &str) -> String {
        let block = format!(
            "HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{{\nApplicationControlled On\nSecondaryMap {word}\n}}"
        );
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &block)
    }

    #[test]
    fn a_server_with_a_secondary_map_is_noted_where_the_policy_is_for_zos_too() {
        fires_with(&portable(), NAME, &with("On"), "SecondaryMap", "SecondaryMap On");
        assert_eq!(found(NAME, &with("On")), []);
    }

    #[test]
    fn one_without_is_not() {
        silent_with(&portable(), NAME, &with("Off"));
    }
}
