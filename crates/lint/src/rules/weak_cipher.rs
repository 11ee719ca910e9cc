//! `weak-cipher`.

use ttls_policy::{CodedParam, CodedValue, Edit, Fix, Safety, Span, suite_name};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// A list of cipher suites has weak ones.
    ///
    /// Weak are suites without encryption (NULL), export suites, those with RC2, RC4, DES or 3DES, those with MD5, and
    /// those without forward secrecy (static RSA, DH and ECDH key exchange).
    ///
    /// ## Why it matters
    ///
    /// This engine has none of them and leaves them out. The same policy on z/OS uses them, and a partner who offers
    /// nothing better gets them. Without forward secrecy, whoever gets the private key later can read what was
    /// recorded before.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSCipherParms old
    /// {
    ///   V3CipherSuites TLS_RSA_WITH_3DES_EDE_CBC_SHA
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// `V3CipherSuites4Char C02CC02BC030C02F` for TLS 1.2, `130213011303` for TLS 1.3, or both in one list.
    WEAK_CIPHER = Warning "TTLS311" "weak-cipher" by check
}

/// What to write where nothing strong is left.
const STRONG: &str = "V3CipherSuites4Char C02CC02BC030C02F130213011303";

/// Suites that a message names.
const SHOWN: usize = 4;

fn check(model: &Model<'_>, findings: &mut Findings) {
    for block in model.blocks() {
        let lists = || block.params.iter().filter(|coded| !codes(coded).is_empty());
        let mut keeps_one = lists().any(|coded| codes(coded).iter().any(|code| !is_weak(*code)));
        for coded in lists() {
            let mut weak: Vec<String> = codes(coded)
                .iter()
                .filter_map(|code| {
                    let name = suite_name(*code)?;
                    Some(format!("{name} ({})", weakness(name)?))
                })
                .collect();
            weak.dedup();
            if weak.is_empty() {
                continue;
            }
            let more = if weak.len() > SHOWN { ", ..." } else { "" };
            let count = weak.len();
            weak.truncate(SHOWN);
            let plural = if count == 1 { "suite" } else { "suites" };
            let message = format!("{count} weak cipher {plural}: {}{more}", weak.join(", "));
            let help = "write `V3CipherSuites4Char C02CC02BC030C02F` for TLS 1.2, 130213011303 for TLS 1.3";
            let fix = without_weak(model, coded, keeps_one);
            keeps_one = true;
            findings.push_with(coded.at, message, help, Vec::new(), fix);
        }
    }
}

fn codes(coded: &CodedParam) -> &[u16] {
    match &coded.value {
        CodedValue::Suites(codes) => codes,
        _ => &[],
    }
}

fn is_weak(code: u16) -> bool {
    suite_name(code).is_some_and(|name| weakness(name).is_some())
}

/// The strong suites of a line; where there are none, a strong list unless the block keeps a suite elsewhere.
fn without_weak(model: &Model<'_>, coded: &CodedParam, keeps_one: bool) -> Option<Fix> {
    let layout = model.layout(coded.keyword)?;
    let strong = codes(coded).iter().filter(|code| !is_weak(**code));
    // A string of codes has as many digits for each.
    let digits = layout.text(coded.at).len() / codes(coded).len();
    let strong: String = match digits {
        2 => strong.map(|code| format!("{code:02X}")).collect(),
        _ => strong.map(|code| format!("{code:04X}")).collect(),
    };
    let (message, edit) = if !strong.is_empty() {
        let message = format!("leave {strong}");
        (message, edit(coded.at, &strong))
    } else if keeps_one {
        let removal = layout.without_line(coded.keyword.start);
        ("remove the line".to_string(), removal)
    } else {
        let line = layout.span(coded.keyword.start..coded.at.end);
        (format!("write `{STRONG}`"), edit(line, STRONG))
    };
    Some(Fix {
        message,
        safety: Safety::Unsafe,
        edits: vec![edit],
    })
}

fn edit(span: Span, text: &str) -> Edit {
    Edit {
        span,
        replacement: text.to_string(),
    }
}

/// What is wrong with a suite of this name.
fn weakness(name: &str) -> Option<&'static str> {
    let has = |part: &str| name.contains(part);
    if has("_NULL_") {
        Some("no encryption")
    } else if has("EXPORT") {
        Some("export key")
    } else if has("_RC2_") || has("_RC4_") || has("_DES_") {
        Some("broken cipher")
    } else if has("3DES") {
        Some("64-bit blocks")
    } else if has("MD5") {
        Some("MD5")
    } else if ["TLS_RSA_", "TLS_DH_", "TLS_ECDH_"]
        .iter()
        .any(|start| name.starts_with(start))
    {
        Some("no forward secrecy")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::weakness;
    use crate::testing::{fires, policy, silent};

    const NAME: &str = "weak-cipher";

    fn with(line: &str) -> String {
        let list = format!("HandshakeRole Server\nTTLSCipherParms\n{{\n{line}\n}}");
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &list)
    }

    #[test]
    fn weak_suites_are_named_with_what_is_wrong() {
        let text = with("V3CipherSuites4Char 003500051302C02F");
        fires(
            NAME,
            &text,
            "2 weak cipher suites: TLS_RSA_WITH_AES_256_CBC_SHA (no forward secrecy)",
            "V3CipherSuites4Char 003500051302C02F",
        );
    }

    #[test]
    fn what_the_page_recommends_is_not_weak() {
        silent(NAME, &with("V3CipherSuites4Char C02CC02BC030C02F130213011303"));
    }

    #[test]
    fn each_weakness_has_its_name() {
        for (name, what) in [
            ("TLS_ECDHE_RSA_WITH_NULL_SHA", Some("no encryption")),
            ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", Some("export key")),
            ("TLS_DHE_RSA_WITH_DES_CBC_SHA", Some("broken cipher")),
            ("TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA", Some("64-bit blocks")),
            ("TLS_DH_RSA_WITH_AES_128_GCM_SHA256", Some("no forward secrecy")),
            ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", None),
            ("TLS_AES_128_GCM_SHA256", None),
        ] {
            assert_eq!(weakness(name), what, "{name}");
        }
    }
}
