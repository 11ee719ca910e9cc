//! `not-on-zos`.

use ttls_policy::schema::{Kind, Param};
use ttls_policy::{CodedParam, CodedValue};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// z/OS would not take this: it is an extension of ttls, or a value beyond the limits of z/OS.
    ///
    /// Extensions are TTLSFtpParms and TTLSGateway, the cipher suites CCA8 and CCA9, the group 4588, and `::1`. On z/OS user
    /// and job names have at most eight characters, of A-Z, 0-9, @, # and $; and a path is a key database or PKCS#12 file,
    /// for which KeyringPw or KeyringStashFile must be coded.
    ///
    /// ## Why it matters
    ///
    /// z/OS installs nothing of a policy with one error in it.
    ///
    /// ## Example
    ///
    /// ```text
    /// Userid www-data-batch
    /// ```
    ///
    /// ## Instead
    ///
    /// Keep what only Linux takes in a file of its own.
    NOT_ON_ZOS = Error "TTLS341" "not-on-zos" when Portable by check
}

fn check(model: &Model<'_>, findings: &mut Findings) {
    for block in model.blocks() {
        if block.statement.extension {
            let message = format!("{} is an extension", block.statement.keyword);
            findings.push(block.keyword, message, "keep it in a file of its own", Vec::new());
            continue;
        }
        for coded in &block.params {
            // An inline block speaks for itself.
            let is_block = matches!(coded.value, CodedValue::Block(_));
            if coded.param.extension && !is_block {
                let message = format!("{} is an extension", coded.param.keyword);
                findings.push(coded.keyword, message, "keep it in a file of its own", Vec::new());
            } else if let Some(problem) = problem(coded, model.text(coded.at)) {
                let message = format!("{} {problem}", coded.param.keyword);
                findings.push(coded.at, message, "z/OS would refuse the policy", Vec::new());
            }
        }
        let opened = ["KeyringPw", "KeyringStashFile"]
            .iter()
            .any(|keyword| block.param(keyword).is_some());
        if let (Some(ring), false) = (block.param("Keyring"), opened)
            && model.text(ring.at).starts_with('/')
        {
            let message =
                "Keyring is a folder: z/OS takes a ring, or a file with KeyringStashFile or KeyringPw";
            findings.push(ring.at, message, "name a ring: `user/ring`", Vec::new());
        }
    }
}

/// What is beyond z/OS about a value.
fn problem(coded: &CodedParam, text: &str) -> Option<String> {
    match (coded.param, &coded.value) {
        (_, CodedValue::Suites(codes)) => {
            let code = codes.iter().find(|code| matches!(code, 0xCCA8 | 0xCCA9))?;
            Some(format!("lists {code:04X}, which z/OS does not know"))
        }
        (
            Param {
                kind: Kind::Curves(_),
                ..
            },
            _,
        ) => {
            let has = text.eq_ignore_ascii_case("X25519MLKEM768")
                || (0..text.len())
                    .step_by(4)
                    .any(|at| text.get(at..at + 4) == Some("4588"));
            has.then(|| "lists 4588, which z/OS does not know".to_string())
        }
        (
            Param {
                kind: Kind::Pattern, ..
            },
            _,
        ) => names(text),
        (
            Param {
                kind: Kind::Address | Kind::AddressSpec | Kind::AddressRange | Kind::Prefix,
                ..
            },
            _,
        ) => text
            .split(['-', '/'])
            .any(|address| address == "::1")
            .then(|| "::1 lies in ::/96, which z/OS refuses".to_string()),
        _ => None,
    }
}

/// Names of users and jobs.
fn names(text: &str) -> Option<String> {
    let fixed = text.strip_suffix('*').unwrap_or(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '#' | '$');
    if text.chars().count() > 8 {
        return Some(format!("`{text}` has more than 8 characters"));
    }
    let other = fixed.chars().find(|c| !plain(*c))?;
    Some(format!("`{text}` has the character `{other}`"))
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires_with, found, policy, portable, silent_with};

    const NAME: &str = "not-on-zos";

    #[test]
    fn extensions_and_values_beyond_the_limits_are_reported() {
        for (line, part) in [
            ("Userid www-data", "`-`"),
            ("Jobname longbatchname", "more than 8"),
            ("LocalAddr ::1", "::/96"),
        ] {
            let text = policy(&format!("LocalPortRange 21\nDirection Inbound\n{line}"));
            fires_with(&portable(), NAME, &text, part, line);
            assert_eq!(found(NAME, &text), []);
        }
        let gateway = "TTLSGateway gw\n{\nListen 127.0.0.1:8021\nTarget 127.0.0.1:21\nUnmatched Clear\n}\n";
        let text = policy("LocalPortRange 21\nDirection Inbound") + gateway;
        fires_with(
            &portable(),
            NAME,
            &text,
            "TTLSGateway is an extension",
            "TTLSGateway gw",
        );
    }

    #[test]
    fn suites_groups_and_folders_too() {
        let frame = policy("LocalPortRange 21\nDirection Inbound");
        for (block, line) in [
            ("TTLSCipherParms", "V3CipherSuites4Char 1302CCA8"),
            ("TTLSSignatureParms", "ClientECurves 00294588"),
        ] {
            let block = format!("HandshakeRole Server\n{block}\n{{\n{line}\n}}");
            let text = frame.replace("HandshakeRole Server", &block);
            fires_with(&portable(), NAME, &text, "z/OS does not know", line);
        }
        let text = frame.replace("Keyring ring", "Keyring /etc/ttls/rings/ftpd");
        fires_with(&portable(), NAME, &text, "folder", "Keyring /etc/ttls/rings/ftpd");
    }

    #[test]
    fn what_zos_takes_is_not() {
        let text = policy("LocalPortRange 21\nDirection Inbound\nUserid FTPD*\nRemoteAddr 2001:db8::1");
        silent_with(&portable(), NAME, &text);
    }
}
