//! Bytes to text, and what is said about bytes that are none.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Line, Text, Token, is_blank};
use crate::sink::Sink;
use crate::source::{SourceText, Span};

/// What a text may begin with; an invisible character anywhere else.
pub(crate) const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// The text of a file, whatever its bytes are. The compiler says what cannot be read of it: what is no UTF-8 becomes U+FFFD
/// and is an error outside comments.
pub fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Of so many bytes that are no blanks one may be a foreign character in a text; a comment in another code page has fewer.
const ONE_OF: usize = 8;

/// Whether a source is text at all. Files in EBCDIC or UTF-16 are not, and nothing else needs to be said about them.
pub(crate) fn is_text(number: usize, source: &SourceText, sink: &mut Sink) -> bool {
    // Formatting changes blanks: what is text before it is text after it.
    let text = source.text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&source.text);
    let foreign = text.chars().filter(|c| is_foreign(*c)).count();
    let blanks = text.chars().filter(|c| is_blank(*c) || *c == '\n').count();
    let is_text = foreign <= (text.len() - blanks) / ONE_OF;
    if !is_text {
        let start = Span {
            source: number,
            start: 0,
            end: 0,
        };
        let message = format!("{} is not UTF-8 text", source.name);
        let help = "convert it; a file from z/OS with `iconv -f IBM-1047 -t UTF-8`";
        sink.push(Diagnostic::new(&codes::NOT_TEXT, start, message).help(help));
    }
    is_text
}

/// Reports foreign characters outside comments.
pub(crate) fn check(lines: &[Line<'_>], sink: &mut Sink) {
    for line in lines {
        match line.token {
            Token::Open { rest, .. } | Token::Close { rest, .. } => part(rest, sink),
            Token::Attribute { keyword, rest } => {
                part(keyword, sink);
                part(rest, sink);
            }
        }
    }
}

fn part(text: Text<'_>, sink: &mut Sink) {
    let Some((at, c)) = text.text.char_indices().find(|(_, c)| is_foreign(*c)) else {
        return;
    };
    let what = match c {
        char::REPLACEMENT_CHARACTER => "a character here is not UTF-8",
        BYTE_ORDER_MARK => "a byte order mark stands here, and not at the beginning of the file",
        _ => "a control character stands here",
    };
    let place = text.span.part(at, at + c.len_utf8());
    sink.push(Diagnostic::new(&codes::NOT_TEXT, place, what).help("write the file as UTF-8 text"));
}

fn is_foreign(c: char) -> bool {
    matches!(c, char::REPLACEMENT_CHARACTER | BYTE_ORDER_MARK)
        || (c.is_ascii_control() && !matches!(c, '\t' | '\r' | '\n' | '\u{0C}'))
}
