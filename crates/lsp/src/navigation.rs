//! From references to objects and back, and new names for both.

use std::ops::Range;

use lsp_types::{
    GotoDefinitionParams, GotoDefinitionResponse, Location, PrepareRenameResponse, ReferenceParams,
    RenameParams, TextDocumentPositionParams, TextEdit, WorkspaceEdit,
};

use crate::actions::workspace_edit;
use crate::document::Document;
use crate::files;
use crate::requests::Refusal;
use crate::server::Server;

/// An object that a name stands for, whether it is defined or not.
pub(crate) struct Named<'d> {
    /// The keyword of its statement.
    pub(crate) statement: &'static str,
    pub(crate) name: &'d str,
    /// The place that was asked about.
    pub(crate) at: Range<usize>,
}

/// z/OS takes names of at most 32 characters.
const LONGEST_NAME: usize = 32;

pub(crate) fn definition(server: &Server, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let place = &params.text_document_position_params;
    let document = server.document(&place.text_document.uri)?;
    if let Some(file) = file(document, place) {
        return Some(GotoDefinitionResponse::Scalar(file));
    }
    let named = named(document, place)?;
    let definitions = definitions(document, &named).map(|at| location(document, at));
    Some(GotoDefinitionResponse::Array(definitions.collect()))
}

pub(crate) fn references(server: &Server, params: &ReferenceParams) -> Option<Vec<Location>> {
    let place = &params.text_document_position;
    let document = server.document(&place.text_document.uri)?;
    let named = named(document, place)?;
    let definitions = definitions(document, &named).filter(|_| params.context.include_declaration);
    let all = definitions.chain(uses(document, &named));
    Some(all.map(|at| location(document, at)).collect())
}

pub(crate) fn prepare_rename(
    server: &Server,
    place: &TextDocumentPositionParams,
) -> Option<PrepareRenameResponse> {
    let document = server.document(&place.text_document.uri)?;
    let named = named(document, place)?;
    Some(PrepareRenameResponse::RangeWithPlaceholder {
        range: document.range(named.at),
        placeholder: named.name.to_string(),
    })
}

/// Definitions and references of the object, nothing else that is called so.
pub(crate) fn rename(server: &Server, params: &RenameParams) -> Result<Option<WorkspaceEdit>, Refusal> {
    let place = &params.text_document_position;
    let Some(document) = server.document(&place.text_document.uri) else {
        return Ok(None);
    };
    let Some(named) = named(document, place) else {
        return Err(Refusal("there is no name of an object here".to_string()));
    };
    let new = params.new_name.as_str();
    let blank = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '{' | '}' | '#');
    if new.is_empty() || new.chars().count() > LONGEST_NAME || new.contains(blank) {
        let message =
            format!("`{new}` is no name: write 1 to {LONGEST_NAME} characters without blanks, braces and #");
        return Err(Refusal(message));
    }
    let taken = document
        .objects()
        .any(|(statement, name, _)| statement == named.statement && name == new && name != named.name);
    if taken {
        let message = format!(
            "there is a {} {new} already: choose another name",
            named.statement
        );
        return Err(Refusal(message));
    }
    let edits = definitions(document, &named)
        .chain(uses(document, &named))
        .map(|at| {
            let edit = TextEdit {
                range: document.range(at),
                new_text: new.to_string(),
            };
            (document.uri.clone(), edit)
        });
    Ok(Some(workspace_edit(server, edits.collect())))
}

/// The object whose name, as a definition or as a reference, stands at a position.
pub(crate) fn named<'d>(document: &'d Document, place: &TextDocumentPositionParams) -> Option<Named<'d>> {
    let (item, offset) = document.item(place.position)?;
    let reference = item.reference(&document.text);
    let (statement, at) = match (reference, item.statement) {
        (Some(reference), _) => reference,
        (None, Some(statement)) => (statement.keyword, item.name(&document.text)?),
        (None, None) => return None,
    };
    (at.start..=at.end).contains(&offset).then(|| Named {
        statement,
        name: document.slice(at.clone()),
        at,
    })
}

/// Where the object is defined; more than once where the policy is wrong.
pub(crate) fn definitions<'d>(
    document: &'d Document,
    named: &Named<'d>,
) -> impl Iterator<Item = Range<usize>> + use<'d> {
    let (statement, wanted) = (named.statement, named.name);
    let objects = document.objects();
    objects
        .filter(move |(keyword, name, _)| *keyword == statement && *name == wanted)
        .filter_map(|(_, _, item)| item.name(&document.text))
}

fn uses<'d>(document: &'d Document, named: &Named<'d>) -> impl Iterator<Item = Range<usize>> + use<'d> {
    let (statement, wanted) = (named.statement, named.name);
    let items = document.outline.items.iter();
    items
        .filter_map(|item| item.reference(&document.text))
        .filter(move |(target, at)| *target == statement && document.slice(at.clone()) == wanted)
        .map(|(_, at)| at)
}

/// The start of the file that `FtpDataFile` names.
fn file(document: &Document, place: &TextDocumentPositionParams) -> Option<Location> {
    let (item, offset) = document.item(place.position)?;
    let is_file = item.param.is_some_and(|param| param.keyword == "FtpDataFile");
    if !is_file || offset < item.value.start {
        return None;
    }
    let path = document.path.parent()?.join(document.slice(item.value.clone()));
    Some(Location {
        uri: files::uri(&path)?,
        range: lsp_types::Range::default(),
    })
}

fn location(document: &Document, at: Range<usize>) -> Location {
    Location {
        uri: document.uri.clone(),
        range: document.range(at),
    }
}
