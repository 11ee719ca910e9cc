//! The canonical layout.

use lsp_types::{DocumentFormattingParams, TextEdit};
use ttls_policy::SourceText;

use crate::requests::Refusal;
use crate::server::Server;

/// One edit from the first line that changes to the last one; none where the text is as it should be.
pub(crate) fn format(
    server: &Server,
    params: &DocumentFormattingParams,
) -> Result<Option<Vec<TextEdit>>, Refusal> {
    let Some(document) = server.document(&params.text_document.uri) else {
        return Ok(None);
    };
    if document.is_too_large() {
        return Ok(None);
    }
    let source = SourceText {
        name: document.path.display().to_string(),
        text: document.text.clone(),
    };
    let formatted = ttls_policy::format(&source).map_err(|found| {
        let first = found.first().map_or("", |finding| finding.message.as_str());
        Refusal(format!("cannot format: {first}"))
    })?;
    let (old, new) = (document.text.as_str(), formatted.as_str());
    if old == new {
        return Ok(Some(Vec::new()));
    }
    let head: usize = lines(old)
        .zip(lines(new))
        .take_while(|(old, new)| old == new)
        .map(|(line, _)| line.len())
        .sum();
    let tail: usize = lines(&old[head..])
        .rev()
        .zip(lines(&new[head..]).rev())
        .take_while(|(old, new)| old == new)
        .map(|(line, _)| line.len())
        .sum();
    Ok(Some(vec![TextEdit {
        range: document.range(head..old.len() - tail),
        new_text: new[head..new.len() - tail].to_string(),
    }]))
}

fn lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split_inclusive('\n')
}
