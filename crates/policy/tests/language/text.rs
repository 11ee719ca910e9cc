//! Files that are no text, or not all of it.

use ttls_policy::{SourceText, compile, decode};

use super::{Server, compiled, said, says};

#[track_caller]
fn says_of_bytes(bytes: &[u8], expected: &[&str]) {
    assert_eq!(said(&compiled(&decode(bytes.to_vec()))), expected);
}

/// `TTLSRule x` and a new line in IBM-1047.
const EBCDIC: &[u8] = &[
    0xE3, 0xE3, 0xD3, 0xE2, 0xD9, 0xA4, 0x93, 0x85, 0x40, 0xA7, 0x15, 0xC0, 0x15,
];

#[test]
fn a_file_in_another_code_page_is_one_error() {
    says_of_bytes(EBCDIC, &["1:1 error not-text"]);
    let utf_16: Vec<u8> = Server::default()
        .text()
        .bytes()
        .flat_map(|byte| [byte, 0])
        .collect();
    says_of_bytes(&utf_16, &["1:1 error not-text"]);
    let source = SourceText {
        name: "x".to_string(),
        text: decode(EBCDIC.to_vec()),
    };
    let compilation = compile(&[source], &mut |_| Err(std::io::ErrorKind::NotFound.into()));
    let help = compilation.diagnostics[0].help.as_deref();
    assert!(
        help.is_some_and(|help| help.contains("iconv -f IBM-1047")),
        "{help:?}"
    );
}

#[test]
fn umlauts_of_another_code_page_are_no_matter_in_comments_and_errors_elsewhere() {
    let mut bytes = Server::default().text().into_bytes();
    bytes.extend(b"# B\xFCro\n");
    says_of_bytes(&bytes, &[]);
    bytes.extend(b"IpAddr b\xFCro\n{\nAddr 192.0.2.1\n}\n");
    let line = Server::default().text().lines().count() + 2;
    says_of_bytes(&bytes, &[&format!("{line}:9 error not-text")]);
}

#[test]
fn control_characters_are_errors_outside_comments() {
    let text = Server {
        keyring: "KeyringStashFile /a\0b\n",
        ..Server::default()
    };
    says(&text.text(), &["18:20 error not-text"]);
    says(
        &Server {
            after: "# \0\u{1}\n",
            ..Server::default()
        }
        .text(),
        &[],
    );
}

#[test]
fn lines_of_other_systems_are_read() {
    says(&Server::default().text().replace('\n', "\r\n"), &[]);
    says(&format!("\u{FEFF}{}", Server::default().text()), &[]);
}
