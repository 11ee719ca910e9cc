//! Of what is coded again, the one that does not count goes.

use ttls_policy::{Diagnostic, Fix, Safety, Span};

use crate::layout::{Layout, code};

/// A parameter or inline block that a later one replaces.
pub(super) fn parameter(layout: Layout<'_>, diagnostic: &Diagnostic) -> Option<Fix> {
    let earlier = earlier(diagnostic)?;
    // Where both may be meant, removing one is a guess.
    let safety = match diagnostic.name {
        "conflicting-alternatives" => Safety::Unsafe,
        _ => Safety::Safe,
    };
    Some(Fix {
        message: format!("remove the earlier `{}`", layout.text(earlier)),
        safety,
        edits: vec![layout.without(earlier)?],
    })
}

/// An object that is defined again. Unless both say the same, the earlier one may be misnamed.
pub(super) fn object(layout: Layout<'_>, diagnostic: &Diagnostic) -> Option<Fix> {
    let earlier = earlier(diagnostic)?;
    let same = lines(layout, earlier)? == lines(layout, diagnostic.span)?;
    Some(Fix {
        message: "remove the earlier one, which does not count".to_string(),
        safety: if same { Safety::Safe } else { Safety::Unsafe },
        edits: vec![layout.without(earlier)?],
    })
}

fn earlier(diagnostic: &Diagnostic) -> Option<Span> {
    let (span, _) = diagnostic.secondary.first()?;
    (span.source == diagnostic.span.source).then_some(*span)
}

/// What a block says, whatever its layout and comments.
fn lines(layout: Layout<'_>, keyword: Span) -> Option<Vec<String>> {
    let block = layout.text(layout.span(layout.block(keyword)?));
    let said = |line| {
        let words: Vec<&str> = code(line).split_whitespace().collect();
        words.join(" ")
    };
    Some(block.lines().map(said).filter(|line| !line.is_empty()).collect())
}
