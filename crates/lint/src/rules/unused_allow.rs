//! `unused-allow`.

use crate::rule::lint_rule;

lint_rule! {
    /// An allow comment allows nothing.
    ///
    /// There is no finding of this name at the place that the comment is for: its own line where it stands behind
    /// something, else the next statement or parameter, with its block if it has one.
    ///
    /// ## Why it matters
    ///
    /// What it was for is gone, or stands elsewhere. It would hide the next finding of this kind.
    ///
    /// ## Example
    ///
    /// ```text
    /// # ttls: allow(payload-trace) until the partner has found his error
    /// Trace 6
    /// ```
    ///
    /// ## Instead
    ///
    /// Remove the comment.
    UNUSED_ALLOW = Warning "TTLS321" "unused-allow" by nothing
}

/// It is found where comments are applied to findings.
fn nothing(_: &crate::model::Model<'_>, _: &mut crate::rule::Findings) {}
