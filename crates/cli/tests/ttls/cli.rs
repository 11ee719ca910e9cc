//! The command line as a user meets it: what is printed where, and exit codes.

use tempfile::TempDir;

use crate::program::{stderr, stdout, ttls};

const POLICY: &str = "\
TTLSRule r
{
  LocalPortRange 2121
  Direction Inbound
  TTLSGroupActionRef g
  TTLSEnvironmentActionRef e
}
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
  TTLSEnvironmentAdvancedParms
  {
    ApplicationControlled On
    SecondaryMap On
  }
  TTLSFtpParms
  {
    FtpDataFile ftp.data
  }
}
TTLSGateway gw
{
  Listen 127.0.0.1:2121
  Target 127.0.0.1:2122
}
";

fn folder_with(policy: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::fs::create_dir(folder.path().join("policies")).expect("writable");
    std::fs::write(folder.path().join("policies/p.ttls"), policy).expect("writable");
    std::fs::write(
        folder.path().join("policies/ftp.data"),
        "SECURE_FTP ALLOWED ; not for ever\n",
    )
    .expect("writable");
    folder
}

#[test]
fn lint_accepts_a_good_policy_whose_ftp_data_file_is_beside_it() {
    let folder = folder_with(POLICY);
    let output = ttls(folder.path(), &["lint", "--deny", "warning", "policies/p.ttls"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
}

#[test]
fn lint_names_file_line_and_column_of_every_error_and_exits_1() {
    let folder = folder_with(
        &POLICY
            .replace("Direction Inbound", "Direktion Inbound")
            .replace("Server", "Sever"),
    );
    let output = ttls(folder.path(), &["lint", "policies/p.ttls"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("policies/p.ttls:4:3"),
        "{}",
        stdout(&output)
    );
    assert!(
        stdout(&output).contains("policies/p.ttls:14:17"),
        "{}",
        stdout(&output)
    );
    assert!(
        stdout(&output).contains("Direktion Inbound"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn lint_exits_2_where_a_file_cannot_be_read_and_still_checks_the_others() {
    let folder = folder_with("TTLSRule\n");
    let output = ttls(folder.path(), &["lint", "missing.ttls", "policies/p.ttls"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("missing.ttls"), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("policies/p.ttls:1:"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn an_agent_does_not_start_without_its_policy_its_ring_or_a_correct_policy() {
    let folder = folder_with(POLICY);
    for (arguments, word) in [
        (vec!["agent", "--policy", "none.ttls"], "none.ttls"),
        (
            vec!["agent", "--policy", "policies/p.ttls", "--keyrings", "rings"],
            "ring",
        ),
        (
            vec!["agent", "--policy", "policies/ftp.data"],
            "cannot be installed",
        ),
        (
            vec!["agent", "--policy", "policies/p.ttls", "--log", "ttls=loud"],
            "--log",
        ),
    ] {
        let output = ttls(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(word),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(stdout(&output).is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_ring_is_made_listed_and_checked_and_never_overwritten() {
    let folder = TempDir::new().expect("a folder");
    let new = [
        "keyring",
        "new",
        "ring",
        "--keyrings",
        "rings",
        "--host",
        "localhost",
    ];
    let output = ttls(folder.path(), &new);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("rings/ring/server.pem"),
        "{}",
        stdout(&output)
    );
    let key = std::fs::read(folder.path().join("rings/ring/server.key")).expect("a key");
    let output = ttls(folder.path(), &new);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        std::fs::read(folder.path().join("rings/ring/server.key")).expect("a key"),
        key
    );
    let output = ttls(folder.path(), &["keyring", "list", "--keyrings", "rings"]);
    assert!(
        stdout(&output).starts_with("ring: server (default); 1 anchor(s); 364 days left"),
        "{}",
        stdout(&output)
    );
    let output = ttls(folder.path(), &["keyring", "check", "--keyrings", "rings"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    std::fs::write(folder.path().join("rings/ring/server.key"), "no key").expect("writable");
    let output = ttls(folder.path(), &["keyring", "check", "--keyrings", "rings"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("server.key"), "{}", stdout(&output));
}

#[test]
fn every_verb_has_help_and_run_and_agent_have_examples() {
    let folder = TempDir::new().expect("a folder");
    for verb in ["run", "agent", "lint", "keyring", "completions", "man"] {
        let output = ttls(folder.path(), &[verb, "--help"]);
        assert_eq!(output.status.code(), Some(0), "{verb}");
    }
    for verb in ["run", "agent", "lint"] {
        assert!(
            stdout(&ttls(folder.path(), &[verb, "--help"])).contains("Examples:"),
            "{verb}"
        );
    }
    assert_eq!(ttls(folder.path(), &["--nonsense"]).status.code(), Some(2));
    assert_eq!(
        ttls(folder.path(), &["run", "--policy", "p"]).status.code(),
        Some(2)
    );
}

#[test]
fn completions_and_man_pages_are_generated() {
    let folder = TempDir::new().expect("a folder");
    let output = ttls(folder.path(), &["completions", "bash"]);
    assert!(stdout(&output).contains("--publish"), "{}", stdout(&output));
    let output = ttls(folder.path(), &["man", "man1"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = std::fs::read_to_string(folder.path().join("man1/ttls-run.1")).expect("a page");
    assert!(page.contains("private network namespace"));
}
