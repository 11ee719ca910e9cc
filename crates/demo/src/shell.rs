//! Words for a shell, so that printed command lines can be pasted.

use std::path::Path;

/// The path as one shell word: unchanged where it is plain, else in single quotes.
pub(crate) fn word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_needs_no_quotes() {
        assert_eq!(
            word(Path::new("/tmp/ttls-demo-a1/ca.pem")),
            "/tmp/ttls-demo-a1/ca.pem"
        );
    }

    #[test]
    fn blanks_and_quotes_are_quoted_for_the_shell() {
        assert_eq!(word(Path::new("/tmp/it's here")), r"'/tmp/it'\''s here'");
    }
}
