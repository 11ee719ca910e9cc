//! `IpTimeCondition`: rules that are active at times.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use proptest::prelude::*;
use ttls_policy::{Policy, TimeCondition, Zone};

use super::{Server, at, compiled, policy, says};

/// A server whose only rule has these time conditions, each the lines of a block.
fn limited(conditions: &[&str]) -> String {
    let block = |lines: &&str| format!("IpTimeCondition\n{{\n{lines}\n}}\n");
    let rule: String = conditions.iter().map(block).collect();
    Server {
        rule: &rule,
        ..Server::default()
    }
    .text()
}

#[track_caller]
fn only(lines: &str) -> Policy {
    policy(&limited(&[lines]))
}

fn active(policy: &Policy, instant: &str) -> bool {
    policy
        .rules()
        .any(|rule| rule.times().is_empty() || rule.times().iter().any(|time| time.holds(&at(instant))))
}

#[test]
fn office_hours_are_from_monday_to_friday_and_end_before_their_last_minute() {
    let policy = only("DayOfWeekMask 0111110\nTimeOfDayRange 08:00-17:30");
    // The second of March 2026 is a Monday.
    for (instant, expected) in [
        ("2026-03-02T08:00:00Z", true),
        ("2026-03-02T07:59:59Z", false),
        ("2026-03-02T17:29:59Z", true),
        ("2026-03-02T17:30:00Z", false),
        ("2026-03-06T12:00:00Z", true),
        ("2026-03-07T12:00:00Z", false),
        ("2026-03-08T12:00:00Z", false),
    ] {
        assert_eq!(active(&policy, instant), expected, "{instant}");
    }
}

#[test]
fn a_range_of_hours_may_pass_midnight() {
    let policy = only("TimeOfDayRange 22:00-06:00");
    for (instant, expected) in [
        ("2026-03-02T21:59:59Z", false),
        ("2026-03-02T22:00:00Z", true),
        ("2026-03-03T00:00:00Z", true),
        ("2026-03-03T05:59:59Z", true),
        ("2026-03-03T06:00:00Z", false),
    ] {
        assert_eq!(active(&policy, instant), expected, "{instant}");
    }
}

#[test]
fn a_range_of_dates_includes_its_last_second() {
    let policy = only("ConditionTimeRange 20260101000000:20261231235959");
    for (instant, expected) in [
        ("2025-12-31T23:59:59Z", false),
        ("2026-01-01T00:00:00Z", true),
        ("2026-12-31T23:59:59.9Z", true),
        ("2027-01-01T00:00:00Z", false),
    ] {
        assert_eq!(active(&policy, instant), expected, "{instant}");
    }
}

#[test]
fn months_begin_with_january() {
    let policy = only("MonthOfYearMask 100000000001");
    assert!(active(&policy, "2026-01-31T12:00:00Z"));
    assert!(!active(&policy, "2026-02-01T12:00:00Z"));
    assert!(active(&policy, "2026-12-01T12:00:00Z"));
}

#[test]
fn days_count_from_the_first_and_from_the_last_day_of_the_month() {
    let first = format!("1{}", "0".repeat(30));
    let policy = only(&format!("DayOfMonthMask {first}{first}"));
    for (instant, expected) in [
        ("2026-02-01T12:00:00Z", true),
        ("2026-02-02T12:00:00Z", false),
        ("2026-02-27T12:00:00Z", false),
        ("2026-02-28T12:00:00Z", true),
        ("2028-02-28T12:00:00Z", false),
        ("2028-02-29T12:00:00Z", true),
        ("2026-04-30T12:00:00Z", true),
    ] {
        assert_eq!(active(&policy, instant), expected, "{instant}");
    }
    assert!(!active(
        &only(&format!("DayOfMonthMask {first}")),
        "2026-02-28T12:00:00Z"
    ));
}

#[test]
fn local_time_is_that_of_the_agent_unless_the_condition_says_utc() {
    let local = only("TimeOfDayRange 08:00-09:00");
    let utc = only("TimeOfDayRange 08:00-09:00\nTimeZone utc");
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
    let eight_in_berlin = at("2026-03-02T07:30:00Z").with_time_zone(zone.clone());
    let eight_in_utc = at("2026-03-02T08:30:00Z").with_time_zone(zone);
    let holds = |policy: &Policy, at| policy.rules().all(|rule| rule.times()[0].holds(at));
    assert!(holds(&local, &eight_in_berlin) && !holds(&local, &eight_in_utc));
    assert!(!holds(&utc, &eight_in_berlin) && holds(&utc, &eight_in_utc));
}

#[test]
fn of_several_conditions_one_must_hold() {
    let policy = policy(&limited(&[
        "TimeOfDayRange 08:00-09:00",
        "TimeOfDayRange 10:00-11:00",
    ]));
    let hours = [7, 8, 9, 10, 11].map(|hour| active(&policy, &format!("2026-03-02T{hour:02}:30:00Z")));
    assert_eq!(hours, [false, true, false, true, false]);
}

#[test]
fn a_rule_that_is_not_active_is_as_if_it_were_not_there() {
    let text = format!(
        "{}TTLSRule else\n{{\nLocalPortRange 443\nDirection Inbound\nTTLSGroupActionRef off\n}}\n\
         TTLSGroupAction off\n{{\nTTLSEnabled Off\n}}\n",
        limited(&["TimeOfDayRange 08:00-09:00"])
            .replace("Direction Inbound", "Direction Inbound\nPriority 5")
    );
    let policy = policy(&text);
    let connection = ttls_policy::Connection {
        direction: ttls_policy::Direction::Inbound,
        local: "192.0.2.1:443".parse().expect("an address"),
        remote: "192.0.2.2:4000".parse().expect("an address"),
        user: None,
        job: None,
    };
    let name = |at: Option<&Zoned>| policy.rule_for(&connection, at).map(ttls_policy::Rule::name);
    assert_eq!(name(Some(&at("2026-03-02T08:30:00Z"))), Some("web"));
    assert_eq!(name(Some(&at("2026-03-02T09:30:00Z"))), Some("else"));
    assert_eq!(name(None), Some("else"));
    assert_eq!(
        policy.next_boundary(&at("2026-03-02T08:30:00Z")),
        Some(at("2026-03-02T09:00:00Z").timestamp())
    );
}

#[test]
fn a_condition_may_be_referred_to() {
    let text = Server {
        rule: "IpTimeConditionRef night\n",
        after: "IpTimeCondition night\n{\nTimeOfDayRange 22:00-06:00\n}\n",
        ..Server::default()
    }
    .text();
    assert!(active(&policy(&text), "2026-03-02T23:00:00Z"));
    assert!(!active(&policy(&text), "2026-03-02T12:00:00Z"));
}

#[test]
fn times_that_do_not_exist_are_errors() {
    for lines in [
        "DayOfWeekMask 011111",
        "DayOfWeekMask 0111112",
        "MonthOfYearMask 11",
        "DayOfMonthMask 1",
        "TimeOfDayRange 8:00-17:30",
        "TimeOfDayRange 08:00-24:01",
        "TimeOfDayRange 08:60-09:00",
        "TimeOfDayRange 08:00-08:00",
        "TimeOfDayRange 24:00-08:00",
        "ConditionTimeRange 20260101000000",
        "ConditionTimeRange 20260230000000:20260301000000",
        "ConditionTimeRange 20260101000000:20251231235959",
        "ConditionTimeRange 20260101240000:20261231235959",
        "TimeZone CET",
    ] {
        let column = lines.find(' ').expect("a value") + 2;
        says(&limited(&[lines]), &[&format!("9:{column} error invalid-value")]);
    }
    assert!(
        compiled(&limited(&["TimeOfDayRange 00:00-24:00"]))
            .policy
            .is_some()
    );
}

#[test]
fn where_the_clock_is_put_forward_hours_that_are_left_out_end_at_once() {
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
    let night = at("2026-03-29T00:30:00Z").with_time_zone(zone);
    let skipped = TimeCondition {
        minutes: (150, 160),
        ..TimeCondition::default()
    };
    // From 02:30 to 02:40 there is nothing that night; it holds the night after.
    let next = skipped.next_boundary(&night).expect("a boundary");
    assert_eq!(next, at("2026-03-30T00:30:00Z").timestamp());
    let until_three = TimeCondition {
        minutes: (60, 160),
        ..TimeCondition::default()
    };
    assert_eq!(
        until_three.next_boundary(&night),
        Some(at("2026-03-29T01:00:00Z").timestamp())
    );
}

#[test]
fn what_ends_in_the_last_hour_before_a_midnight_that_is_left_out_ends_then() {
    let zone = TimeZone::posix("AAA0BBB,M3.5.0/0,M10.5.0/0").expect("a zone");
    let saturday = at("2026-03-28T00:00:17Z").with_time_zone(zone);
    let until_late = TimeCondition {
        minutes: (0, 23 * 60 + 1),
        ..TimeCondition::default()
    };
    assert_eq!(
        until_late.next_boundary(&saturday),
        Some(at("2026-03-28T23:01:00Z").timestamp())
    );
}

#[test]
fn what_never_changes_has_no_boundary() {
    let always = TimeCondition::default();
    assert_eq!(always.next_boundary(&at("2026-03-02T12:00:00Z")), None);
    let never = TimeCondition {
        months: 0b10,
        days_from_first: 1 << 30,
        ..always
    };
    assert_eq!(never.next_boundary(&at("2026-03-02T12:00:00Z")), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_next_boundary_is_the_first_minute_that_differs(
        months in 0..=0xFFF_u16,
        days_from_first in any::<u32>(),
        days_from_last in prop_oneof![Just(0), any::<u32>()],
        weekdays in 0..=0x7F_u8,
        from in prop_oneof![0..1440_u16, 0..180_u16],
        to in prop_oneof![0..=1440_u16, 1380..=1440_u16, 0..180_u16],
        range in prop::option::of((0..400_i64, 0..400_i64)),
        utc in any::<bool>(),
        zone in prop::sample::select(vec![
            "UTC0",
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "CST5CDT,M3.2.0/0,M11.1.0/1",
            "AAA0BBB,M3.5.0/0,M10.5.0/0",
            "NPT-5:45",
        ]),
        hour in 0..(366 * 24_i64),
    ) {
        let zone = TimeZone::posix(zone).expect("a zone");
        let start = Timestamp::from_second(1_767_225_600 + hour * 3600 + 17).expect("a time");
        let after = start.to_zoned(zone.clone());
        let shown = zone.to_datetime(start).with().second(0).build().expect("a time");
        let hours = |n: i64| Span::new().hours(n);
        let condition = TimeCondition {
            range: range.map(|(first, length)| (shown + hours(first - 20), shown + hours(first - 20 + length))),
            months,
            days_from_first: days_from_first & ((1 << 31) - 1),
            days_from_last: days_from_last & ((1 << 31) - 1),
            weekdays,
            minutes: (from, if from == to { 1440 } else { to }),
            zone: if utc { Zone::Utc } else { Zone::Local },
        };
        let found = condition.next_boundary(&after);
        let holds = |at: Timestamp| condition.holds(&at.to_zoned(zone.clone()));
        let now = holds(start);
        // Minute by minute for four days, by seconds where a range ends.
        let first_minute = start.as_second() - 17 + 60;
        let differs = (0..4 * 1440)
            .flat_map(|minute| [0, 1].map(|second| first_minute + minute * 60 + second))
            .find(|at| holds(Timestamp::from_second(*at).expect("a time")) != now);
        match (differs, found) {
            (Some(differs), Some(found)) => prop_assert_eq!(found.as_second(), differs),
            (Some(differs), None) => prop_assert!(false, "{differs} differs and nothing was found"),
            (None, Some(found)) => prop_assert!(found.as_second() > first_minute + 4 * 86400 - 120),
            (None, None) => {}
        }
    }
}
