//! `ccc-without-clear`.

use std::collections::HashSet;

use ttls_policy::{CodedParam, Fix, HandshakeRole, Safety, SecureCtrlconn};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// CCCAFTERLOGIN TRUE has no effect: SECURE_CTRLCONN does not allow CCC.
    ///
    /// With `CCCAFTERLOGIN TRUE` a client leaves TLS on its control connection once the program is logged in, so that
    /// firewalls can read the ports. It does so with `SECURE_CTRLCONN CLEAR` only; the default is PRIVATE.
    ///
    /// ## Why it matters
    ///
    /// The control connection stays encrypted, and the firewall that was to read along opens no ports: data connections
    /// hang.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSFtpParms partner
    /// {
    ///   CCCAFTERLOGIN   TRUE
    ///   SECURE_CTRLCONN PRIVATE
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// `SECURE_CTRLCONN CLEAR` where the firewall must read along, `CCCAFTERLOGIN FALSE` where it need not (fixed passive
    /// ports, or no firewall).
    CCC_WITHOUT_CLEAR = Warning "TTLS327" "ccc-without-clear" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    let Some(policy) = model.policy() else {
        return;
    };
    // Rules share actions: each place is looked at once.
    let mut seen = HashSet::new();
    for set in policy.action_sets() {
        let idle = set.ftp.as_ref().is_some_and(|ftp| {
            ftp.value.client.ccc_after_login && ftp.value.secure_ctrlconn != SecureCtrlconn::Clear
        });
        if !idle || set.role.value != HandshakeRole::Client {
            continue;
        }
        // An FTP.DATA file may have said it.
        let coded = model.coded(set, "CCCAFTERLOGIN");
        let Some(coded) = coded.or_else(|| model.coded(set, "FtpDataFile")) else {
            continue;
        };
        if !seen.insert(coded.at) {
            continue;
        }
        let message = "CCCAFTERLOGIN TRUE has no effect: SECURE_CTRLCONN is not CLEAR";
        let help = "write SECURE_CTRLCONN CLEAR, or CCCAFTERLOGIN FALSE";
        let fix = (coded.param.keyword == "CCCAFTERLOGIN").then(|| off(coded));
        findings.push_with(coded.at, message, help, Vec::new(), fix);
    }
}

/// What happens stays the same.
fn off(coded: &CodedParam) -> Fix {
    Fix::new(Safety::Safe, "write `CCCAFTERLOGIN FALSE`", coded.at, "FALSE")
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "ccc-without-clear";

    fn client(lines: &str) -> String {
        let action = format!(
            "HandshakeRole Client\nTTLSEnvironmentAdvancedParms\n{{\nApplicationControlled On\nSecondaryMap On\n}}\n\
             TTLSFtpParms\n{{\n{lines}\n}}"
        );
        policy("RemotePortRange 21\nRemoteAddr 192.0.2.1\nDirection Outbound")
            .replace("HandshakeRole Server", &action)
    }

    #[test]
    fn a_ccc_that_is_not_allowed_is_reported() {
        fires(
            NAME,
            &client("CCCAFTERLOGIN TRUE"),
            "has no effect",
            "CCCAFTERLOGIN TRUE",
        );
        let safe = client("CCCAFTERLOGIN TRUE\nSECURE_CTRLCONN SAFE");
        fires(NAME, &safe, "has no effect", "CCCAFTERLOGIN TRUE");
    }

    #[test]
    fn an_allowed_one_and_none_are_not() {
        silent(NAME, &client("CCCAFTERLOGIN TRUE\nSECURE_CTRLCONN CLEAR"));
        silent(NAME, &client("CCCAFTERLOGIN FALSE"));
        silent(NAME, &client("SECURE_CTRLCONN PRIVATE"));
    }
}
