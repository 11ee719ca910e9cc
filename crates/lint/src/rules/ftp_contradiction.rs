//! `ftp-contradiction`.

use ttls_policy::{CodedParam, CodedStatement};

use crate::model::Model;
use crate::rule::{Findings, lint_rule};

lint_rule! {
    /// FTP parameters contradict each other or the rule that they are for.
    ///
    /// * `SECURE_LOGIN NO_CLIENT_AUTH` with ServerWithClientAuth and ClientAuthType Required: certificates are demanded.
    /// * `SECURE_CTRLCONN CLEAR` with `TLSRFCLEVEL DRAFT`: the draft has no CCC.
    /// * `SECURE_SESSION_REUSE REQUIRED` with `SECURE_DATACONN NEVER`: there are no sessions to resume.
    /// * PORTCOMMANDPORT or PORTCOMMANDIPADDR with `PORTCOMMAND REJECT`: nothing is left to restrict.
    /// * `SECURE_FTP ALLOWED` for the port on which TLS is implicit: nobody can do without it there.
    ///
    /// ## Why it matters
    ///
    /// One of the two is not what happens.
    ///
    /// ## Example
    ///
    /// ```text
    /// TTLSFtpParms
    /// {
    ///   SECURE_CTRLCONN CLEAR
    ///   TLSRFCLEVEL     DRAFT
    /// }
    /// ```
    ///
    /// ## Instead
    ///
    /// Decide for one of them.
    FTP_CONTRADICTION = Warning "TTLS322" "ftp-contradiction" by check
}

/// A parameter, a word of it, another parameter with its word, and why they do not go together. No word: any.
type Pair = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const PAIRS: [Pair; 4] = [
    (
        "SECURE_CTRLCONN",
        "CLEAR",
        "TLSRFCLEVEL",
        "DRAFT",
        "the draft has no CCC",
    ),
    (
        "SECURE_SESSION_REUSE",
        "REQUIRED",
        "SECURE_DATACONN",
        "NEVER",
        "data connections have no sessions then",
    ),
    (
        "PORTCOMMANDPORT",
        "",
        "PORTCOMMAND",
        "REJECT",
        "no PORT is taken at all",
    ),
    (
        "PORTCOMMANDIPADDR",
        "",
        "PORTCOMMAND",
        "REJECT",
        "no PORT is taken at all",
    ),
];

fn check(model: &Model<'_>, findings: &mut Findings) {
    for rule in model.of("TTLSRule").filter(|rule| model.is_enabled(rule)) {
        for (keyword, word, other, other_word, why) in PAIRS {
            let is = |coded: &&CodedParam, word: &str| word.is_empty() || coded.word() == Some(word);
            let coded = model.effective(rule, keyword).filter(|coded| is(coded, word));
            let against = model.effective(rule, other).filter(|coded| is(coded, other_word));
            if let (Some(coded), Some(against)) = (coded, against) {
                report(findings, model, coded, against, why);
            }
        }
        check_login(model, rule, findings);
        check_implicit(model, rule, findings);
    }
}

fn check_login<'c>(model: &Model<'c>, rule: &'c CodedStatement, findings: &mut Findings) {
    let demands = model.effective(rule, "HandshakeRole").filter(|role| {
        let kind = model.effective_word(rule, "ClientAuthType").unwrap_or("Required");
        role.word() == Some("ServerWithClientAuth") && kind == "Required"
    });
    let login = model
        .effective(rule, "SECURE_LOGIN")
        .filter(|login| login.word() == Some("NO_CLIENT_AUTH"));
    if let (Some(login), Some(demands)) = (login, demands) {
        report(
            findings,
            model,
            login,
            demands,
            "every client must have a certificate",
        );
    }
}

/// All ports of the rule are the implicit one.
fn check_implicit<'c>(model: &Model<'c>, rule: &'c CodedStatement, findings: &mut Findings) {
    let allowed = model
        .effective(rule, "SECURE_FTP")
        .filter(|ftp| ftp.word() == Some("ALLOWED"));
    let implicit = model
        .effective(rule, "TLSPORT")
        .map_or("990", |port| model.text(port.at));
    let port = rule
        .param("LocalPortRange")
        .filter(|ports| model.text(ports.at) == implicit);
    if let (Some(allowed), Some(port)) = (allowed, port) {
        // The same parameters may well be those of port 21 too.
        let shared = model.of("TTLSRule").any(|other| {
            !std::ptr::eq(other, rule)
                && model
                    .effective(other, "SECURE_FTP")
                    .is_some_and(|coded| coded.at == allowed.at)
        });
        if !shared {
            report(findings, model, allowed, port, "TLS is implicit there");
        }
    }
}

fn report(findings: &mut Findings, model: &Model<'_>, coded: &CodedParam, against: &CodedParam, why: &str) {
    let shown = |coded: &CodedParam| format!("{} {}", coded.param.keyword, model.text(coded.at));
    let message = format!("{} does not go with {}: {why}", shown(coded), shown(against));
    let secondary = vec![(against.at, "against this".to_string())];
    findings.push(coded.at, message, "decide for one of them", secondary);
}

#[cfg(test)]
mod tests {
    use crate::testing::{fires, policy, rule_named, silent};

    const NAME: &str = "ftp-contradiction";

    fn ftp(role: &str, lines: &str) -> String {
        let action = format!(
            "HandshakeRole {role}\nTTLSEnvironmentAdvancedParms\n{{\nApplicationControlled On\nSecondaryMap On\n}}\n\
             TTLSFtpParms\n{{\n{lines}\n}}"
        );
        policy("LocalPortRange 21\nDirection Inbound").replace("HandshakeRole Server", &action)
    }

    #[test]
    fn each_contradiction_is_reported_at_one_end() {
        for (role, lines, line) in [
            (
                "Server",
                "SECURE_CTRLCONN CLEAR\nTLSRFCLEVEL DRAFT",
                "SECURE_CTRLCONN CLEAR",
            ),
            (
                "Server",
                "SECURE_SESSION_REUSE REQUIRED\nSECURE_DATACONN NEVER",
                "SECURE_SESSION_REUSE REQUIRED",
            ),
            (
                "Server",
                "PORTCOMMAND REJECT\nPORTCOMMANDPORT NOLOWPORTS",
                "PORTCOMMANDPORT NOLOWPORTS",
            ),
            (
                "ServerWithClientAuth",
                "SECURE_LOGIN NO_CLIENT_AUTH",
                "SECURE_LOGIN NO_CLIENT_AUTH",
            ),
        ] {
            fires(NAME, &ftp(role, lines), "does not go with", line);
        }
        let implicit = ftp("Server", "SECURE_FTP ALLOWED").replace("LocalPortRange 21", "LocalPortRange 990");
        fires(NAME, &implicit, "TLS is implicit", "SECURE_FTP ALLOWED");
    }

    #[test]
    fn what_goes_together_is_not() {
        silent(
            NAME,
            &ftp("Server", "SECURE_CTRLCONN CLEAR\nSECURE_LOGIN NO_CLIENT_AUTH"),
        );
        silent(
            NAME,
            &ftp("Server", "PORTCOMMAND ACCEPT\nPORTCOMMANDPORT NOLOWPORTS"),
        );
        silent(NAME, &ftp("ServerWithClientAuth", "SECURE_LOGIN REQUIRED"));
        let both =
            ftp("Server", "SECURE_FTP ALLOWED") + &rule_named("i", "LocalPortRange 990\nDirection Inbound");
        silent(NAME, &both);
    }
}
