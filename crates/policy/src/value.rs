//! Texts to values, by the kind of the parameter.

mod address;
mod codes;
mod numbers;
mod time;
mod words;

use crate::codes::{Code, INVALID_VALUE, PREFIX_HOST_BITS};
use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::lexer::Text;
use crate::model::Value;
use crate::schema::{Kind, Param};

/// A value and the number of bytes that it takes; or what is wrong.
pub(crate) type Parsed<'t> = Result<(Value<'t>, usize), Box<Diagnostic>>;

/// Reads the value of a parameter. The text is not empty and has no blanks at its ends; blocks are not values.
pub(crate) fn parse<'t>(param: &Param, text: Text<'t>) -> Parsed<'t> {
    let (word, _) = text.split_word();
    let input = Input { param, word };
    match param.kind {
        Kind::Choice(choices) => words::choice(&input, choices),
        Kind::Number(low, high) => numbers::number(&input, low, high),
        Kind::Ref(_) | Kind::Block(_) => Ok((Value::Ref(word), word.text.len())),
        Kind::Text(most) => words::text(&Input { param, word: text }, most),
        Kind::HostLabel => words::host_label(&Input { param, word: text }),
        Kind::Host => words::host(&input),
        Kind::Pattern => words::pattern(&input),
        Kind::AddressSpec => address::spec(&input),
        Kind::Address => address::single(&input),
        Kind::Prefix => address::prefix(&input),
        Kind::AddressRange => address::range(&input),
        Kind::Socket => address::socket(&input),
        Kind::Ports => numbers::ports(param, text),
        Kind::PortPair(low, high) => numbers::port_pair(param, text, low, high),
        Kind::Suites(digits) => codes::suites(&input, digits),
        Kind::Curves(any) => codes::curves(&input, any),
        Kind::Signatures => codes::signatures(&input),
        Kind::Signature => codes::signature(&input),
        Kind::Url(most) => words::url(&input, most),
        Kind::Mask(lengths) => time::mask(&input, lengths),
        Kind::DateRange => time::date_range(&input),
        Kind::TimeOfDayRange => time::time_of_day(&input),
    }
}

/// What is odd about a value that was read.
pub(crate) fn remark(text: Text<'_>, value: &Value<'_>) -> Option<Diagnostic> {
    match value {
        Value::Addresses(Some(range)) => {
            let message = address::host_bits(text.text, range)?;
            let (_, length) = text.text.split_once('/')?;
            let prefix = format!("{}/{length}", range.low);
            let fix = Fix::spelling(Safety::Safe, text.span, &prefix);
            Some(Diagnostic::new(&PREFIX_HOST_BITS, text.span, message).fix(Some(fix)))
        }
        _ => None,
    }
}

/// A word to be read, and the parameter that it is for.
struct Input<'p, 't> {
    param: &'p Param,
    word: Text<'t>,
}

impl<'t> Input<'_, 't> {
    /// The whole word is this value.
    fn whole(&self, value: Value<'t>) -> Parsed<'t> {
        Ok((value, self.word.text.len()))
    }

    /// The word as messages show it.
    fn shown(&self) -> String {
        if self.param.secret {
            "the value".to_string()
        } else {
            format!("`{}`", shorten(self.word.text))
        }
    }

    fn wrong(&self, code: &'static Code, problem: &str, help: Option<String>) -> Box<Diagnostic> {
        let message = format!("{}: {} {problem}", self.param.keyword, self.shown());
        Box::new(Diagnostic::new(code, self.word.span, message).maybe_help(help))
    }

    fn invalid(&self, problem: &str, help: &str) -> Box<Diagnostic> {
        self.wrong(&INVALID_VALUE, problem, Some(help.to_string()))
    }
}

/// Words of hostile length are cut in messages.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}
