//! `unknown-allow`.

use crate::rule::lint_rule;

lint_rule! {
    /// An allow comment names something that it cannot allow.
    ///
    /// `# ttls: allow(NAME)` takes names of lint rules and of the compiler's warnings and notes. Errors cannot be
    /// allowed: a policy with errors is not installed.
    ///
    /// ## Why it matters
    ///
    /// The comment looks like a decision and does nothing.
    ///
    /// ## Example
    ///
    /// ```text
    /// # ttls: allow(weak-ciphers) the bank's machine cannot do better
    /// ```
    ///
    /// ## Instead
    ///
    /// Write the name as the finding shows it, here `weak-cipher`.
    UNKNOWN_ALLOW = Warning "TTLS320" "unknown-allow" by nothing
}

/// It is found where comments are applied to findings.
fn nothing(_: &crate::model::Model<'_>, _: &mut crate::rule::Findings) {}
