//! What there is to say about a policy.

use std::io;
use std::path::Path;

use ttls_policy::{Diagnostic, SourceText, compile};

use crate::allow;
use crate::model::Model;
use crate::options::Options;
use crate::repairs;
use crate::rules::rules;

/// What the compiler and the lint rules say about one policy.
#[derive(Debug)]
pub struct Report {
    /// The policy and behind it the files that it includes: what the spans of diagnostics refer to.
    pub sources: Vec<SourceText>,
    /// All findings that no comment allows, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// There are no errors: an agent would install it.
    pub installable: bool,
}

/// Compiles and checks a policy. `read` is asked for included files, as in [`compile`].
pub fn lint(source: SourceText, read: &mut dyn FnMut(&Path) -> io::Result<String>) -> Report {
    lint_with(source, read, &Options::default())
}

/// [`lint`] that looks at more.
pub fn lint_with(
    source: SourceText,
    read: &mut dyn FnMut(&Path) -> io::Result<String>,
    options: &Options,
) -> Report {
    let compilation = compile(&[source], read);
    let model = Model::new(&compilation, options);
    let mut diagnostics = compilation.diagnostics.clone();
    repairs::add(&compilation, &mut diagnostics);
    for rule in rules().iter().filter(|rule| rule.is_on(options)) {
        diagnostics.extend(rule.run(&model));
    }
    diagnostics = allow::apply(&compilation, diagnostics, options);
    diagnostics.sort_by_key(|d| (d.span.source, d.span.start, std::cmp::Reverse(d.level), d.code));
    Report {
        diagnostics,
        installable: compilation.policy.is_some(),
        sources: compilation.sources,
    }
}
