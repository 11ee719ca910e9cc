//! Diagnostics as text.

use super::{Server, compiled, rendered};

#[test]
fn a_diagnostic_shows_its_line_its_place_and_what_to_do() {
    let text = Server {
        advanced: "  HandshakTimeout   5 # s\n",
        ..Server::default()
    }
    .text();
    let expected = "\
error[TTLS001]: TTLSEnvironmentAdvancedParms has no parameter `HandshakTimeout`
  --> /etc/ttls/policy:21:3
   |
21 |   HandshakTimeout   5 # s
   |   ^^^^^^^^^^^^^^^
   = help: did you mean `HandshakeTimeout`?
   = fix: write `HandshakeTimeout`
";
    assert_eq!(rendered(&compiled(&text)), expected);
}

#[test]
fn other_places_are_shown_too() {
    let text = Server {
        advanced: "Renegotiation Default\nRenegotiation Disabled\n",
        ..Server::default()
    }
    .text();
    let expected = "\
warning[TTLS051]: Renegotiation is coded again; the last one counts
  --> /etc/ttls/policy:22:1
   |
22 | Renegotiation Disabled
   | ^^^^^^^^^^^^^
  ::: /etc/ttls/policy:21:1
   |
21 | Renegotiation Default
   | ------------- coded before here
";
    assert_eq!(rendered(&compiled(&text)), expected);
}

#[test]
fn carets_stand_under_their_text_whatever_its_characters() {
    let text = Server {
        advanced: "\tCertificateLabel\tKäse#ß\n",
        ..Server::default()
    }
    .text();
    let shown = rendered(&compiled(&text));
    assert!(
        shown.contains("21 |  CertificateLabel Käse#ß\n   |                       ^^\n"),
        "{shown}"
    );
}

#[test]
fn passwords_are_never_shown() {
    for line in [
        "KeyringPw secret#1",
        "KeyringPw",
        "KeyrinPw secret",
        "keyringpw\tsecret#",
        "Keyring_PW secret",
    ] {
        let text = Server {
            keyring: &format!("{line}\n"),
            ..Server::default()
        }
        .text();
        let compilation = compiled(&text);
        assert!(
            !rendered(&compilation).contains("secret"),
            "{}",
            rendered(&compilation)
        );
        assert!(!format!("{compilation:?}").contains("secret"), "{compilation:?}");
    }
    let long = Server {
        keyring: &format!("KeyringPw {}\n", "secret".repeat(50)),
        ..Server::default()
    }
    .text();
    let compilation = compiled(&long);
    assert!(compilation.policy.is_none());
    assert!(!format!("{}{compilation:?}", rendered(&compilation)).contains("secret"));
}

#[test]
fn control_characters_and_endless_lines_are_kept_from_terminals() {
    let text = format!("\u{1b}[31mTTLSRul\u{202e}e {}\n{{\n}}\n", "x".repeat(5000));
    let shown = rendered(&compiled(&text));
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    assert!(shown.lines().all(|line| line.chars().count() < 200), "{shown}");
}

#[test]
fn many_diagnostics_of_a_large_source_are_rendered_without_counting_its_lines_again() {
    let text = format!("{}IpAddr a\n{{\n}}\n", "\n".repeat(200)).repeat(400);
    let compilation = compiled(&text);
    let renderer = ttls_policy::Renderer::new(&compilation.sources);
    for diagnostic in &compilation.diagnostics {
        assert_eq!(
            renderer.render(diagnostic),
            ttls_policy::render(diagnostic, &compilation.sources)
        );
    }
    let last = compilation.diagnostics.last().expect("one");
    assert!(
        renderer.render(last).contains("policy:81198:1"),
        "{}",
        renderer.render(last)
    );
}
