//! Braces on lines of their own.

use ttls_policy::{Diagnostic, Edit, Fix, Safety};

use crate::layout::Layout;

/// `TTLSRule r {`: the brace gets a line of its own.
pub(super) fn on_keyword_line(layout: Layout<'_>, diagnostic: &Diagnostic) -> Option<Fix> {
    let brace = diagnostic.span;
    let line = layout.line(brace.start);
    let before = layout.text(layout.span(line.start..brace.start));
    let blanks = before.len() - before.trim_end().len();
    let replaced = layout.span(brace.start - blanks..brace.end);
    Some(Fix::new(
        Safety::Safe,
        "put `{` on a line of its own",
        replaced,
        format!("\n{}{{", layout.indent(brace.start)),
    ))
}

/// What stands before or behind a brace on its line goes to lines of its own.
pub(super) fn not_alone(layout: Layout<'_>, diagnostic: &Diagnostic) -> Option<Fix> {
    let brace = diagnostic.span;
    let (before, behind) = layout.around(brace);
    let text = layout.text(brace);
    let indent = layout.indent(brace.start);
    let mut replacement = text.to_string();
    if !before.is_empty() {
        replacement = format!("\n{indent}{replacement}");
    }
    if !behind.is_empty() {
        let deeper = if text == "{" { "  " } else { "" };
        replacement = format!("{replacement}\n{indent}{deeper}");
    }
    let fix = Fix::new(
        Safety::Safe,
        "put the brace on a line of its own",
        brace,
        replacement,
    );
    (!before.is_empty() || !behind.is_empty()).then_some(fix)
}

/// A missing brace is put where the compiler took it to be. That is a guess.
pub(super) fn unbalanced(layout: Layout<'_>, diagnostic: &Diagnostic) -> Option<Fix> {
    let at = diagnostic.span;
    let indent = layout.indent(at.start);
    let edit = |span, replacement: String| Edit { span, replacement };
    let (what, edit) = match layout.text(at) {
        "{" => match diagnostic.secondary.first() {
            Some((next, _)) => {
                let start = layout.line(next.start).start;
                ("}", edit(layout.span(start..start), format!("{indent}}}\n")))
            }
            None => {
                let end = layout.end();
                let newline = if layout.ends_with_newline() { "" } else { "\n" };
                ("}", edit(end, format!("{newline}{indent}}}\n")))
            }
        },
        "}" => ("", layout.without_line(at.start)),
        _ => {
            let end = layout.line(at.start).end;
            let newline = if layout.ends_with_newline() { "" } else { "\n" };
            ("{", edit(layout.span(end..end), format!("{newline}{indent}{{\n")))
        }
    };
    let message = match what {
        "" => "remove the `}`".to_string(),
        brace => format!("put `{brace}` in"),
    };
    Some(Fix {
        message,
        safety: Safety::Unsafe,
        edits: vec![edit],
    })
}
