//! What fixes make of policies.

use ttls_lint::{Fixed, Options, fix};
use ttls_policy::{Level, Safety, SourceText};

const ACTIONS: &str = "\
TTLSGroupAction g
{
  TTLSEnabled On
}
TTLSEnvironmentAction e
{
  HandshakeRole Server
  TTLSKeyringParms
  {
    Keyring ring
  }
}
";

const RULE: &str = "\
TTLSRule r
{
  LocalPortRange 21
  Direction Inbound
  TTLSGroupActionRef g
  TTLSEnvironmentActionRef e
}
";

fn fixed(text: &str, most: Safety) -> Fixed {
    let source = SourceText {
        name: "p".to_string(),
        text: text.to_string(),
    };
    fix(
        source,
        &mut |_| Err(std::io::ErrorKind::NotFound.into()),
        &Options::default(),
        most,
    )
}

/// The policy with `before` in it becomes the one with `after`, by fixes of this safety and not by safer ones.
#[track_caller]
fn becomes(safety: Safety, frame: &str, before: &str, after: &str) {
    let text = frame.replace("@@", before);
    let wanted = frame.replace("@@", after);
    if safety == Safety::Unsafe {
        assert_eq!(fixed(&text, Safety::Safe).text, text, "by safe fixes");
    }
    let fixed = fixed(&text, safety);
    assert_eq!(fixed.text, wanted, "{:#?}", fixed.report.diagnostics);
}

fn with_rule(line: &str) -> String {
    RULE.replace("  Direction Inbound\n", &format!("  Direction Inbound\n{line}")) + ACTIONS
}

fn with_ciphers(lines: &str) -> String {
    let block = format!("  HandshakeRole Server\n  TTLSCipherParms\n  {{\n{lines}  }}\n");
    RULE.to_string() + &ACTIONS.replace("  HandshakeRole Server\n", &block)
}

#[test]
fn misspelt_keywords_become_the_nearest_and_layout_and_comments_stay() {
    let frame = "# top\n\n@@ACTIONS\n# end\n".replace("ACTIONS", ACTIONS);
    becomes(
        Safety::Safe,
        &frame,
        "TTLRule  r   # the rule\n{\n\tLocalPortRnage   21   # port\n Directoin Inbund\n  TTLGroupActionRef g\n  TTLSEnvironmentActionRef e\n}\n",
        "TTLSRule  r   # the rule\n{\n\tLocalPortRange   21   # port\n Direction Inbound\n  TTLSGroupActionRef g\n  TTLSEnvironmentActionRef e\n}\n",
    );
}

#[test]
fn a_blank_is_put_between_keyword_and_value() {
    becomes(Safety::Safe, &with_rule("@@"), "  Priority=7\n", "  Priority 7\n");
}

#[test]
fn a_value_that_could_be_two_words_stays() {
    let text = format!("{RULE}{}", ACTIONS.replace("Enabled On", "Enabled Of"));
    assert_eq!(fixed(&text, Safety::Unsafe).text, text);
}

#[test]
fn of_a_repeated_parameter_the_last_one_stays() {
    becomes(
        Safety::Safe,
        &with_rule("@@"),
        "  Priority 5 # was\n  Priority 6\n",
        "  # was\n  Priority 6\n",
    );
}

#[test]
fn a_replaced_block_goes_as_a_whole() {
    let ring = "TTLSKeyringParms k\n{\n  Keyring other\n}\n";
    let frame = format!(
        "{RULE}{ring}{}",
        ACTIONS.replace("  TTLSKeyringParms\n  {\n    Keyring ring\n  }\n", "@@")
    );
    becomes(
        Safety::Safe,
        &frame,
        "  TTLSKeyringParms\n  {\n    Keyring ring\n  }\n  TTLSKeyringParmsRef k\n",
        "  TTLSKeyringParmsRef k\n",
    );
}

#[test]
fn of_equal_definitions_one_stays_and_of_different_ones_unsafely_the_last() {
    let frame = format!("@@{RULE}{ACTIONS}");
    becomes(
        Safety::Safe,
        &frame,
        "TTLSGroupAction g\n{\n TTLSEnabled  On # x\n}\n\n",
        "",
    );
    becomes(
        Safety::Unsafe,
        &frame,
        "TTLSGroupAction g\n{\n TTLSEnabled Off\n}\n",
        "",
    );
}

#[test]
fn text_behind_values_becomes_a_comment() {
    becomes(
        Safety::Safe,
        &with_rule("@@"),
        "  Priority 5 high enough\n",
        "  Priority 5 # high enough\n",
    );
}

#[test]
fn braces_get_lines_of_their_own() {
    becomes(
        Safety::Safe,
        &format!("@@{ACTIONS}"),
        "TTLSRule r { # one\n  LocalPortRange 21\n  Direction Inbound\n  TTLSGroupActionRef g\n  TTLSEnvironmentActionRef e }\n",
        "TTLSRule r\n{ # one\n  LocalPortRange 21\n  Direction Inbound\n  TTLSGroupActionRef g\n  TTLSEnvironmentActionRef e \n  }\n",
    );
}

#[test]
fn missing_braces_are_put_in_unsafely() {
    becomes(
        Safety::Unsafe,
        &format!("{}@@{ACTIONS}", RULE.trim_end_matches("}\n")),
        "",
        "}\n",
    );
    becomes(
        Safety::Unsafe,
        &format!("{ACTIONS}{}@@", RULE.trim_end_matches("}\n")),
        "",
        "}\n",
    );
    let (head, body) = RULE.split_once("{\n").expect("a brace");
    becomes(Safety::Unsafe, &format!("{head}@@{body}{ACTIONS}"), "", "{\n");
}

#[test]
fn a_reference_of_the_wrong_kind_gets_the_right_keyword() {
    let set = "IpAddrSet s\n{\n  Prefix 10.0.0.0/8\n}\n";
    becomes(
        Safety::Safe,
        &(with_rule("@@") + set),
        "  RemoteAddrRef s\n",
        "  RemoteAddrSetRef s\n",
    );
}

#[test]
fn names_values_and_ports_in_the_wrong_place_are_guesses() {
    becomes(
        Safety::Unsafe,
        &with_rule("@@"),
        "  TTLSConnectionActionRef conection\n",
        "  TTLSConnectionActionRef conection\n",
    );
    let connection = "TTLSConnectionAction connection\n{\n  Trace 6\n}\n";
    becomes(
        Safety::Unsafe,
        &(with_rule("@@") + connection),
        "  TTLSConnectionActionRef conection\n",
        "  TTLSConnectionActionRef connection\n",
    );
    becomes(
        Safety::Unsafe,
        &with_rule("@@"),
        "  RemoteAddr 6793\n",
        "  RemotePortRange 6793\n",
    );
    becomes(
        Safety::Unsafe,
        &with_rule("@@"),
        "  RemotePortRange 5100-5000\n",
        "  RemotePortRange 5000-5100\n",
    );
    let prefix = "  RemoteAddr 10.1.2.3/8\n";
    becomes(
        Safety::Safe,
        &with_rule("@@"),
        prefix,
        "  RemoteAddr 10.0.0.0/8\n",
    );
}

#[test]
fn weak_suites_go_and_a_strong_one_is_left() {
    for (before, after) in [
        (
            "    V3CipherSuites4Char 0035C02F1302\n",
            "    V3CipherSuites4Char C02F1302\n",
        ),
        (
            "    V3CipherSuites TLS_RSA_WITH_RC4_128_SHA\n    V3CipherSuites TLS_AES_256_GCM_SHA384\n",
            "    V3CipherSuites TLS_AES_256_GCM_SHA384\n",
        ),
    ] {
        becomes(Safety::Unsafe, &with_ciphers("@@"), before, after);
    }
    let all_weak = fixed(
        &with_ciphers("    V3CipherSuites 0A35 # old\n    V3CipherSuites 05\n"),
        Safety::Unsafe,
    );
    let strong = with_ciphers("    V3CipherSuites4Char C02CC02BC030C02F130213011303 # old\n");
    assert_eq!(all_weak.text, strong);
    becomes(
        Safety::Safe,
        &with_ciphers("@@"),
        "    V3CipherSuites C02F1302\n",
        "    V3CipherSuites4Char C02F1302\n",
    );
}

#[test]
fn unused_objects_go_unsafely_with_what_only_they_used() {
    let unused = "PortRange a\n{\n  Port 22\n}\nPortGroup b\n{\n  PortRangeRef a\n}\n";
    becomes(Safety::Unsafe, &format!("{RULE}@@{ACTIONS}"), unused, "");
}

#[test]
fn protocols_that_are_refused_are_turned_off_unsafely() {
    let block = "  HandshakeRole Server\n  TTLSEnvironmentAdvancedParms\n  {\n@@  }\n";
    let frame = RULE.to_string() + &ACTIONS.replace("  HandshakeRole Server\n", block);
    becomes(Safety::Unsafe, &frame, "    TLSv1.1 On\n", "    TLSv1.1 Off\n");
    becomes(
        Safety::Safe,
        &frame,
        "    TLSV1.2 On\n    TLSv13 On\n",
        "    TLSV1.2 On\n    TLSv1.3 On\n",
    );
}

#[test]
fn allow_comments_that_allow_nothing_go() {
    let frame = with_rule("@@");
    becomes(
        Safety::Safe,
        &frame,
        "  Priority 5 # ttls: allow(payload-trace) x\n",
        "  Priority 5\n",
    );
    becomes(
        Safety::Safe,
        &frame,
        "  # ttls: allow(payload-trace, weak-cipher) x\n",
        "",
    );
    becomes(Safety::Safe, &frame, "  # ttls: allow(payload-trase) x\n", "");
}

#[test]
fn what_remains_is_reported_and_what_was_done_is_counted() {
    let text = format!(
        "{}{}",
        RULE.replace("Inbound", "Inbund"),
        ACTIONS.replace("Enabled On", "Enabled Maybe")
    );
    let fixed = fixed(&text, Safety::Unsafe);
    assert_eq!(
        fixed.applied.into_iter().collect::<Vec<_>>(),
        [("invalid-value", 1)]
    );
    let left: Vec<&str> = fixed.report.diagnostics.iter().map(|d| d.name).collect();
    assert_eq!(left, ["invalid-value"]);
    assert_eq!(fixed.report.diagnostics[0].level, Level::Error);
}
