//! Numbers and ports.

use super::{Input, Parsed};
use crate::codes::INVALID_RANGE;
use crate::lexer::{Text, is_blank};
use crate::model::Value;
use crate::rule::PortRange;
use crate::schema::Param;

pub(super) fn number<'t>(input: &Input<'_, 't>, low: i64, high: i64) -> Parsed<'t> {
    let help = format!("write a number from {low} to {high}");
    let digits = input.word.text.strip_prefix('-').unwrap_or(input.word.text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(input.invalid("is not a decimal number", &help));
    }
    match input.word.text.parse::<i64>() {
        Ok(number) if (low..=high).contains(&number) => input.whole(Value::Number(number)),
        _ => Err(input.invalid("is out of range", &help)),
    }
}

/// `n`, `n-m`, `n:m` or `n m`. Only a second *number* makes the third form: other words are trailing text.
pub(super) fn ports<'t>(param: &Param, text: Text<'t>) -> Parsed<'t> {
    let (word, rest) = text.split_word();
    let (second, _) = rest.split_word();
    let blank_range = is_number(word.text) && is_number(second.text);
    let used = if blank_range {
        text.part(0, text.text.len() - rest.text.len() + second.text.len())
    } else {
        word
    };
    let input = Input { param, word: used };
    let parts: Vec<&str> = used
        .text
        .split(['-', ':'])
        .flat_map(|part| part.split_whitespace())
        .collect();
    match parts.as_slice() {
        [one] if used.text == *one => {
            let port = port(&input, one)?;
            let range = (port != 0).then_some(PortRange {
                low: port,
                high: port,
            });
            input.whole(Value::Ports(range))
        }
        [low, high] if used.text.matches(['-', ':']).count() + usize::from(blank_range) == 1 => {
            let range = PortRange {
                low: port(&input, low)?,
                high: port(&input, high)?,
            };
            if range.low == 0 || range.low > range.high {
                return Err(input.wrong(
                    &INVALID_RANGE,
                    "is not a range of ports",
                    Some("the first port is at least 1 and not above the second".to_string()),
                ));
            }
            input.whole(Value::Ports(Some(range)))
        }
        _ => Err(input.wrong(
            &INVALID_RANGE,
            "is not a port or a range of ports",
            Some("write `21`, `5000-5100`, `5000:5100` or `5000 5100`".to_string()),
        )),
    }
}

/// `(low,high)`, blanks allowed around the numbers.
pub(super) fn port_pair<'t>(param: &Param, text: Text<'t>, least: u16, most: u16) -> Parsed<'t> {
    let used = text.text.find(')').map_or(text, |end| text.part(0, end + 1));
    let input = Input { param, word: used };
    let pair = used
        .text
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .and_then(|inner| inner.split_once(','))
        .map(|(low, high)| (low.trim_matches(is_blank), high.trim_matches(is_blank)));
    let Some((low, high)) = pair else {
        return Err(input.invalid("is not a pair of ports", "write it as `(50000,50100)`"));
    };
    let range = PortRange {
        low: port(&input, low)?,
        high: port(&input, high)?,
    };
    if range.low > range.high || range.low < least || range.high > most {
        let help = format!("both are from {least} to {most} and the first is not above the second");
        return Err(input.wrong(&INVALID_RANGE, "is not a range of ports", Some(help)));
    }
    input.whole(Value::Ports(Some(range)))
}

fn port(input: &Input<'_, '_>, digits: &str) -> Result<u16, Box<crate::diagnostic::Diagnostic>> {
    let number = if is_number(digits) {
        digits.parse::<u16>().ok()
    } else {
        None
    };
    number.ok_or_else(|| input.invalid("is not a port", "ports are numbers from 1 to 65535; 0 is any"))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}
