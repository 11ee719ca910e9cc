//! What was coded where: the parsed statements for tools that look at the text of a policy, such as the lint.
//!
//! Values are kept as far as such tools ask for them. Texts, among them passwords, stay in the sources.

use crate::model::{Field, Object, Value};
use crate::schema::{Param, Statement};
use crate::source::Span;

/// A statement as coded. Parameters that were wrong, and those that coding them again replaced, are left out.
pub struct CodedStatement {
    /// Its entry in the schema.
    pub statement: &'static Statement,
    /// Its name; `None` where an inline block has none, or where it is missing.
    pub name: Option<String>,
    /// Place of its keyword.
    pub keyword: Span,
    /// Its parameters, in order.
    pub params: Vec<CodedParam>,
}

/// A parameter as coded.
pub struct CodedParam {
    /// Its entry in the schema.
    pub param: &'static Param,
    /// Place of its keyword.
    pub keyword: Span,
    /// Place of its value; that of the keyword where the value is a block.
    pub at: Span,
    /// Its value.
    pub value: CodedValue,
}

/// The value of a parameter.
#[derive(Debug)]
pub enum CodedValue {
    /// One of the words of the schema, in canonical spelling.
    Word(&'static str),
    /// A number.
    Number(i64),
    /// The name that a reference gives.
    Reference(String),
    /// An inline block.
    Block(CodedStatement),
    /// Cipher suites by their IANA numbers, in order.
    Suites(Vec<u16>),
    /// An address or port condition that everything meets: `All` or 0.
    Everything,
    /// Something else; its text is in the source.
    Other,
}

impl CodedStatement {
    pub(crate) fn new(object: &Object<'_>) -> Self {
        Self {
            statement: object.statement,
            name: object.name.map(|name| name.text.to_string()),
            keyword: object.keyword,
            params: object.fields.iter().map(CodedParam::new).collect(),
        }
    }

    /// How messages call it: `TTLSRule ftp`, or `TTLSCipherParms` where it has no name.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{} {name}", self.statement.keyword),
            None => self.statement.keyword.to_string(),
        }
    }

    /// The parameter with this keyword (canonical spelling) that counts: the last one.
    pub fn param(&self, keyword: &str) -> Option<&CodedParam> {
        self.params
            .iter()
            .rev()
            .find(|coded| coded.param.keyword == keyword)
    }

    /// The parameter of this slot that counts: a block or its reference, an address or its set.
    pub fn slot(&self, slot: &str) -> Option<&CodedParam> {
        self.params.iter().rev().find(|coded| coded.param.slot == slot)
    }
}

impl CodedParam {
    fn new(field: &Field<'_>) -> Self {
        let value = match &field.value {
            Value::Choice(choice) => CodedValue::Word(choice.word),
            Value::Number(number) => CodedValue::Number(*number),
            Value::Ref(name) => CodedValue::Reference(name.text.to_string()),
            Value::Block(object) => CodedValue::Block(CodedStatement::new(object)),
            Value::Suites(codes) => CodedValue::Suites(codes.clone()),
            Value::Addresses(None) | Value::Ports(None) => CodedValue::Everything,
            Value::Addresses(Some(_))
            | Value::Ports(Some(_))
            | Value::Text(_)
            | Value::HostLabel(..)
            | Value::Pattern(_)
            | Value::Socket(_)
            | Value::Mask(_)
            | Value::Dates(..)
            | Value::Minutes(..)
            | Value::Codes(_)
            | Value::Sslv2(_) => CodedValue::Other,
        };
        Self {
            param: field.param,
            keyword: field.keyword,
            at: field.at,
            value,
        }
    }

    /// The canonical word of an enumerated value.
    pub fn word(&self) -> Option<&'static str> {
        match self.value {
            CodedValue::Word(word) => Some(word),
            _ => None,
        }
    }
}

impl std::fmt::Debug for CodedStatement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple(&self.title()).field(&self.params).finish()
    }
}

/// Without its entry in the schema, which is long.
impl std::fmt::Debug for CodedParam {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple(self.param.keyword).field(&self.value).finish()
    }
}
