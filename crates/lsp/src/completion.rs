//! What may stand at a place: keywords of the block, words of enumerated values, names of objects.

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, CompletionTextEdit,
    Documentation, MarkupContent, MarkupKind, TextEdit,
};
use ttls_policy::Item;
use ttls_policy::schema::{self, Kind, Param, Place, Repeat, Statement, Verdict};

use crate::document::Document;
use crate::hover::{effect, param_page, statement_page};
use crate::server::Server;

/// More than this nobody reads, and it is asked for at each keystroke.
const MOST: usize = 1000;

pub(crate) fn complete(server: &Server, params: &CompletionParams) -> Option<CompletionResponse> {
    let place = &params.text_document_position;
    let document = server.document(&place.text_document.uri)?;
    let offset = document.offset(place.position);
    let line_start = document.slice(0..offset).rfind('\n').map_or(0, |at| at + 1);
    let line = document.slice(line_start..offset);
    if line.contains(['#', '{', '}']) {
        return None;
    }
    let block = document.outline.block_at(line_start);
    let code = line.trim_start();
    let mut found = match code.split_once(char::is_whitespace) {
        None => keywords(document, block, line_start),
        Some((keyword, _)) => values(document, block?.statement?.param(keyword)?),
    };
    found.truncate(MOST);
    let written = code.split_whitespace().nth(1).unwrap_or_default();
    let start = if code.contains(char::is_whitespace) {
        // The first word of the value, or the place where it is to stand.
        written_at(line, written).map_or(offset, |at| line_start + at)
    } else {
        offset - code.len()
    };
    let range = document.range(start..offset);
    for item in &mut found {
        let new_text = item.label.clone();
        item.text_edit = Some(CompletionTextEdit::Edit(TextEdit { range, new_text }));
    }
    Some(CompletionResponse::Array(found))
}

/// Where the last word of a line starts, if it is the value's first one and the line ends with it.
fn written_at(line: &str, written: &str) -> Option<usize> {
    (!written.is_empty() && line.ends_with(written)).then(|| line.len() - written.len())
}

fn keywords(document: &Document, block: Option<&Item>, line_start: usize) -> Vec<CompletionItem> {
    let Some(block) = block else {
        let statements = schema::statements().iter();
        return statements.map(|statement| statement_item(statement)).collect();
    };
    let Some(statement) = block.statement else {
        return Vec::new();
    };
    let body = block.body.clone().unwrap_or_default();
    let items = &document.outline.items;
    let taken: Vec<&str> = items[items.partition_point(|item| item.keyword.start < body.start)..]
        .iter()
        .take_while(|item| item.keyword.start < body.end)
        // What stands on this line is being replaced.
        .filter(|item| !on_line(document, line_start, item))
        .filter_map(|item| item.param)
        .filter(|param| param.repeat != Repeat::List)
        .map(|param| param.slot)
        .collect();
    let params = statement.params().filter(|param| !taken.contains(&param.slot));
    params.map(|param| param_item(param, statement)).collect()
}

fn on_line(document: &Document, line_start: usize, item: &Item) -> bool {
    item.keyword.start >= line_start && !document.slice(line_start..item.keyword.start).contains('\n')
}

fn statement_item(statement: &'static Statement) -> CompletionItem {
    CompletionItem {
        label: statement.keyword.to_string(),
        kind: Some(match statement.place {
            Place::File => CompletionItemKind::CLASS,
            _ => CompletionItemKind::STRUCT,
        }),
        detail: Some(statement.doc.to_string()),
        documentation: Some(markdown(statement_page(statement))),
        ..CompletionItem::default()
    }
}

fn param_item(param: &'static Param, statement: &'static Statement) -> CompletionItem {
    let effective = param.verdict == Verdict::Effective;
    CompletionItem {
        label: param.keyword.to_string(),
        kind: Some(match param.kind {
            Kind::Block(_) => CompletionItemKind::STRUCT,
            Kind::Ref(_) => CompletionItemKind::REFERENCE,
            _ => CompletionItemKind::PROPERTY,
        }),
        detail: Some(param.doc.to_string()),
        documentation: Some(markdown(param_page(param, statement))),
        // What has an effect first, and of that what must be there.
        sort_text: Some(format!(
            "{}{}{}",
            u8::from(!effective),
            u8::from(!param.required),
            param.keyword
        )),
        ..CompletionItem::default()
    }
}

fn values(document: &Document, param: &'static Param) -> Vec<CompletionItem> {
    match param.kind {
        Kind::Choice(choices) => {
            let words = choices.iter().enumerate();
            words
                .map(|(number, choice)| CompletionItem {
                    label: choice.word.to_string(),
                    kind: Some(CompletionItemKind::ENUM_MEMBER),
                    detail: match choice.verdict {
                        Verdict::Effective if param.default == Some(choice.word) => {
                            Some("default".to_string())
                        }
                        Verdict::Effective => None,
                        other => Some(effect(other)),
                    },
                    sort_text: Some(format!(
                        "{}{number:03}",
                        u8::from(choice.verdict != Verdict::Effective)
                    )),
                    ..CompletionItem::default()
                })
                .collect()
        }
        Kind::Ref(target) => {
            let mut names: Vec<&str> = document
                .objects()
                .filter(|(statement, _, item)| *statement == target && item.parent.is_none())
                .map(|(_, name, _)| name)
                .collect();
            names.sort_unstable();
            names.dedup();
            let items = names.into_iter().map(|name| CompletionItem {
                label: name.to_string(),
                kind: Some(CompletionItemKind::REFERENCE),
                detail: Some(target.to_string()),
                ..CompletionItem::default()
            });
            items.collect()
        }
        _ => Vec::new(),
    }
}

fn markdown(value: String) -> Documentation {
    Documentation::MarkupContent(MarkupContent {
        kind: MarkupKind::Markdown,
        value,
    })
}
