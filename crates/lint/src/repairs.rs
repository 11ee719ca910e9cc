//! Fixes for findings of the compiler that need to know the lines around them. What is a matter of one word, the
//! compiler fixes itself.

mod braces;
mod coded_again;
mod values;

use ttls_policy::{Compilation, Diagnostic, Fix};

use crate::layout::Layout;

/// Gives diagnostics of the compiler their fixes. Included files are not policies and are not changed.
pub(crate) fn add(compilation: &Compilation, diagnostics: &mut [Diagnostic]) {
    for diagnostic in diagnostics {
        if diagnostic.span.source >= compilation.files {
            diagnostic.fix = None;
        } else if diagnostic.fix.is_none() {
            diagnostic.fix = repair(compilation, diagnostic);
        }
    }
}

fn repair(compilation: &Compilation, diagnostic: &Diagnostic) -> Option<Fix> {
    let layout = Layout::of(&compilation.sources, diagnostic.span)?;
    match diagnostic.name {
        "repeated-parameter" | "replaced-block" | "conflicting-alternatives" => {
            coded_again::parameter(layout, diagnostic)
        }
        "duplicate-object" => coded_again::object(layout, diagnostic),
        "brace-on-keyword-line" => braces::on_keyword_line(layout, diagnostic),
        "brace-not-alone" => braces::not_alone(layout, diagnostic),
        "unbalanced-braces" => braces::unbalanced(layout, diagnostic),
        "invalid-address" => values::address(layout, diagnostic, &compilation.statements),
        "invalid-cipher" => values::cipher(layout, diagnostic),
        "invalid-range" => values::range(layout, diagnostic),
        _ => None,
    }
}
