//! Parsed statements: typed values with their places, references still open.

use std::net::SocketAddr;

use jiff::civil::DateTime;

use crate::lexer::Text;
use crate::rule::{AddressRange, Pattern, PortRange};
use crate::schema::{Choice, Param, Statement};
use crate::source::Span;

/// A statement with its parameters; values that were wrong are left out.
#[derive(Debug)]
pub(crate) struct Object<'t> {
    pub(crate) statement: &'static Statement,
    /// Absent where an inline block has none, or where it was missing.
    pub(crate) name: Option<Text<'t>>,
    /// Place of the keyword.
    pub(crate) keyword: Span,
    pub(crate) fields: Vec<Field<'t>>,
    /// Something inside was not understood: that something is missing says nothing.
    pub(crate) damaged: bool,
}

/// A parameter as coded.
#[derive(Debug)]
pub(crate) struct Field<'t> {
    pub(crate) param: &'static Param,
    /// Place of the keyword.
    pub(crate) keyword: Span,
    /// Place of the value.
    pub(crate) at: Span,
    pub(crate) value: Value<'t>,
}

/// A value, by the kind of its parameter.
#[derive(Debug)]
pub(crate) enum Value<'t> {
    /// `Kind::Choice`.
    Choice(&'static Choice),
    /// `Kind::Number`.
    Number(i64),
    /// `Kind::Ref`.
    Ref(Text<'t>),
    /// `Kind::Block`.
    Block(Object<'t>),
    /// `Kind::Text`, `Kind::Host` and `Kind::Url`.
    Text(&'t str),
    /// `Kind::HostLabel`.
    HostLabel(&'t str, &'t str),
    /// `Kind::Pattern`.
    Pattern(Pattern),
    /// Kinds of addresses; `None` is `All`.
    Addresses(Option<AddressRange>),
    /// Kinds of ports; `None` is any.
    Ports(Option<PortRange>),
    /// `Kind::Socket`.
    Socket(SocketAddr),
    /// `Kind::Suites` of SSLv2: how many.
    Sslv2(usize),
    /// `Kind::Suites` of SSLv3 and later.
    Suites(Vec<u16>),
    /// `Kind::Mask`: bit 0 is the first digit.
    Mask(u64),
    /// `Kind::DateRange`.
    Dates(DateTime, DateTime),
    /// `Kind::TimeOfDayRange`: minutes from midnight.
    Minutes(u16, u16),
    /// `Kind::Curves`, `Kind::Signatures` and `Kind::Signature`.
    Codes(Vec<u16>),
}

impl<'t> Object<'t> {
    /// How messages call it: `TTLSRule ftp`, or `TTLSCipherParms` where it has no name.
    pub(crate) fn title(&self) -> String {
        match self.name {
            Some(name) => format!("{} {}", self.statement.keyword, name.text),
            None => self.statement.keyword.to_string(),
        }
    }

    /// The last field with this keyword (canonical spelling).
    pub(crate) fn field(&self, keyword: &str) -> Option<&Field<'t>> {
        debug_assert!(
            self.statement
                .params
                .iter()
                .any(|list| list.iter().any(|param| param.keyword == keyword)),
            "{keyword} is not in the schema of {}",
            self.statement.keyword
        );
        self.fields
            .iter()
            .rev()
            .find(|field| field.param.keyword == keyword)
    }

    /// The last field of this slot.
    pub(crate) fn slot(&self, slot: &str) -> Option<&Field<'t>> {
        self.fields.iter().rev().find(|field| field.param.slot == slot)
    }
}

impl<'t> Field<'t> {
    /// The text, where the value is one.
    pub(crate) fn text(&self) -> Option<&'t str> {
        match self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The canonical word of a choice.
    pub(crate) fn word(&self) -> Option<&'static str> {
        match &self.value {
            Value::Choice(choice) => Some(choice.word),
            _ => None,
        }
    }

    /// `On` of an On/Off choice.
    pub(crate) fn is_on(&self) -> bool {
        self.word() == Some("On")
    }

    /// The number, where it is one.
    pub(crate) fn number(&self) -> Option<i64> {
        match self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }
}
