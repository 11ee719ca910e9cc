//! `ttls lint` and `ttls explain` as a user meets them.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{stderr, stdout, ttls_reading as ttls, ttls_reading_bytes};

const POLICY: &str = "\
TTLSRule r
{
  LocalPortRange 21
  Direction Inbound
  TTLSGroupActionRef g
  TTLSEnvironmentActionRef e
}
TTLSGroupAction g
{
  TTLSEnabled On
  Trace 38
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

/// `a.ttls`, `deep/b.ttls` and a file that is no policy.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::fs::create_dir_all(folder.path().join("p/deep")).expect("writable");
    for (name, text) in [
        ("a.ttls", POLICY),
        ("deep/b.ttls", "TTLSRul x\n"),
        ("notes.txt", "nothing"),
    ] {
        std::fs::write(folder.path().join("p").join(name), text).expect("writable");
    }
    folder
}

#[test]
fn ready_policies_have_nothing_to_complain_about() {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let output = ttls(&policies, &["lint", "--deny", "note", "."], "");
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("ftp-server.ttls: no findings"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_folder_stands_for_the_policies_in_it_and_below_it() {
    let folder = folder();
    let output = ttls(folder.path(), &["lint", "--format", "concise", "p"], "");
    assert_eq!(output.status.code(), Some(1));
    let expected = "\
p/a.ttls:11:9: warning[TTLS309] payload-trace: Trace 38 has bit 32: the content of connections may be traced
p/deep/b.ttls:1:1: error[TTLS001] unknown-keyword: there is no statement `TTLSRul`
";
    assert_eq!(stdout(&output), expected);
    assert!(!stderr(&output).contains("notes.txt"), "{}", stderr(&output));
    std::fs::create_dir(folder.path().join("empty")).expect("writable");
    let output = ttls(folder.path(), &["lint", "empty"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no .ttls file"), "{}", stderr(&output));
}

#[test]
fn warnings_of_lint_rules_count_for_deny_and_comments_allow_them() {
    let folder = folder();
    assert_eq!(
        ttls(folder.path(), &["lint", "p/a.ttls"], "").status.code(),
        Some(0)
    );
    let denied = ttls(folder.path(), &["lint", "--deny", "warning", "p/a.ttls"], "");
    assert_eq!(denied.status.code(), Some(1));
    let allowed = POLICY.replace("Trace 38", "Trace 38 # ttls: allow(payload-trace) until Friday");
    let output = ttls(folder.path(), &["lint", "--deny", "note", "-"], &allowed);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn standard_input_is_a_policy_with_a_name() {
    let folder = folder();
    let output = ttls(folder.path(), &["lint", "--format", "json", "-"], POLICY);
    let finding: Value = serde_json::from_str(&stdout(&output)).expect("one line of JSON");
    assert_eq!(finding["file"], "(standard input)");
    assert_eq!(finding["name"], "payload-trace");
    assert!(
        stderr(&output).contains("(standard input): 1 finding(s), would be installed"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn machine_formats_leave_nothing_else_on_standard_output() {
    let folder = folder();
    let output = ttls(folder.path(), &["lint", "--format", "sarif", "p"], "");
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(2));
    let output = ttls(folder.path(), &["lint", "--format", "github", "p"], "");
    assert!(
        stdout(&output).lines().all(|line| line.starts_with("::")),
        "{}",
        stdout(&output)
    );
}

#[test]
fn findings_and_keywords_are_explained_and_others_get_a_hint() {
    let folder = folder();
    for (word, part) in [
        ("TTLS301", "shadowed-rule"),
        ("payload-trace", "Why it matters"),
        ("ttls007", "undefined-reference"),
        ("handshakerole", "ServerWithClientAuth"),
        ("TTLSGateway", "Parameters:"),
    ] {
        let output = ttls(folder.path(), &["explain", word], "");
        assert_eq!(output.status.code(), Some(0), "{word}");
        assert!(stdout(&output).contains(part), "{word}: {}", stdout(&output));
    }
    let output = ttls(folder.path(), &["explain", "payload-trance"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("did you mean payload-trace?"),
        "{}",
        stderr(&output)
    );
}

/// Misspelt, with a comment, a password and something only an unsafe fix does.
const BROKEN: &str = "\
# our ring
TTLRule r   # all of it
{
\tLocalPortRange 21
  Directoin Inbound
  TTLSGroupActionRef g
  TTLSEnvironmentActionRef e
}
TTLSGroupAction g
{
  TTLSEnabled On
  Trace 38
}
TTLSEnvironmentAction e
{
  HandshakeRole Server
  TTLSKeyringParms
  {
    Keyring /ring.p12
    KeyringPww hunter2
  }
}
";

fn mended() -> String {
    BROKEN
        .replace("TTLRule", "TTLSRule")
        .replace("Directoin", "Direction")
        .replace("KeyringPww", "KeyringPw")
}

#[test]
fn safe_fixes_change_the_file_at_once_and_keep_its_mode_and_links() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("real.ttls");
    std::fs::write(&path, BROKEN).expect("writable");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("ours");
    std::os::unix::fs::symlink("real.ttls", folder.path().join("link.ttls")).expect("a link");
    let output = ttls(folder.path(), &["lint", "--fix", "link.ttls"], "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("link.ttls: fixed unknown-keyword (3)"),
        "{}",
        stderr(&output)
    );
    assert!(stdout(&output).contains("payload-trace") || stdout(&output).contains("TTLS309"));
    assert_eq!(std::fs::read_to_string(&path).expect("readable"), mended());
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    let link = std::fs::symlink_metadata(folder.path().join("link.ttls")).expect("there");
    assert!(link.file_type().is_symlink());
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);
    let again = ttls(folder.path(), &["lint", "--fix", "link.ttls"], "");
    assert!(!stderr(&again).contains("fixed"), "{}", stderr(&again));
}

#[test]
fn unsafe_fixes_are_made_only_when_asked_for_and_need_something_to_do() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("p.ttls");
    std::fs::write(&path, BROKEN).expect("writable");
    let output = ttls(folder.path(), &["lint", "--fix", "--unsafe-fixes", "p.ttls"], "");
    assert_eq!(output.status.code(), Some(0));
    let text = std::fs::read_to_string(&path).expect("readable");
    assert_eq!(text, mended().replace("Trace 38", "Trace 6"));
    for arguments in [
        ["lint", "--unsafe-fixes", "p.ttls"].as_slice(),
        &["lint", "--fix", "--diff", "p.ttls"],
    ] {
        assert_eq!(ttls(folder.path(), arguments, "").status.code(), Some(2));
    }
}

#[test]
fn a_diff_shows_what_would_change_and_changes_nothing() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("p.ttls");
    std::fs::write(&path, BROKEN).expect("writable");
    let output = ttls(folder.path(), &["lint", "--diff", "p.ttls"], "");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let diff = stdout(&output);
    for line in [
        "--- p.ttls\n+++ p.ttls\n@@ ",
        "\n-TTLRule r   # all of it\n+TTLSRule r   # all of it\n",
        "\n-    KeyringPww ********\n+    KeyringPw ********\n",
    ] {
        assert!(diff.contains(line), "{line}: {diff}");
    }
    assert!(!diff.contains("hunter2") && !stderr(&output).contains("hunter2"));
    assert_eq!(std::fs::read_to_string(&path).expect("readable"), BROKEN);
}

#[test]
fn the_fixed_text_of_standard_input_goes_to_standard_output() {
    let folder = TempDir::new().expect("a folder");
    let output = ttls(folder.path(), &["lint", "--fix", "-"], BROKEN);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), mended());
    assert!(stderr(&output).contains("TTLS309"), "{}", stderr(&output));
    let output = ttls(folder.path(), &["lint", "--fix", "-"], "nothing to fix");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "nothing to fix");
}

#[test]
fn text_that_is_not_utf_8_is_not_written_with_other_characters() {
    let folder = TempDir::new().expect("a folder");
    // Latin 1, and in a comment: the policy itself can be read.
    let latin = [b"# f\xFCr ann\n", BROKEN.as_bytes()].concat();
    std::fs::write(folder.path().join("p.ttls"), &latin).expect("writable");
    for arguments in [
        &["lint", "--fix", "-"][..],
        &["lint", "--diff", "-"],
        &["lint", "--diff", "p.ttls"],
        &["fmt", "-"],
        &["fmt", "--diff", "-"],
        &["fmt", "--diff", "p.ttls"],
        &["fmt", "p.ttls"],
        &["lint", "--fix", "p.ttls"],
    ] {
        let output = ttls_reading_bytes(folder.path(), arguments, &latin);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        let said = stderr(&output);
        assert!(said.contains("is not UTF-8"), "{arguments:?}: {said}");
    }
    assert_eq!(
        std::fs::read(folder.path().join("p.ttls")).expect("readable"),
        latin
    );
    let output = ttls_reading_bytes(folder.path(), &["lint", "-"], &latin);
    assert!(stdout(&output).contains("TTLS309"), "looking needs no writing");
}

#[test]
fn what_cannot_be_read_or_written_is_2_and_the_rest_is_still_done() {
    let folder = folder();
    std::fs::write(folder.path().join("bytes.ttls"), [0xFF, 0xFE]).expect("writable");
    let arguments = [
        "lint",
        "bytes.ttls",
        "none.ttls",
        "p/a.ttls",
        "--format",
        "concise",
    ];
    let output = ttls(folder.path(), &arguments, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("payload-trace"), "{}", stdout(&output));
    for name in ["bytes.ttls", "none.ttls"] {
        assert!(stderr(&output).contains(name), "{}", stderr(&output));
    }
}

#[test]
fn key_rings_are_looked_into_when_asked_for() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("p.ttls"), POLICY).expect("writable");
    let lint = |more: &[&str]| {
        let arguments = [
            &["lint", "--format", "concise", "--keyrings=rings"],
            more,
            &["p.ttls"],
        ]
        .concat();
        ttls(folder.path(), &arguments, "")
    };
    let missing = lint(&[]);
    assert_eq!(missing.status.code(), Some(1), "{}", stderr(&missing));
    assert!(
        stdout(&missing).contains("p.ttls:18:13: error[TTLS361] keyring-unusable"),
        "{}",
        stdout(&missing)
    );
    let new = [
        "keyring",
        "new",
        "ring",
        "--keyrings",
        "rings",
        "--host",
        "ftp.example.com",
        "--days",
        "10",
    ];
    assert_eq!(ttls(folder.path(), &new, "").status.code(), Some(0));
    let soon = lint(&[]);
    assert_eq!(soon.status.code(), Some(0), "{}", stdout(&soon));
    assert!(
        stdout(&soon).contains("certificate-expires-soon"),
        "{}",
        stdout(&soon)
    );
    let later = lint(&["--expiry-days", "5"]);
    assert!(!stdout(&later).contains("certificate"), "{}", stdout(&later));
    let without = ttls(folder.path(), &["lint", "--expiry-days", "5", "p.ttls"], "");
    assert_eq!(without.status.code(), Some(2));
}

#[test]
fn what_zos_would_not_take_is_said_when_asked_for() {
    let folder = TempDir::new().expect("a folder");
    let text = POLICY.replace("Direction Inbound", "Direction Inbound\n  Userid www-data");
    let output = ttls(
        folder.path(),
        &["lint", "--portable", "--format", "concise", "-"],
        &text,
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("not-on-zos"), "{}", stdout(&output));
    assert_eq!(ttls(folder.path(), &["lint", "-"], &text).status.code(), Some(0));
}
