//! Values of `IpTimeCondition`.

use jiff::civil::DateTime;

use super::{Input, Parsed};
use crate::model::Value;
use crate::time::DAY;

pub(super) fn mask<'t>(input: &Input<'_, 't>, lengths: &[usize]) -> Parsed<'t> {
    let word = input.word.text;
    if lengths.contains(&word.len()) && word.bytes().all(|b| matches!(b, b'0' | b'1')) {
        let bit = |(at, digit): (usize, u8)| u64::from(digit == b'1') << at;
        return input.whole(Value::Mask(word.bytes().enumerate().map(bit).sum()));
    }
    let lengths: Vec<String> = lengths.iter().map(ToString::to_string).collect();
    Err(input.invalid(
        "is not a mask",
        &format!("write {} digits 0 or 1", lengths.join(" or ")),
    ))
}

pub(super) fn date_range<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let dates = input.word.text.split_once(':');
    match dates.and_then(|(first, last)| Some((date(first)?, date(last)?))) {
        Some((first, last)) if first <= last => input.whole(Value::Dates(first, last)),
        _ => Err(input.invalid(
            "is not a range of dates",
            "write it as `20260101000000:20261231235959`, the earlier date first",
        )),
    }
}

pub(super) fn time_of_day<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let times = input.word.text.split_once('-');
    match times.and_then(|(from, to)| Some((minutes(from)?, minutes(to)?))) {
        Some((from, to)) if from != to && from != DAY => input.whole(Value::Minutes(from, to)),
        _ => Err(input.invalid("is not a range of times", "write it as `08:00-17:30`")),
    }
}

/// `yyyymmddhhmmss`.
fn date(word: &str) -> Option<DateTime> {
    if word.len() != 14 || !word.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let field = |at: usize| word.get(at..at + 2)?.parse::<i8>().ok();
    let year = word.get(..4)?.parse().ok()?;
    DateTime::new(year, field(4)?, field(6)?, field(8)?, field(10)?, field(12)?, 0).ok()
}

/// `hh:mm`, up to 24:00.
fn minutes(word: &str) -> Option<u16> {
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if digits { part.parse::<u16>().ok() } else { None }
    };
    let (hours, minutes) = word.split_once(':')?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let of_day = hours * 60 + minutes;
    (minutes < 60 && of_day <= DAY).then_some(of_day)
}
