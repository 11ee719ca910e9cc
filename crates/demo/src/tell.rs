//! What the user reads: progress on standard output.

use std::fmt::Display;
use std::io::Write;

/// A heading.
pub(crate) fn heading(text: impl Display) {
    line(format_args!("\n{text}"));
}

/// One named fact.
pub(crate) fn fact(name: &str, text: impl Display) {
    line(format_args!("  {name:<10} {text}"));
}

/// One line as it is. A reader that went away (`| head`) does not matter to the demo.
pub(crate) fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _gone = writeln!(out, "{text}").and_then(|()| out.flush());
}
