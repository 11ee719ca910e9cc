//! Inheritance: the narrowest scope that codes a parameter wins.

use crate::model::{Field, Object};
use crate::resolve::Symbols;
use crate::schema;
use crate::source::Span;
use crate::sourced::{Origin, Sourced};

/// The actions of a rule, narrowest first.
pub(super) struct Layers<'l, 't> {
    layers: Vec<Layer<'l, 't>>,
    symbols: &'l Symbols<'l, 't>,
}

struct Layer<'l, 't> {
    origin: Origin,
    action: &'l Object<'t>,
    advanced: Option<&'l Object<'t>>,
}

impl<'l, 't> Layers<'l, 't> {
    pub(super) fn new(
        group: &'l Object<'t>,
        environment: &'l Object<'t>,
        connection: Option<&'l Object<'t>>,
        symbols: &'l Symbols<'l, 't>,
    ) -> Self {
        let found = [
            connection.map(|action| Layer::new(Origin::Connection, action, symbols)),
            Some(Layer::new(Origin::Environment, environment, symbols)),
            Some(Layer::new(Origin::Group, group, symbols)),
        ];
        Self {
            layers: found.into_iter().flatten().collect(),
            symbols,
        }
    }

    /// The group action alone.
    pub(super) fn of_group(group: Option<&'l Object<'t>>, symbols: &'l Symbols<'l, 't>) -> Self {
        let layer = group.map(|action| Layer::new(Origin::Group, action, symbols));
        Self {
            layers: layer.into_iter().collect(),
            symbols,
        }
    }

    /// The parameter where the narrowest scope codes it.
    pub(super) fn field(&self, keyword: &str) -> Option<(&'l Field<'t>, Origin)> {
        self.fields(keyword)
            .and_then(|(fields, origin)| Some((*fields.last()?, origin)))
    }

    /// All lines of a list parameter in the narrowest scope that codes it.
    pub(super) fn fields(&self, keyword: &str) -> Option<(Vec<&'l Field<'t>>, Origin)> {
        debug_assert!(
            !schema::statements_with(keyword).is_empty(),
            "{keyword} is not in the schema"
        );
        self.layers.iter().find_map(|layer| {
            let coded: Vec<&Field<'t>> = std::iter::once(layer.action)
                .chain(layer.advanced)
                .flat_map(|object| &object.fields)
                .filter(|field| field.param.keyword == keyword)
                .collect();
            (!coded.is_empty()).then_some((coded, layer.origin))
        })
    }

    /// The block of the narrowest scope that has it, with the place that names it.
    pub(super) fn block(&self, slot: &str) -> Option<(&'l Object<'t>, Origin, Span)> {
        self.layers.iter().find_map(|layer| {
            let field = layer.action.slot(slot)?;
            Some((self.symbols.follow(field)?, layer.origin, field.keyword))
        })
    }

    /// The blocks of all scopes that have it, narrowest first.
    pub(super) fn blocks(&self, slot: &'static str) -> impl Iterator<Item = (&'l Object<'t>, Origin)> {
        self.layers.iter().filter_map(move |layer| {
            let block = self.symbols.follow(layer.action.slot(slot)?)?;
            Some((block, layer.origin))
        })
    }

    /// The value of a parameter or its default.
    pub(super) fn value<T>(
        &self,
        keyword: &str,
        default: T,
        read: impl Fn(&Field<'t>) -> Option<T>,
    ) -> Sourced<T> {
        match self
            .field(keyword)
            .and_then(|(field, origin)| Some((read(field)?, origin)))
        {
            Some((value, origin)) => Sourced { value, origin },
            None => Sourced {
                value: default,
                origin: Origin::Default,
            },
        }
    }

    /// An On/Off parameter.
    pub(super) fn switch(&self, keyword: &str, default: bool) -> Sourced<bool> {
        self.value(keyword, default, |field| Some(field.is_on()))
    }

    /// The actions by scope, for their names and places.
    pub(super) fn action(&self, origin: Origin) -> Option<&'l Object<'t>> {
        self.layers
            .iter()
            .find(|layer| layer.origin == origin)
            .map(|layer| layer.action)
    }
}

impl<'l, 't> Layer<'l, 't> {
    fn new(origin: Origin, action: &'l Object<'t>, symbols: &'l Symbols<'l, 't>) -> Self {
        let slot = match origin {
            Origin::Connection => "TTLSConnectionAdvancedParms",
            Origin::Environment => "TTLSEnvironmentAdvancedParms",
            Origin::Group | Origin::Default => "TTLSGroupAdvancedParms",
        };
        Self {
            origin,
            action,
            advanced: action.slot(slot).and_then(|field| symbols.follow(field)),
        }
    }
}
