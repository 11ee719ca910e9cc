//! When a time condition changes next.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

use super::{DAY, TimeCondition};

/// How many days are looked through.
const DAYS: i32 = 400;

/// The first instant after `after` at which the condition begins or ceases to hold by this clock.
pub(super) fn next(condition: &TimeCondition, after: Timestamp, clock: &TimeZone) -> Option<Timestamp> {
    let now = condition.holds_on_clock(clock.to_datetime(after));
    let changes = |at: &Timestamp| *at > after && condition.holds_on_clock(clock.to_datetime(*at)) != now;
    let today = clock.to_datetime(after).date();
    let end = after.checked_add(Span::new().hours(i64::from(DAYS) * 24)).ok()?;
    let jumps: Vec<Timestamp> = clock
        .following(after)
        .map(|jump| jump.timestamp())
        .take_while(|jump| *jump <= end)
        .collect();
    // From a day before today: a clock that is put back at midnight shows its end again. And with the day that follows:
    // for the same reason its first instants may come before the last ones of this day.
    let mut day = today.yesterday().unwrap_or(today);
    for _ in 0..DAYS {
        let tomorrow = day.tomorrow().ok()?;
        let first = edges(condition, day)
            .chain(edges(condition, tomorrow))
            .flat_map(|edge| instants(edge, clock))
            .chain(jumps.iter().copied())
            .filter(changes)
            .min();
        let day_ends = end_before(tomorrow, clock);
        if let Some(first) = first.filter(|first| day_ends.is_none_or(|day_ends| *first <= day_ends)) {
            return Some(first);
        }
        day = tomorrow;
    }
    None
}

/// When a day begins, and with it all that is not an edge of the day before. Where the clock is put forward over midnight that
/// is the jump, not the instant at which midnight would have been by the later clock.
fn end_before(day: Date, clock: &TimeZone) -> Option<Timestamp> {
    let midnight = clock.to_ambiguous_timestamp(day.to_datetime(Time::midnight()));
    match midnight.offset() {
        AmbiguousOffset::Gap { .. } => midnight.later().ok(),
        _ => midnight.earlier().ok(),
    }
}

/// What the clock shows on this day where the condition may change.
fn edges(condition: &TimeCondition, day: Date) -> impl Iterator<Item = DateTime> {
    let (from, to) = condition.minutes;
    let of_day = [0, from, to]
        .into_iter()
        .filter(|minutes| *minutes < DAY)
        .filter_map(move |minutes| {
            let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
            Some(day.to_datetime(Time::new(hour, minute, 0, 0).ok()?))
        });
    let range = condition
        .range
        .into_iter()
        .flat_map(|(first, last)| [Some(first), last.checked_add(Span::new().seconds(1)).ok()]);
    of_day.chain(range.flatten().filter(move |edge| edge.date() == day))
}

/// When the clock shows this: twice where it is put back.
fn instants(shown: DateTime, clock: &TimeZone) -> impl Iterator<Item = Timestamp> {
    let (earlier, later) = both(shown, clock);
    [earlier, later].into_iter().flatten()
}

fn both(shown: DateTime, clock: &TimeZone) -> (Option<Timestamp>, Option<Timestamp>) {
    let shown = clock.to_ambiguous_timestamp(shown);
    (shown.earlier().ok(), shown.later().ok())
}
