//! Cipher suites, curves and signatures: codes strung together, or one constant.

use super::{Input, Parsed};
use crate::codes::{INVALID_CIPHER, INVALID_CODE};
use crate::fix::{Fix, Safety};
use crate::groups;
use crate::model::Value;
use crate::spelling;
use crate::suites;

pub(super) fn suites<'t>(input: &Input<'_, 't>, digits: usize) -> Parsed<'t> {
    if digits == 1 {
        return sslv2(input);
    }
    let word = input.word.text;
    if let Some(suite) = suites::by_name(word) {
        return input.whole(Value::Suites(vec![suite.code]));
    }
    if !is_hex(word) {
        let help = spelling::nearest(word, suites::names()).map(|near| format!("did you mean `{near}`?"));
        let mut wrong = input.wrong(&INVALID_CIPHER, "is not a cipher suite", help);
        wrong.fix = meant(input, suites::names());
        return Err(wrong);
    }
    let Some(chunks) = chunks(word, digits) else {
        let help = format!("write {digits} hexadecimal digits for each suite, strung together");
        return Err(input.wrong(&INVALID_CIPHER, "has the wrong length", Some(help)));
    };
    let mut codes = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        match u16::from_str_radix(chunk, 16).ok().and_then(suites::by_code) {
            Some(suite) => codes.push(suite.code),
            None => {
                let help =
                    (digits == 2).then(|| "codes of four digits belong in V3CipherSuites4Char".to_string());
                let problem = format!("has the unknown suite {chunk}");
                return Err(input.wrong(&INVALID_CIPHER, &problem, help));
            }
        }
    }
    input.whole(Value::Suites(codes))
}

fn sslv2<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let word = input.word.text;
    if suites::SSLV2
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case(word))
    {
        return input.whole(Value::Sslv2(1));
    }
    if word
        .chars()
        .all(|c| suites::SSLV2.iter().any(|(_, code)| *code == c))
    {
        return input.whole(Value::Sslv2(word.len()));
    }
    Err(input.wrong(&INVALID_CIPHER, "is not a cipher suite of SSLv2", None))
}

pub(super) fn curves<'t>(input: &Input<'_, 't>, any: bool) -> Parsed<'t> {
    if any && input.word.text.eq_ignore_ascii_case("Any") {
        return input.whole(Value::Text("Any"));
    }
    list(input, groups::CURVES, |code| code.parse().ok())
}

pub(super) fn signatures<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    list(input, groups::SIGNATURES, |code| {
        u16::from_str_radix(code, 16).ok()
    })
}

pub(super) fn signature<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let parsed = signatures(input)?;
    match &parsed.0 {
        Value::Codes(codes) if codes.len() > 1 => Err(input.wrong(
            &INVALID_CODE,
            "has more than one signature",
            Some("write one code".to_string()),
        )),
        _ => Ok(parsed),
    }
}

fn list<'t>(input: &Input<'_, 't>, table: &[(u16, &str)], read: impl Fn(&str) -> Option<u16>) -> Parsed<'t> {
    let word = input.word.text;
    if let Some((code, _)) = table.iter().find(|(_, name)| name.eq_ignore_ascii_case(word)) {
        return input.whole(Value::Codes(vec![*code]));
    }
    if !is_hex(word) {
        let near = spelling::nearest(word, table.iter().map(|(_, name)| *name));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let mut wrong = input.wrong(&INVALID_CODE, "is not known", help);
        wrong.fix = meant(input, table.iter().map(|(_, name)| *name));
        return Err(wrong);
    }
    let Some(chunks) = chunks(word, 4) else {
        let help = "write four digits for each, strung together".to_string();
        return Err(input.wrong(&INVALID_CODE, "has the wrong length", Some(help)));
    };
    let mut codes = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        match read(chunk).filter(|code| table.iter().any(|(known, _)| known == code)) {
            Some(code) => codes.push(code),
            None => {
                return Err(input.wrong(&INVALID_CODE, &format!("has the unknown code {chunk}"), None));
            }
        }
    }
    input.whole(Value::Codes(codes))
}

/// Names of these tables differ little: what was meant is a guess.
fn meant<'c>(input: &Input<'_, '_>, names: impl IntoIterator<Item = &'c str>) -> Option<Fix> {
    let meant = spelling::plainly_meant(input.word.text, names)?;
    Some(Fix::spelling(Safety::Unsafe, input.word.span, meant))
}

fn is_hex(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The codes of a string of ASCII digits; `None` where its length is wrong.
fn chunks(word: &str, digits: usize) -> Option<Vec<&str>> {
    word.len().is_multiple_of(digits).then(|| {
        (0..word.len())
            .step_by(digits)
            .map(|at| &word[at..at + digits])
            .collect()
    })
}
