//! What would change, as a unified diff.

use similar::TextDiff;
use ttls_policy::{SourceText, hide_secrets};

/// The diff from a policy to what it would become; passwords are not shown. Empty where nothing would change.
pub(crate) fn diff(before: &SourceText, after: &str) -> String {
    let (old, new) = (shown(&before.text), shown(after));
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(3)
        .header(&visible(&before.name), &visible(&before.name))
        .to_string()
}

fn shown(text: &str) -> String {
    let line = |line: &str| match line.strip_suffix('\n') {
        Some(line) => format!("{}\n", visible(&hide_secrets(line))),
        None => visible(&hide_secrets(line)),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Terminals obey nobody's policy.
fn visible(line: &str) -> String {
    let plain = |c: char| if c.is_control() && c != '\t' { '?' } else { c };
    line.strip_suffix('\r')
        .unwrap_or(line)
        .chars()
        .map(plain)
        .collect()
}
