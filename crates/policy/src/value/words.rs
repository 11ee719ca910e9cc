//! Words and texts.

use super::{Input, Parsed};
use crate::codes::INVALID_VALUE;
use crate::fix::{Fix, Safety};
use crate::model::Value;
use crate::rule::Pattern;
use crate::schema::{Choice, Verdict};
use crate::spelling;

/// How URLs of responders begin.
const HTTP: &str = "http://";

/// Longest DNS name.
const HOST_MOST: usize = 253;

pub(super) fn choice<'t>(input: &Input<'_, 't>, choices: &'static [Choice]) -> Parsed<'t> {
    let word = input.word.text;
    if let Some(choice) = choices
        .iter()
        .find(|choice| choice.word.eq_ignore_ascii_case(word))
    {
        return input.whole(Value::Choice(choice));
    }
    let offered = choices
        .iter()
        .filter(|choice| !matches!(choice.verdict, Verdict::Refused(_)));
    let help = match spelling::nearest(word, offered.clone().map(|choice| choice.word)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let words: Vec<&str> = offered.map(|choice| choice.word).collect();
            format!("write one of: {}", words.join(", "))
        }
    };
    let words = choices
        .iter()
        .filter(|choice| !matches!(choice.verdict, Verdict::Refused(_)))
        .map(|choice| choice.word);
    let meant = spelling::plainly_meant(word, words);
    let mut wrong = input.wrong(&INVALID_VALUE, "is not one of its values", Some(help));
    wrong.fix = meant.map(|meant| Fix::spelling(Safety::Safe, input.word.span, meant));
    Err(wrong)
}

pub(super) fn text<'t>(input: &Input<'_, 't>, most: usize) -> Parsed<'t> {
    if input.word.text.chars().count() > most {
        return Err(input.invalid("is too long", &format!("at most {most} characters are possible")));
    }
    input.whole(Value::Text(input.word.text))
}

pub(super) fn host_label<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    match input.word.text.split_once('/') {
        Some((host, label)) if is_host(host) && !label.is_empty() => {
            input.whole(Value::HostLabel(host, label))
        }
        _ => Err(input.invalid(
            "is not a host name and a certificate label",
            "write it as `ftp.example.com/label`",
        )),
    }
}

pub(super) fn host<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    if is_host(input.word.text) || input.word.text.parse::<std::net::IpAddr>().is_ok() {
        return input.whole(Value::Text(input.word.text));
    }
    Err(input.invalid("is not a host name", "write a name such as `ftp.example.com`"))
}

pub(super) fn url<'t>(input: &Input<'_, 't>, most: usize) -> Parsed<'t> {
    let url = input.word.text;
    if url.chars().count() > most {
        return Err(input.invalid("is too long", &format!("at most {most} characters are possible")));
    }
    let (scheme, rest) = url.split_at_checked(HTTP.len()).unwrap_or((url, ""));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case(HTTP) && is_authority(authority) {
        return input.whole(Value::Text(url));
    }
    Err(input.invalid("is not an http URL", "write it as `http://ocsp.example.com/`"))
}

pub(super) fn pattern<'t>(input: &Input<'_, 't>) -> Parsed<'t> {
    let word = input.word.text;
    let fixed = word.strip_suffix('*').unwrap_or(word);
    if fixed.contains(['*', '?']) {
        return Err(input.invalid("has a wildcard inside", "only a `*` at the end is possible"));
    }
    if word.chars().count() > 255 {
        return Err(input.invalid("is too long", "names of users and jobs are short"));
    }
    input.whole(Value::Pattern(Pattern::new(word)))
}

/// A host with or without a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_known = match v6 {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => is_host(host),
    };
    is_known && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0))
}

fn is_host(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = name.strip_prefix("*.").unwrap_or(name);
    name.len() <= HOST_MOST
        && name
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(plain))
}
