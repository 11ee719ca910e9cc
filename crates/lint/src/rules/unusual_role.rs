//! `unusual-role`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// The TLS role does not go with the direction of the connection.
    ///
    /// Who opens a connection is usually the TLS client: `Direction Inbound` goes with the server roles,
    /// `Direction Outbound` with HandshakeRole Client.
    ///
    /// ## Why it matters
    ///
    /// With the roles mixed up both ends wait for the other one to begin, until HandshakeTimeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// Direction Inbound          # with an action that says HandshakeRole Client
    /// ```
    ///
    /// ## Instead
    ///
    /// Use an action for the other role. Where it is meant (a server that calls back, with SecondaryMap On), nothing is
    /// reported.
    UNUSUAL_ROLE = Warning "TTLS318" "unusual-role" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for rule in model.of("TTLSRule").filter(|rule| model.is_enabled(rule)) {
        let (Some(direction), Some(role)) = (rule.param("Direction"), model.effective(rule, "HandshakeRole"))
        else {
            continue;
        };
        let (Some(way), Some(word)) = (direction.word(), role.word()) else {
            continue;
        };
        let unusual = matches!(
            (way, word),
            ("Inbound", "Client") | ("Outbound", "Server" | "ServerWithClientAuth")
        );
        if unusual && model.effective_word(rule, "SecondaryMap") != Some("On") {
            let message = format!("{}: Direction {way} with HandshakeRole {word}", rule.title());
            let secondary = vec![(role.at, "the role".to_string())];
            findings.push(
                direction.at,
                message,
                "use an action for the other role",
                secondary,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, found, policy, silent};

    const NAME: &str = "unusual-role";

    #[test]
    fn a_server_that_dials_and_a_client_that_is_called_are_reported() {
        let text = policy("RemotePortRange 21\nRemoteAddr 192.0.2.1\nDirection Outbound");
        fires(
            NAME,
            &text,
            "Direction Outbound with HandshakeRole Server",
            "Direction Outbound",
        );
        let text = policy("LocalPortRange 21\nDirection Inbound").replace("Role Server", "Role Client");
        fires(
            NAME,
            &text,
            "Direction Inbound with HandshakeRole Client",
            "Direction Inbound",
        );
    }

    #[test]
    fn the_usual_ways_and_secondary_maps_are_not() {
        silent(NAME, &policy("LocalPortRange 21\nDirection Inbound"));
        silent(NAME, &policy("LocalPortRange 21\nDirection Both"));
        let advanced = "HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{\nSecondaryMap On\n}";
        let text = policy("RemotePortRange 21\nDirection Outbound").replace("HandshakeRole Server", advanced);
        assert_eq!(found(NAME, &text), []);
    }
}
