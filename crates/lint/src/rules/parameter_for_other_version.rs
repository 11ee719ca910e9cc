//! `parameter-for-other-version`.

use std::collections::HashSet;

use ttls_policy::ActionSet;

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A parameter acts on a TLS version that the connection does not have.
    ///
    /// Curves of servers, the extended master secret and GSK_V3_SESSION_TIMEOUT and GSK_V3_SIDCACHE_SIZE are matters of
    /// TLS 1.2; key shares, number and life of tickets and new keys after a time are matters of TLS 1.3 (this engine does
    /// not renegotiate, so ResetCipherTimer acts there only).
    ///
    /// ## Why it matters
    ///
    /// What looks restricted is not, and keys that were to change stay.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSEnvironmentAdvancedParms
    /// {
    ///   TLSv1.3          Off
    ///   ResetCipherTimer 60
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// Turn the version on, or leave the parameter out. Where actions are shared by rules with and without the version, it
    /// may stay: it is reported where no rule has any use for it.
    PARAMETER_FOR_OTHER_VERSION = Warning "TTLS329" "parameter-for-other-version" by check
}

/// Parameters, the version that they act on, and a value with which they ask for nothing.
const PARAMETERS: [(&str, Version, &str); 11] = [
    ("ClientExtendedMasterSecret", Version::V12, "On"),
    ("ServerExtendedMasterSecret", Version::V12, "On"),
    ("ServerKexECurves", Version::V12, ""),
    ("ResetCipherTimer", Version::V13, "0"),
    ("ClientKeyShareGroups", Version::V13, ""),
    ("ServerKeyShareGroups", Version::V13, ""),
    ("GSK_SESSION_TICKET_SERVER_COUNT", Version::V13, ""),
    ("GSK_SESSION_TICKET_SERVER_TIMEOUT", Version::V13, ""),
    ("GSK_SESSION_TICKET_CLIENT_MAXCACHED", Version::V13, ""),
    ("GSK_V3_SESSION_TIMEOUT", Version::V12, ""),
    ("GSK_V3_SIDCACHE_SIZE", Version::V12, ""),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V12,
    V13,
}

impl Version {
    fn is_on(self, set: &ActionSet) -> bool {
        match self {
            Self::V12 => set.protocols.value.tls12,
            Self::V13 => set.protocols.value.tls13,
        }
    }

    fn keyword(self) -> &'static str {
        match self {
            Self::V12 => "TLSv1.2",
            Self::V13 => "TLSv1.3",
        }
    }
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(policy) = model.policy() else {
        return;
    };
    let mut used = HashSet::new();
    let mut idle = Vec::new();
    for set in policy.action_sets() {
        for (keyword, version, nothing) in PARAMETERS {
            let Some(coded) = model.coded(set, keyword) else {
                continue;
            };
            if model.text(coded.at).eq_ignore_ascii_case(nothing) {
                continue;
            }
            if version.is_on(set) {
                used.insert(coded.at);
            } else {
                idle.push((coded, version));
            }
        }
    }
    for (coded, version) in idle.into_iter().filter(|(coded, _)| !used.contains(&coded.at)) {
        let (keyword, off) = (coded.param.keyword, version.keyword());
        let message = format!("{keyword} has no effect: it acts on {off}, which is not in use here");
        let help = format!("write `{off} On` with cipher suites for it, or leave {keyword} out");
        findings.push_with(
            coded.keyword,
            message,
            help,
            Vec::new(),
            model.removal(coded.keyword),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "parameter-for-other-version";

    fn with(advanced: &str, signatures: &str) -> String {
        let action = format!(
            "HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{{\n{advanced}\n}}\nTTLSSignatureParms\n{{\n{signatures}\n}}"
        );
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &action)
    }

    #[test]
    fn what_acts_on_a_version_that_is_off_is_reported() {
        for (version, line) in [
            ("TLSv1.3 Off", "ResetCipherTimer 60"),
            ("TLSv1.2 Off", "ServerExtendedMasterSecret Required"),
        ] {
            fires(
                NAME,
                &with(&format!("{version}\n{line}"), ""),
                "has no effect",
                line,
            );
        }
        let groups = "ServerKeyShareGroups 0023";
        fires(NAME, &with("TLSv1.3 Off", groups), "acts on TLSv1.3", groups);
        for (version, line) in [
            ("TLSv1.3 Off", "GSK_SESSION_TICKET_SERVER_TIMEOUT 300"),
            ("TLSv1.2 Off", "GSK_V3_SESSION_TIMEOUT 300"),
        ] {
            let sessions = format!("}}\nTTLSGskAdvancedParms\n{{\n{line}");
            fires(NAME, &with(version, &sessions), "has no effect", line);
        }
        let curves = "ServerKexECurves 0023";
        fires(NAME, &with("TLSv1.2 Off", curves), "acts on TLSv1.2", curves);
    }

    #[test]
    fn what_acts_on_a_version_that_is_on_or_asks_for_nothing_is_not() {
        silent(
            NAME,
            &with(
                "ResetCipherTimer 60\nServerExtendedMasterSecret Required",
                "ServerKexECurves 0023",
            ),
        );
        silent(
            NAME,
            &with("TLSv1.3 Off\nResetCipherTimer 0", "ServerKexECurves 0023"),
        );
        silent(
            NAME,
            &with(
                "TLSv1.2 Off\nServerExtendedMasterSecret On",
                "ServerKeyShareGroups 0023",
            ),
        );
    }
}
