//! The canonical layout and spelling of policy files. Comments stay, and so does the meaning.

mod layout;
mod rows;

use crate::codes;
use crate::decode;
use crate::diagnostic::Diagnostic;
use crate::lexer;
use crate::sink::Sink;
use crate::source::SourceText;
use crate::tree;

/// Formats a policy file: keywords and enumerated values in their canonical spelling, two blanks for each block,
/// values of a statement in one column, end-of-line comments in one column for each block, braces on lines of their
/// own, at most one blank line, one between statements. Formatting what is formatted changes nothing.
///
/// What the schema does not know is left as it is spelled. FTP.DATA files are not for this.
///
/// # Errors
/// What is not text; braces that do not match or share a line with something else: where blocks begin and end is not
/// certain then. The findings name the places; their spans are in source 0.
pub fn format(source: &SourceText) -> Result<String, Vec<Diagnostic>> {
    let mut sink = Sink::default();
    if decode::is_text(0, source, &mut sink) {
        let lines = lexer::policy_lines(0, &source.text);
        decode::check(&lines, &mut sink);
        tree::build(&lines, &mut sink);
    }
    let uncertain: Vec<Diagnostic> = sink
        .finish()
        .into_iter()
        .filter(|found| BLOCKS.iter().any(|code| found.code == code.id))
        .collect();
    if !uncertain.is_empty() {
        return Err(uncertain);
    }
    Ok(layout::lay_out(&rows::rows(&source.text)))
}

/// Findings after which it is not certain what belongs to what.
const BLOCKS: [&codes::Code; 4] = [
    &codes::NOT_TEXT,
    &codes::UNBALANCED_BRACES,
    &codes::BRACE_NOT_ALONE,
    &codes::NESTING_TOO_DEEP,
];
