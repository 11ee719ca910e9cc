//! `required-extension`.

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A server refuses clients that do not send an extension which they need not send.
    ///
    /// `ServerHandshakeSNI Required` and `ServerMaxSSLFragment Required` end the handshake with clients that do not ask for
    /// them. `Optional` honours the extension where it comes.
    ///
    /// ## Why it matters
    ///
    /// Many clients send no host name, those that connect by address for instance, and cannot get in.
    ///
    /// ## Example
    ///
    /// ```text
    /// ServerHandshakeSNI Required
    /// ```
    ///
    /// ## Instead
    ///
    /// `Optional`, unless it is meant: `# ttls: allow(required-extension) our clients all send names`.
    REQUIRED_EXTENSION = Note "TTLS326" "required-extension" by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for coded in model.blocks().into_iter().flat_map(|block| &block.params) {
        let keyword = coded.param.keyword;
        if ["ServerHandshakeSNI", "ServerMaxSSLFragment"].contains(&keyword)
            && coded.word() == Some("Required")
        {
            let message = format!("{keyword} Required cuts off clients without the extension");
            findings.push(
                coded.at,
                message,
                "write Optional, or allow it with a reason",
                Vec::new(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "required-extension";

    fn with(mode: &str) -> String {
        let block = format!(
            "HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{{\nServerHandshakeSNI {mode}\n\
             ServerHandshakeSNIList a.example/l\n}}"
        );
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &block)
    }

    #[test]
    fn required_is_reported() {
        fires(NAME, &with("Required"), "cuts off", "ServerHandshakeSNI Required");
    }

    #[test]
    fn optional_is_not() {
        silent(NAME, &with("Optional"));
    }
}
