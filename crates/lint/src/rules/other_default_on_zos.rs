//! `other-default-on-zos`.

use std::collections::HashSet;

use ttls_policy::{CodedStatement, Edit, Fix, Safety};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// An environment leaves something to its default, which is another one on z/OS.
    ///
    /// On z/OS TLSv1 and TLSv1.1 are On and TLSv1.2 and TLSv1.3 are Off where they are not coded, and without
    /// TTLSCipherParms the list of cipher suites is an old one.
    ///
    /// ## Why it matters
    ///
    /// The same policy offers TLS 1.2 and 1.3 here, and TLS 1.0 and 1.1 there.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSEnvironmentAdvancedParms
    /// {
    ///   TLSv1.2 On
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// Code all of them: TLSv1 and TLSv1.1 Off, TLSv1.2 and TLSv1.3 On, and TTLSCipherParms. The fix adds the protocols where
    /// there is a block for them.
    OTHER_DEFAULT_ON_ZOS = Warning "TTLS342" "other-default-on-zos" when Portable by check
}

/// What holds here where it is not coded.
const PROTOCOLS: [(&str, &str); 4] = [
    ("TLSv1", "Off"),
    ("TLSv1.1", "Off"),
    ("TLSv1.2", "On"),
    ("TLSv1.3", "On"),
];

fn check(model: &Model<'_>, findings: &mut Findings) {
    let mut fixed = HashSet::new();
    for action in model.of("TTLSEnvironmentAction") {
        let advanced = action
            .slot("TTLSEnvironmentAdvancedParms")
            .and_then(|coded| model.follow(coded));
        let missing: Vec<(&str, &str)> = PROTOCOLS
            .into_iter()
            .filter(|(keyword, _)| advanced.is_none_or(|block| block.param(keyword).is_none()))
            .collect();
        if !missing.is_empty() {
            let names: Vec<&str> = missing.iter().map(|(keyword, _)| *keyword).collect();
            let message = format!(
                "{}: z/OS has other defaults of {}",
                action.title(),
                names.join(", ")
            );
            // Environments may share a block. Where there are errors, the text may not be laid out as it seems.
            let block = advanced.filter(|block| model.policy().is_some() && fixed.insert(block.keyword));
            let fix = block.and_then(|block| coded(model, block, &missing));
            findings.push_with(action.keyword, message, "code them", Vec::new(), fix);
        }
        if action.slot("TTLSCipherParms").is_none() {
            let message = format!(
                "{}: z/OS has another default list of cipher suites",
                action.title()
            );
            findings.push(action.keyword, message, "write TTLSCipherParms", Vec::new());
        }
    }
}

/// The lines that are missing, before the end of the block.
fn coded(model: &Model<'_>, block: &CodedStatement, missing: &[(&str, &str)]) -> Option<Fix> {
    let layout = model.layout(block.keyword)?;
    let lines = layout.block(block.keyword)?;
    let end = layout.line(lines.end - 1);
    let indent = block
        .params
        .first()
        .map_or("  ", |first| layout.indent(first.keyword.start));
    let text: String = missing
        .iter()
        .map(|(keyword, word)| format!("{indent}{keyword} {word}\n"))
        .collect();
    Some(Fix {
        message: "code what holds here".to_string(),
        safety: Safety::Safe,
        edits: vec![Edit {
            span: layout.span(end.start..end.start),
            replacement: text,
        }],
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires_with, found_with, policy, portable, silent_with};

    const NAME: &str = "other-default-on-zos";

    fn with(protocols: &str) -> String {
        let blocks = format!(
            "HandshakeRole Server\nTTLSEnvironmentAdvancedParms\n{{\n{protocols}\n}}\n\
             TTLSCipherParms\n{{\nV3CipherSuites4Char 1302C02F\n}}"
        );
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &blocks)
    }

    #[test]
    fn protocols_that_are_not_coded_are_reported() {
        let text = with("TLSv1 Off\nTLSv1.2 On");
        fires_with(
            &portable(),
            NAME,
            &text,
            "TLSv1.1, TLSv1.3",
            "TTLSEnvironmentAction e",
        );
        let text = policy("LocalPortRange 21\nDirection Inbound");
        assert_eq!(found_with(&portable(), NAME, &text).len(), 2);
    }

    #[test]
    fn protocols_that_are_all_coded_are_not() {
        silent_with(
            &portable(),
            NAME,
            &with("TLSv1 Off\nTLSv1.1 Off\nTLSv1.2 On\nTLSv1.3 On"),
        );
    }
}
