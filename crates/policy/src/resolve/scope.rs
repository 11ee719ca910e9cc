//! Blocks that actions of several scopes share, with parameters that not each of these scopes takes.

use super::Symbols;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::model::Object;
use crate::sink::Sink;

/// Reports parameters in the blocks of an action that its scope may not take. A block that knows its own scope was
/// checked where it stands.
pub(super) fn check(action: &Object<'_>, symbols: &Symbols<'_, '_>, sink: &mut Sink) {
    let scope = action.statement.scope;
    if scope.is_none() {
        return;
    }
    let here = action.statement.keyword;
    for field in &action.fields {
        let Some(block) = symbols
            .follow(field)
            .filter(|block| block.statement.scope.is_none())
        else {
            continue;
        };
        for coded in block.fields.iter().filter(|coded| !coded.param.valid_in(scope)) {
            let message = format!("{} may not be known in {here}", coded.param.keyword);
            let mut diagnostic = Diagnostic::new(&codes::DOUBTFUL_SCOPE, coded.keyword, message);
            if block.name.is_some() {
                diagnostic = diagnostic.also(field.keyword, format!("this {here} uses the block"));
            }
            let help = format!(
                "write it in the {} of the environment action to be sure",
                block.statement.keyword
            );
            sink.push(diagnostic.help(help));
        }
    }
}
