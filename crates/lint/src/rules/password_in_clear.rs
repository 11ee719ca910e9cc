//! `password-in-clear`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// The password of a key ring file stands in the policy.
    ///
    /// KeyringPw holds the password in clear.
    ///
    /// ## Why it matters
    ///
    /// Whoever reads the policy, its backups or its version history can open the private key.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSKeyringParms
    /// {
    ///   Keyring /etc/ttls/ftpd.p12
    ///   KeyringPw secret
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// Write the password into a file that only the agent's user can read, and name it with KeyringStashFile; or use
    /// a folder ring, which needs none.
    PASSWORD_IN_CLEAR = Warning "TTLS308" "password-in-clear" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for block in model.blocks() {
        let secrets = block.params.iter().filter(|coded| coded.param.secret);
        for coded in secrets {
            let message = format!("{} is in clear in the policy", coded.param.keyword);
            let help = match coded.param.keyword {
                "KeyringPw" => "use KeyringStashFile and change the password",
                _ => "keep the policy readable for the agent's user only",
            };
            findings.push(coded.keyword, message, help, Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, report, silent};

    const NAME: &str = "password-in-clear";

    fn with(line: &str) -> String {
        let ring = format!("Keyring /ring.p12\n{line}");
        policy("LocalPortRange 21\nDirection Inbound").replace("Keyring ring", &ring)
    }

    #[test]
    fn a_password_is_reported_and_not_repeated() {
        let text = with("KeyringPw hunter2");
        fires(NAME, &text, "KeyringPw is in clear", "KeyringPw hunter2");
        let report = report(&text);
        for diagnostic in &report.diagnostics {
            let shown = ttls_policy::render(diagnostic, &report.sources);
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn a_stash_file_is_how_it_is_meant() {
        silent(NAME, &with("KeyringStashFile /ring.sth"));
    }
}
