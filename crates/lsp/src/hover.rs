//! What a word of a policy means.

use std::fmt::Write;
use std::ops::Range;

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};
use ttls_policy::schema::{Kind, Param, Repeat, Statement, Verdict};
use ttls_policy::{Item, hide_secrets};

use crate::document::Document;
use crate::navigation::{self, named};
use crate::server::Server;

/// Lines of an object that are shown.
const SHOWN_LINES: usize = 24;

pub(crate) fn hover(server: &Server, params: &HoverParams) -> Option<Hover> {
    let place = &params.text_document_position_params;
    let document = server.document(&place.text_document.uri)?;
    let (item, offset) = document.item(place.position)?;
    let block = item
        .parent
        .and_then(|parent| document.outline.items.get(parent)?.statement);
    let (text, range) = if offset <= item.keyword.end {
        (keyword(item, block)?, item.keyword.clone())
    } else if let Some(named) = named(document, place) {
        let at = named.at.clone();
        (object(document, &named), at)
    } else {
        value(document, item)?
    };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: text,
        }),
        range: Some(document.range(range)),
    })
}

fn keyword(item: &Item, block: Option<&'static Statement>) -> Option<String> {
    match (item.param, block, item.statement) {
        (Some(param), Some(block), _) => Some(param_page(param, block)),
        (_, _, Some(statement)) => Some(statement_page(statement)),
        _ => None,
    }
}

/// What the schema says about a statement.
pub(crate) fn statement_page(statement: &Statement) -> String {
    let extension = if statement.extension {
        "\n\nAn extension of ttls: z/OS does not know it."
    } else {
        ""
    };
    format!("**{}**\n\n{}{extension}", statement.keyword, statement.doc)
}

/// What the schema says about a parameter of a statement.
pub(crate) fn param_page(param: &Param, statement: &Statement) -> String {
    let mut page = format!(
        "**{}** in {}\n\n{}\n\n",
        param.keyword, statement.keyword, param.doc
    );
    let mut line = |label: &str, text: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(page, "- {label}: {text}");
    };
    line("value", &param.kind.describe());
    if let Some(default) = param.default {
        line("default", default);
    }
    if param.required {
        line("required", "yes, or another parameter that stands for the same");
    }
    match param.repeat {
        Repeat::Once => {}
        Repeat::Exclusive => line("repeat", &format!("once; only one that says the {}", param.slot)),
        Repeat::List => line("repeat", "any number of times, in order"),
    }
    if statement.scope.is_some() {
        let scopes: Vec<&str> = param.scopes.iter().map(|scope| scope.describe()).collect();
        line("scope", &scopes.join(", "));
    }
    if let Some(wider) = statement.inherits(param) {
        line("inherits", &format!("from the {}", wider.describe()));
    }
    if param.extension || statement.extension {
        line("portable", "no: an extension of ttls");
    }
    line("effect", &effect(param.verdict));
    if let Kind::Choice(choices) = param.kind {
        for choice in choices
            .iter()
            .filter(|choice| choice.verdict != Verdict::Effective)
        {
            line(choice.word, &effect(choice.verdict));
        }
    }
    page
}

/// What this engine does, in words.
pub(crate) fn effect(verdict: Verdict) -> String {
    match verdict {
        Verdict::Effective => "as the language says".to_string(),
        Verdict::NoEffect(why) => format!("none: {why}"),
        Verdict::Refused(why) => format!("refused: {why}"),
    }
}

fn object(document: &Document, named: &navigation::Named<'_>) -> String {
    let title = format!("**{} {}**", named.statement, named.name);
    let doc = ttls_policy::schema::statement(named.statement).map_or("", |statement| statement.doc);
    let items = document.objects();
    let defined = items
        .filter(|(statement, name, _)| *statement == named.statement && *name == named.name)
        .last();
    let Some((_, _, item)) = defined else {
        return format!("{title}\n\n{doc}\n\nIt is not defined in this file.");
    };
    let end = item.body.as_ref().map_or(item.value.end, |body| body.end);
    let text = document.slice(item.keyword.start..end);
    let mut shown: Vec<_> = text
        .trim_end()
        .lines()
        .take(SHOWN_LINES)
        .map(hide_secrets)
        .collect();
    shown.push(
        if text.lines().count() > SHOWN_LINES {
            "  ..."
        } else {
            "}"
        }
        .into(),
    );
    format!("{title}\n\n{doc}\n\n```\n{}\n```", shown.join("\n"))
}

fn value(document: &Document, item: &Item) -> Option<(String, Range<usize>)> {
    let Kind::Choice(choices) = item.param?.kind else {
        return None;
    };
    let word = document.slice(item.value.clone());
    let choice = choices
        .iter()
        .find(|choice| choice.word.eq_ignore_ascii_case(word))?;
    let text = format!(
        "**{} {}**\n\n- effect: {}",
        item.param?.keyword,
        choice.word,
        effect(choice.verdict)
    );
    Some((text, item.value.clone()))
}
