//! The objects of a text, as a tree.

use lsp_types::{DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, SymbolKind};
use ttls_policy::schema::Place;

use crate::document::Document;
use crate::server::Server;

pub(crate) fn symbols(server: &Server, params: &DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let document = server.document(&params.text_document.uri)?;
    let mut tops = Vec::new();
    // Items follow the one that they stand in: from the last to the first, each is complete when it is its turn.
    let items = &document.outline.items;
    let mut children: Vec<Vec<DocumentSymbol>> = items.iter().map(|_| Vec::new()).collect();
    for (number, item) in items.iter().enumerate().rev() {
        let Some(mut symbol) = symbol(document, item) else {
            continue;
        };
        let mut inner = std::mem::take(&mut children[number]);
        inner.reverse();
        symbol.children = Some(inner);
        match item.parent {
            Some(parent) => children[parent].push(symbol),
            None => tops.push(symbol),
        }
    }
    tops.reverse();
    Some(DocumentSymbolResponse::Nested(tops))
}

fn symbol(document: &Document, item: &ttls_policy::Item) -> Option<DocumentSymbol> {
    let statement = item.statement?;
    let selection = item.name(&document.text).unwrap_or_else(|| item.keyword.clone());
    let end = item
        .body
        .as_ref()
        .map_or(selection.end, |body| body.end.max(selection.end));
    // Deprecated and yet without a default: the protocol's types have no other way to be made.
    let symbol = serde_json::json!({
        "name": document.slice(selection.clone()),
        "detail": statement.keyword,
        "kind": kind(statement.place),
        "range": document.range(item.keyword.start..end),
        "selectionRange": document.range(selection),
    });
    serde_json::from_value(symbol).ok()
}

fn kind(place: Place) -> SymbolKind {
    match place {
        Place::File => SymbolKind::CLASS,
        Place::FileOrInline => SymbolKind::OBJECT,
        Place::FtpData | Place::AgentLine(_) | Place::AgentBlock(_) => SymbolKind::FILE,
    }
}
