//! Fixes as code actions.

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, DocumentChanges,
    OneOf, OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};
use ttls_policy::Safety;

use crate::analysis::Analysis;
use crate::server::Server;

/// The fixes of the findings in a range. Only the safe ones are preferred: what the policy does stays as it is.
pub(crate) fn actions(server: &Server, params: &CodeActionParams) -> Option<CodeActionResponse> {
    let wanted = params.context.only.as_ref();
    if wanted.is_some_and(|kinds| !kinds.iter().any(includes_fixes)) {
        return Some(Vec::new());
    }
    let document = server.document(&params.text_document.uri)?;
    let fresh;
    let analysis: &Analysis = match &document.analysis {
        Some(analysis) => analysis,
        None => {
            fresh = server.analysis(document);
            &fresh
        }
    };
    let diagnostics = analysis.report.diagnostics.iter();
    let actions = diagnostics.filter_map(|diagnostic| {
        let fix = diagnostic.fix.as_ref()?;
        let (uri, finding) = analysis.diagnostic(diagnostic)?;
        if uri != document.uri || !touch(finding.range, params.range) {
            return None;
        }
        let safe = fix.safety == Safety::Safe;
        let note = if safe {
            ""
        } else {
            " (changes what the policy does)"
        };
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            title: format!("{}{note}", fix.message),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![finding]),
            is_preferred: Some(safe),
            edit: Some(workspace_edit(server, analysis.edits(fix)?)),
            ..CodeAction::default()
        }))
    });
    Some(actions.collect())
}

/// The edits as one change, each file with the version that they are for where the editor takes that.
pub(crate) fn workspace_edit(server: &Server, edits: Vec<(Uri, TextEdit)>) -> WorkspaceEdit {
    let mut files: Vec<(Uri, Vec<TextEdit>)> = Vec::new();
    for (uri, edit) in edits {
        match files.iter_mut().find(|(known, _)| *known == uri) {
            Some((_, edits)) => edits.push(edit),
            None => files.push((uri, vec![edit])),
        }
    }
    if !server.takes_versioned_edits() {
        return WorkspaceEdit {
            changes: Some(files.into_iter().collect()),
            ..WorkspaceEdit::default()
        };
    }
    let changes = files.into_iter().map(|(uri, edits)| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier {
            version: server.document(&uri).map(|document| document.version),
            uri,
        },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    });
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Edits(changes.collect())),
        ..WorkspaceEdit::default()
    }
}

/// An editor that asks for a kind asks for the ones below it too.
fn includes_fixes(kind: &CodeActionKind) -> bool {
    kind.as_str().is_empty() || *kind == CodeActionKind::QUICKFIX
}

fn touch(a: Range, b: Range) -> bool {
    a.start <= b.end && b.start <= a.end
}
