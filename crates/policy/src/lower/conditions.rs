//! Conditions of rules.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Field, Object, Value};
use crate::resolve::Symbols;
use crate::rule::{Actions, AddressRange, Pattern, PortRange, Rule, RuleDirection};
use crate::schema::Kind;
use crate::time::{TimeCondition, Zone};

/// The slot of time conditions in rules.
const TIMES: &str = "time";

/// Makes conditions. Rules that refer to one group share its members.
pub(super) struct Conditions<'l, 'a, 't> {
    symbols: &'l Symbols<'a, 't>,
    addresses: Shared<'t, AddressRange>,
    ports: Shared<'t, PortRange>,
}

/// Alternatives by statement and name.
type Shared<'t, T> = HashMap<(&'static str, &'t str), Arc<[T]>>;

impl<'l, 'a, 't> Conditions<'l, 'a, 't> {
    pub(super) fn new(symbols: &'l Symbols<'a, 't>) -> Self {
        Self {
            symbols,
            addresses: HashMap::new(),
            ports: HashMap::new(),
        }
    }

    /// The rule with its conditions and without actions. `None` where it is not whole.
    pub(super) fn rule(&mut self, object: &Object<'t>, actions: Actions) -> Option<Rule> {
        let direction = match object.field("Direction")?.word()? {
            "Inbound" => RuleDirection::Inbound,
            "Outbound" => RuleDirection::Outbound,
            _ => RuleDirection::Both,
        };
        let priority = object.field("Priority").and_then(Field::number).unwrap_or(1);
        Some(Rule {
            name: object.name?.text.to_string(),
            priority: u32::try_from(priority).unwrap_or(u32::MAX),
            direction,
            local_addrs: self.addresses(object.slot("local address")),
            remote_addrs: self.addresses(object.slot("remote address")),
            local_ports: self.ports(object.slot("local port")),
            remote_ports: self.ports(object.slot("remote port")),
            job: pattern(object.field("Jobname")),
            user: pattern(object.field("Userid")),
            times: self.times(object),
            actions,
        })
    }

    /// Times of which one must hold; empty is always.
    fn times(&self, object: &Object<'t>) -> Arc<[TimeCondition]> {
        let of_times = |field: &&Field<'t>| field.param.slot == TIMES;
        let conditions = object.fields.iter().filter(of_times);
        conditions
            .filter_map(|field| self.symbols.follow(field))
            .map(time_condition)
            .collect()
    }

    /// The alternatives of an address condition; empty is all.
    fn addresses(&mut self, field: Option<&Field<'t>>) -> Arc<[AddressRange]> {
        alternatives(field, self.symbols, &mut self.addresses, |value| match value {
            Value::Addresses(range) => Some(*range),
            _ => None,
        })
    }

    /// The alternatives of a port condition; empty is any.
    fn ports(&mut self, field: Option<&Field<'t>>) -> Arc<[PortRange]> {
        alternatives(field, self.symbols, &mut self.ports, |value| match value {
            Value::Ports(range) => Some(*range),
            _ => None,
        })
    }
}

fn alternatives<'t, T>(
    field: Option<&Field<'t>>,
    symbols: &Symbols<'_, 't>,
    shared: &mut Shared<'t, T>,
    take: impl Fn(&Value<'t>) -> Option<Option<T>>,
) -> Arc<[T]> {
    let Some(field) = field else {
        return Arc::new([]);
    };
    let key = match (&field.value, field.param.kind) {
        (Value::Ref(name), Kind::Ref(statement)) => Some((statement, name.text)),
        _ => None,
    };
    if let Some(known) = key.and_then(|key| shared.get(&key)) {
        return Arc::clone(known);
    }
    let mut found = Vec::new();
    collect(field, symbols, &mut found, &take);
    // One alternative that is everything makes the condition hold always.
    let found: Arc<[T]> = found
        .into_iter()
        .collect::<Option<Vec<T>>>()
        .unwrap_or_default()
        .into();
    if let Some(key) = key {
        shared.insert(key, Arc::clone(&found));
    }
    found
}

/// Values of a field or of what it leads to: groups have members, members have values. Three levels deep by the schema.
fn collect<'t, T>(
    field: &Field<'t>,
    symbols: &Symbols<'_, 't>,
    found: &mut Vec<T>,
    take: &impl Fn(&Value<'t>) -> Option<T>,
) {
    if let Some(value) = take(&field.value) {
        found.push(value);
    } else if let Some(object) = symbols.follow(field) {
        for member in &object.fields {
            collect(member, symbols, found, take);
        }
    }
}

/// `IpTimeCondition`; parts that are not coded hold always.
fn time_condition(object: &Object<'_>) -> TimeCondition {
    let mut condition = TimeCondition::default();
    for field in &object.fields {
        match (field.param.keyword, &field.value) {
            ("ConditionTimeRange", Value::Dates(first, last)) => condition.range = Some((*first, *last)),
            ("MonthOfYearMask", Value::Mask(bits)) => condition.months = bits_of(*bits),
            ("DayOfWeekMask", Value::Mask(bits)) => condition.weekdays = bits_of(*bits),
            ("DayOfMonthMask", Value::Mask(bits)) => {
                condition.days_from_first = bits_of(bits & u64::from(FROM_FIRST));
                condition.days_from_last = bits_of(bits >> FROM_FIRST.count_ones());
            }
            ("TimeOfDayRange", Value::Minutes(from, to)) => condition.minutes = (*from, *to),
            ("TimeZone", Value::Choice(zone)) if zone.word == "UTC" => condition.zone = Zone::Utc,
            _ => {}
        }
    }
    condition
}

/// The bits of a day-of-month mask that count from the first day.
const FROM_FIRST: u32 = (1 << 31) - 1;

/// Masks are as long as the schema says, so they fit.
fn bits_of<T: TryFrom<u64> + Default>(bits: u64) -> T {
    T::try_from(bits).unwrap_or_default()
}

fn pattern(field: Option<&Field<'_>>) -> Option<Pattern> {
    match &field?.value {
        Value::Pattern(pattern) => Some(pattern.clone()),
        _ => None,
    }
}
