//! `secondary-map-without-control`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// SecondaryMap is On and ApplicationControlled is Off.
    ///
    /// SecondaryMap makes further connections between the same two addresses follow the policy of the first one. It is
    /// for protocols whose application says when TLS starts, such as FTP.
    ///
    /// ## Why it matters
    ///
    /// Without ApplicationControlled, TLS starts at once on the first connection and on every further one of the same
    /// process and partner, whatever it is for.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSEnvironmentAdvancedParms
    /// {
    ///   SecondaryMap On
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// Add `ApplicationControlled On` for FTP and its kind; leave SecondaryMap out for everything else.
    SECONDARY_MAP_WITHOUT_CONTROL = Warning "TTLS305" "secondary-map-without-control" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let sets = model
        .policy()
        .into_iter()
        .flat_map(ttls_policy::Policy::action_sets);
    for set in sets.filter(|set| set.secondary_map.value && !set.application_controlled.value) {
        let Some(coded) = model.coded(set, "SecondaryMap") else {
            continue;
        };
        let message = format!(
            "SecondaryMap is On and ApplicationControlled is Off for TTLSEnvironmentAction {}",
            set.environment
        );
        let help = "write `ApplicationControlled On`, or SecondaryMap Off";
        findings.push(coded.at, message, help, Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "secondary-map-without-control";

    fn with(lines: &str) -> String {
        let advanced = format!("HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{{\n{lines}\n}}");
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &advanced)
    }

    #[test]
    fn secondary_map_alone_is_reported_where_it_is_coded() {
        fires(
            NAME,
            &with("SecondaryMap On"),
            "ApplicationControlled is Off",
            "SecondaryMap On",
        );
    }

    #[test]
    fn secondary_map_of_a_controlled_connection_is_how_it_is_meant() {
        silent(NAME, &with("SecondaryMap On\nApplicationControlled On"));
        silent(NAME, &with("SecondaryMap Off"));
    }
}
