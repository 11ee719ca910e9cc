//! `ttls fmt` as a user meets it.

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::program::{stderr, stdout, ttls_reading};

const UGLY: &str = "ttlsgroupaction g {\nttlsenabled ON # all of it\n}\n";
const PRETTY: &str = "\
TTLSGroupAction                   g
{
  TTLSEnabled                     On  # all of it
}
";

#[test]
fn files_and_folders_are_formatted_in_place() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("a.ttls");
    fs::write(&path, UGLY).expect("written");
    let done = fmt(folder.path(), &["."], "");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(fs::read_to_string(&path).expect("readable"), PRETTY);
    let again = fmt(folder.path(), &["a.ttls"], "");
    assert!(again.status.success() && again.stderr.is_empty(), "{again:?}");
}

#[test]
fn check_and_diff_change_nothing_and_say_by_the_exit_code_what_would() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("a.ttls");
    fs::write(&path, UGLY).expect("written");
    let check = fmt(folder.path(), &["--check", "a.ttls"], "");
    assert_eq!(
        (check.status.code(), check.stdout),
        (Some(1), b"a.ttls\n".to_vec())
    );
    let diff = fmt(folder.path(), &["--diff", "a.ttls"], "");
    assert_eq!(diff.status.code(), Some(1));
    assert!(stdout(&diff).contains("+  TTLSEnabled                     On"));
    assert_eq!(fs::read_to_string(&path).expect("readable"), UGLY);
    fs::write(&path, PRETTY).expect("written");
    assert_eq!(
        fmt(folder.path(), &["--check", "a.ttls"], "").status.code(),
        Some(0)
    );
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = TempDir::new().expect("a folder");
    let done = fmt(folder.path(), &["-"], UGLY);
    assert_eq!(
        (done.status.code(), done.stdout),
        (Some(0), PRETTY.as_bytes().to_vec())
    );
}

#[test]
fn a_file_whose_braces_do_not_match_is_left_alone_and_the_others_are_formatted() {
    let folder = TempDir::new().expect("a folder");
    let (broken, good) = (folder.path().join("a.ttls"), folder.path().join("b.ttls"));
    fs::write(&broken, "TTLSRule r\n{\n").expect("written");
    fs::write(&good, UGLY).expect("written");
    let done = fmt(folder.path(), &["a.ttls", "b.ttls", "missing.ttls"], "");
    assert_eq!(done.status.code(), Some(2));
    let said = stderr(&done);
    assert!(
        said.contains("never closed") && said.contains("a.ttls was left alone"),
        "{said}"
    );
    assert!(said.contains("missing.ttls"), "{said}");
    assert_eq!(fs::read_to_string(&broken).expect("readable"), "TTLSRule r\n{\n");
    assert_eq!(fs::read_to_string(&good).expect("readable"), PRETTY);
}

fn fmt(folder: &Path, arguments: &[&str], input: &str) -> Output {
    ttls_reading(folder, &[&["fmt"], arguments].concat(), input)
}
