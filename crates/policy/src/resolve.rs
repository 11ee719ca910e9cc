//! Names to objects.

mod scope;

use std::collections::HashMap;

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::lexer::Text;
use crate::model::{Field, Object, Value};
use crate::schema::{self, Kind};
use crate::sink::Sink;
use crate::spelling;

/// The named objects of all sources. Of objects with the same type and name the last one read counts.
pub(crate) struct Symbols<'a, 't> {
    objects: HashMap<(&'static str, &'t str), &'a Object<'t>>,
    /// In the order of the sources.
    order: Vec<&'a Object<'t>>,
}

impl<'a, 't> Symbols<'a, 't> {
    /// Collects names and reports those defined twice.
    pub(crate) fn new(all: &'a [Object<'t>], sink: &mut Sink) -> Self {
        let mut objects: HashMap<(&'static str, &'t str), &'a Object<'t>> = HashMap::new();
        for object in all {
            let Some(name) = object.name else {
                continue;
            };
            if let Some(earlier) = objects.insert((object.statement.keyword, name.text), object) {
                let message = format!("{} is defined again; the last one counts", object.title());
                sink.push(
                    Diagnostic::new(&codes::DUPLICATE_OBJECT, object.keyword, message)
                        .also(earlier.keyword, "defined before here"),
                );
            }
        }
        let counts = |object: &&Object<'t>| {
            object.name.is_some_and(|name| {
                objects
                    .get(&(object.statement.keyword, name.text))
                    .is_some_and(|o| std::ptr::eq(*o, *object))
            })
        };
        let order = all.iter().filter(counts).collect();
        Self { objects, order }
    }

    /// The objects of a statement that count, in the order of the sources.
    pub(crate) fn of(&self, statement: &'static str) -> impl Iterator<Item = &'a Object<'t>> {
        self.order
            .iter()
            .copied()
            .filter(move |object| object.statement.keyword == statement)
    }

    /// The object that a `...Ref` field names or an inline block is. Dangling references were reported by [`check`].
    pub(crate) fn follow<'f>(&'f self, field: &'f Field<'t>) -> Option<&'f Object<'t>> {
        match (&field.value, field.param.kind) {
            (Value::Block(object), _) => Some(object),
            (Value::Ref(name), Kind::Ref(target)) => self.get(target, name.text),
            _ => None,
        }
    }

    /// The object of this statement and name.
    pub(crate) fn get(&self, statement: &str, name: &str) -> Option<&'a Object<'t>> {
        self.objects.get(&(statement, name)).copied()
    }
}

/// Reports every reference that leads nowhere.
pub(crate) fn check(all: &[Object<'_>], symbols: &Symbols<'_, '_>, sink: &mut Sink) {
    for object in all {
        check_object(object, symbols, sink);
    }
}

fn check_object(object: &Object<'_>, symbols: &Symbols<'_, '_>, sink: &mut Sink) {
    scope::check(object, symbols, sink);
    for field in &object.fields {
        match (&field.value, field.param.kind) {
            (Value::Block(inner), _) => check_object(inner, symbols, sink),
            (Value::Ref(name), Kind::Ref(target)) => {
                let leads_nowhere = symbols.get(target, name.text).is_none();
                if leads_nowhere && !sink.overflows(name.span) {
                    sink.push(dangling(field, target, *name, symbols));
                }
            }
            _ => {}
        }
    }
}

fn dangling(
    field: &Field<'_>,
    target: &'static str,
    name: Text<'_>,
    symbols: &Symbols<'_, '_>,
) -> Diagnostic {
    let keyword = field.param.keyword;
    let mut other_types = schema::statements().iter().map(|statement| statement.keyword);
    if let Some(object) = other_types.find_map(|statement| symbols.get(statement, name.text)) {
        let kind = object.statement.keyword;
        let message = format!(
            "{keyword} names `{}`, which is a {kind}; it must be a {target}",
            name.text
        );
        return Diagnostic::new(&codes::WRONG_REFERENCE_TYPE, name.span, message)
            .also(object.keyword, format!("this {kind}"))
            .fix(other_reference(field, kind));
    }
    let message = format!("{keyword} names `{}`, and no {target} has this name", name.text);
    let objects = symbols.of(target).filter_map(|object| object.name);
    let candidates: Vec<&str> = objects.map(|name| name.text).collect();
    let help = spelling::nearest(name.text, candidates.iter().copied())
        .map(|near| format!("did you mean `{near}`?"));
    let meant = spelling::plainly_meant(name.text, candidates);
    Diagnostic::new(&codes::UNDEFINED_REFERENCE, name.span, message)
        .maybe_help(help)
        .fix(meant.map(|meant| Fix::spelling(Safety::Unsafe, name.span, meant)))
}

/// The parameter that stands for the same thing and names objects of this statement: an address, its set, its group.
fn other_reference(field: &Field<'_>, kind: &str) -> Option<Fix> {
    let homes = schema::statements_with(field.param.keyword).iter();
    let other = homes
        .flat_map(|statement| statement.params())
        .find(|param| param.slot == field.param.slot && matches!(param.kind, Kind::Ref(k) if k == kind))?;
    Some(Fix::spelling(Safety::Safe, field.keyword, other.keyword))
}
