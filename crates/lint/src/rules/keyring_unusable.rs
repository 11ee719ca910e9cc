//! `keyring-unusable`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A key ring of the policy cannot be opened.
    ///
    /// It does not exist, cannot be read, its password is wrong, or it is of a kind that is not supported.
    ///
    /// ## Why it matters
    ///
    /// The policy is correct and would not be installed: environments are built from their rings before the first
    /// connection.
    ///
    /// ## Example
    ///
    /// ```text
    /// Keyring ftpd        # and there is no folder of this name among the key rings
    /// ```
    ///
    /// ## Instead
    ///
    /// `ttls keyring list` shows the rings there are, `ttls keyring new` makes one. Lint as the user that the agent runs
    /// under: others may not be able to read its keys.
    KEYRING_UNUSABLE = Error "TTLS361" "keyring-unusable" when Keyrings by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for used in model.ring_uses() {
        if let Err(error) = &used.ring {
            findings.push(
                used.at,
                error.to_string(),
                "`ttls keyring list` shows the rings there are",
                Vec::new(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Rings;

    const NAME: &str = "keyring-unusable";

    #[test]
    fn a_ring_that_is_not_there_is_reported_where_it_is_named() {
        Rings::new().fires(NAME, "Keyring nowhere", "", "nowhere", "Keyring nowhere");
    }

    #[test]
    fn a_ring_that_can_be_opened_is_not() {
        Rings::new().silent(NAME, "Keyring good", "");
    }
}
