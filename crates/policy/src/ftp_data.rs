//! FTP.DATA files: the statements that concern the FTP controller, the others with a note.

use crate::check;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::lexer::{self, Text};
use crate::model::Object;
use crate::schema::{self, Param, Verdict};
use crate::sink::Sink;
use crate::source::Span;

/// Reads the text of an FTP.DATA file.
pub(crate) fn parse<'t>(source: usize, text: &'t str, sink: &mut Sink) -> Object<'t> {
    let start = Span {
        source,
        start: 0,
        end: 0,
    };
    let lines = lexer::ftp_data_lines(source, text);
    let known: Vec<_> = lines
        .into_iter()
        .filter_map(|(keyword, rest)| Some((concerning(keyword, rest, sink)?, keyword, rest)))
        .collect();
    check::flat(schema::ftp_data(), start, known.into_iter(), sink)
}

/// The parameter that a statement is, if it concerns the controller.
fn concerning(keyword: Text<'_>, rest: Text<'_>, sink: &mut Sink) -> Option<&'static Param> {
    let (word, _) = rest.split_word();
    let param = schema::ftp_data().param(keyword.text);
    let why = match param {
        // Extensions of other kinds are the daemon's business.
        Some(param) if param.keyword == "EXTENSIONS" && !word.text.eq_ignore_ascii_case("AUTH_TLS") => {
            "only EXTENSIONS AUTH_TLS concerns the FTP controller"
        }
        Some(Param {
            verdict: Verdict::NoEffect(why),
            ..
        }) => why,
        Some(param) => return Some(param),
        None => "it does not concern the FTP controller",
    };
    let message = format!("{} is ignored: {why}", crate::value::shorten(keyword.text));
    sink.push(Diagnostic::new(&codes::FTP_DATA_IGNORED, keyword.span, message));
    None
}
